"""Posts, feeds and what users do with posts."""
