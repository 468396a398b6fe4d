"""What is measured: kept by each process, shown for all of a port as one, or for each alone."""
