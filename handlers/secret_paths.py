"""Paths that end in a secret, and how they are shown in what is logged and traced."""

INCOMING_PATH = "/api/webhooks/in/"


def shown(path: str) -> str:
    """Return a path without the token of an incoming webhook, if it has one."""
    return f"{INCOMING_PATH}..." if path.startswith(INCOMING_PATH) else path
