"""What `doctor` says of one thing that it looked at."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """How something is, and what to do about it unless it is OK."""

    level: Literal["OK", "WARN", "FAIL"]
    name: str
    text: str
    remedy: str = ""

    def __str__(self) -> str:
        """Return the line that is printed."""
        line = f"{self.level:<4} {self.name}: {' '.join(self.text.split())}"
        return f"{line} -> {self.remedy}" if self.remedy else line


def ok(name: str, text: str) -> Finding:
    """Return what is as it should be."""
    return Finding("OK", name, text)


def warn(name: str, text: str, remedy: str) -> Finding:
    """Return what may be meant so, or will do harm one day."""
    return Finding("WARN", name, text, remedy)


def fail(name: str, text: str, remedy: str) -> Finding:
    """Return what keeps the server from its work."""
    return Finding("FAIL", name, text, remedy)
