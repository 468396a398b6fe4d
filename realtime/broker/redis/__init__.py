"""The broker on one Redis server, and commands to Redis."""
