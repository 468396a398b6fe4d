"""Libraries for clients, and the generator of the parts that the server's documents determine."""
