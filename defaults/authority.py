"""Who may give up how much, and when a second person must agree. Pure."""
