"""Generates what the clients know of the server from its OpenAPI and AsyncAPI documents."""
