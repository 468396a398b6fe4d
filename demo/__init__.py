"""A community to try the server with: filled into the database, and kept talking over the API."""
