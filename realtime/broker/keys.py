"""What every name of ours in Redis begins with: keys and channels, on a server or a cluster.

So that ACLs may go by it (`~mt:*`, `&mt:*`), and other programs may share the server.
"""

KEY_PREFIX = "mt:"
