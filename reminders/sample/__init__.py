"""The sample world: made-up merchants and customers who lived through the last two months, with real services."""
