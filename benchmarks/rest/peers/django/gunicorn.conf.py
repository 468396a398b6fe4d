"""One process of four threads, whose connections are kept."""

worker_class = "gthread"
workers = 1
threads = 4
keepalive = 75
bind = "127.0.0.1:0"


def post_worker_init(worker):
    """Say where it listens, once it can answer."""
    host, port = worker.sockets[0].getsockname()
    print(f"ready on http://{host}:{port}", flush=True)
