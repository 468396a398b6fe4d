"""What goes wrong with embedded servers."""

from pathlib import Path


class EmbeddedError(Exception):
    """An embedded server is not installed, did not start or does not answer; says which and why."""


def last_lines(log: Path, count: int = 5) -> str:
    """Return the end of a server's log on one line, to stand beside the failure."""
    if not log.exists():
        return f"{log} was not written"
    lines = log.read_text(errors="replace").splitlines()
    return f"{log} ends: " + " | ".join(line.strip() for line in lines[-count:])
