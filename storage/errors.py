"""What storage raises, by meaning; handlers/errors.py maps it to the wire."""


class StorageError(Exception):
    """The base of everything that storage raises on purpose."""


class NotFound(StorageError):
    """Absent, or not visible to the one who asks."""

    def __init__(self, what: str) -> None:
        super().__init__(f"No such {what}.")


class Conflict(StorageError):
    """Base of clashes with what is stored; field names the input that clashed."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class UsernameTaken(Conflict):
    """Somebody has the username, whatever its capitals."""

    def __init__(self) -> None:
        super().__init__("username", "This username is taken.")


class EmailTaken(Conflict):
    """An account has the e-mail address, whatever its capitals."""

    def __init__(self) -> None:
        super().__init__("email", "This e-mail address is taken.")


class ConversationFull(Conflict):
    """A group would have more participants than it may."""

    def __init__(self, participants_max: int) -> None:
        super().__init__("add", f"A group has at most {participants_max} participants.")


class ReportClosed(Conflict):
    """A report has been settled by an admin."""

    def __init__(self) -> None:
        super().__init__("status", "This report has been settled before.")


class Forbidden(StorageError):
    """Base of what is visible to the one who asks, but not theirs to do."""


class Blocked(Forbidden):
    """One of two users has blocked the other."""

    def __init__(self, message: str = "One of you has blocked the other.") -> None:
        super().__init__(message)


class NotAuthor(Forbidden):
    """Only the author may change it."""


class NotAGroup(Forbidden):
    """A direct conversation stays as it is."""

    def __init__(self) -> None:
        super().__init__("A direct conversation stays between its two.")


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
