"""The ways in: HTTP requests and Socket.IO commands become operations."""
