"""Ways to take money: one protocol, one module per gateway."""
