"""What operations take (accepted input) and give (documented output)."""
