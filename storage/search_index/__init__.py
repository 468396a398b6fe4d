"""What is searched: words of posts, spellings of names, made by one function for text and query.

PostgreSQL only keeps and compares them, so that what is found depends on neither its locale nor its
version nor on extensions beyond pg_trgm.
"""
