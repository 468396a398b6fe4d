"""What people write: links, hashtags and mentions in it, how long it is, whether it can be seen.

The page has the same rules in server/web/text.js. Both are held to tests/handlers/text/cases.json,
and the numbers and names that both need are handed to the page (rules.py).
"""
