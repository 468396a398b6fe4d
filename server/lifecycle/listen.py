"""Where a web process listens, and how that is written."""

from dataclasses import dataclass

ANY_ADDRESS = ("0.0.0.0", "::", "")


@dataclass(frozen=True, slots=True)
class Listen:
    """Port 0 takes any free one; a shared port is one of several processes'."""

    host: str
    port: int
    shared: bool = False


def url(host: str, port: int) -> str:
    """As a browser takes it."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
