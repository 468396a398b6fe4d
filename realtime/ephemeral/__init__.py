"""Told to those who are there and never stored: presence, typing, watched posts."""
