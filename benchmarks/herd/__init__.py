"""A herd that comes back at once, each having missed some events."""
