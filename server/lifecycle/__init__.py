"""A process from its start to its end: what it waits for, its signals, and several as one."""
