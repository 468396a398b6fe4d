"""Where a web process listens, and how that is written."""

from dataclasses import dataclass

ANY_ADDRESS = ("0.0.0.0", "::", "")


@dataclass(frozen=True, slots=True)
class Listen:
    """An address to listen on.

    Port 0 takes any free one; a shared port is that of several processes.
    """

    host: str
    port: int
    shared: bool = False

    @property
    def url(self) -> str:
        """Where a browser on this machine finds it."""
        return http_url("127.0.0.1" if self.host in ANY_ADDRESS else self.host, self.port)


def http_url(host: str, port: int) -> str:
    """Return the address as a browser takes it: IPv6 in brackets."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
