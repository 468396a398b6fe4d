"""What a job is given, and how it says that it came at a bad time."""

from dataclasses import dataclass
from email.message import EmailMessage
from typing import Protocol

from storage.pool import Database


class TryLater(Exception):
    """Something the job needs is away: the job is repeated for days, where a failed one is not."""


class Mailer(Protocol):
    async def send(self, message: EmailMessage) -> None:
        """Return once another system has taken charge of the message.

        Raises TryLater when none could just now; anything else means that this message is refused.
        """


@dataclass(frozen=True, slots=True)
class JobContext:
    db: Database
    mailer: Mailer
    mail_from: str
    public_url: str
