"""The process: command line, settings, embedded servers, signals, and everything opened and closed in one place."""
