"""Data arriving: operations, and the edges by which they are asked for."""
