"""How users stand to each other."""
