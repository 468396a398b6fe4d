"""What the program would need on many machines."""
