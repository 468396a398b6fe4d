"""A community to try the server with: filled into the database, and kept active over the API.

The server runs without this package: `demo` is the one command that imports it.
"""
