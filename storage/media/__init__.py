"""Images of users, and where their files are stored."""
