"""How money is shared out among what is owed. Pure."""
