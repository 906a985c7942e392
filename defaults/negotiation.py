"""What the system may agree to on its own when a customer proposes a date, instalments or a settlement. Pure."""
