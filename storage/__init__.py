"""Data at rest: PostgreSQL and the media store."""
