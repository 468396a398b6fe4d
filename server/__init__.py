"""The process: command line, settings, embedded servers, signals, and what it opens and closes."""
