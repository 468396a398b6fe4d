"""Access to PostgreSQL: connections, statements and what they select."""
