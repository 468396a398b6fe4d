"""What is kept to spare PostgreSQL and Redis a look."""
