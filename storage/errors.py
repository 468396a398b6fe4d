"""What can go wrong, by meaning; handlers/errors.py says what each is on the wire."""


class StorageError(Exception):
    """Base of everything that storage raises on purpose."""


class NotFound(StorageError):
    """Absent, or not visible to the one who asks."""

    def __init__(self, what: str) -> None:
        super().__init__(f"No such {what}.")


class Conflict(StorageError):
    """Taken already; field names the input that clashed."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class Forbidden(StorageError):
    """Visible, but not to be done by the one who asks."""


class KeyReused(StorageError):
    """An idempotency key came again with another body."""


class Unavailable(StorageError):
    """PostgreSQL or the media store is away, or too busy to answer in time."""


class BadCursor(StorageError):
    """A cursor that no page of ours gave out."""

    def __init__(self) -> None:
        super().__init__("Not a cursor of this list.")


class SessionEnded(StorageError):
    """The session is revoked or expired, or its user gone; a reused refresh token ends it."""
