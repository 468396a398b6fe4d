"""To the clients of this instance: who listens to what, in what order, and recovery."""
