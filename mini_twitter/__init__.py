"""The name that an installed Mini-Twitter is imported by.

In the repository `server`, `handlers`, `realtime`, `storage` and `demo` stand beside this package;
a wheel has them below it, as `mini_twitter.server` and so on (see build_backend.py).
"""
