"""Which entries of a case's history the customer is told about, and how. Pure."""
