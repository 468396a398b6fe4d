"""What a call may end in."""

from typing import Any


class ProblemError(Exception):
    """The server refused it, and said why: a problem of RFC 9457.

    Attributes: problem, its status and code (one of docs/errors.md; None where something in between
    answered), errors by field, and retry_after in seconds or None.
    """

    def __init__(self, problem: dict[str, Any], retry_after: float | None = None) -> None:
        self.problem = problem
        self.status: int = problem.get("status", 0)
        self.code: str | None = problem.get("code")
        self.errors: dict[str, list[str]] = problem.get("errors") or {}
        self.retry_after: float | None = problem.get("retry_after", retry_after)
        super().__init__(problem.get("detail") or problem.get("title") or str(self.status))

    @property
    def passes(self) -> bool:
        """Whether the same call may succeed later without anybody doing anything about it."""
        return self.status == 429 or self.status >= 500


class UnreachableError(Exception):
    """The server was not reached, or did not answer in time: nobody knows whether it was done."""


class LoggedOutError(Exception):
    """There is no session: nobody has logged in, or it has ended."""
