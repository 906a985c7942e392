"""Late fees: off unless a merchant's policy says so. Pure."""
