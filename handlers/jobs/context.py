"""What a job is given, and how it says that it came at a bad time."""

from dataclasses import dataclass
from email.message import EmailMessage
from typing import Protocol

from handlers.security.tokens import Tokens
from storage.database.pool import Database
from storage.media.store import MediaStore


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
    tokens: Tokens
    mail_from: str
    public_url: str
    media_store: MediaStore

    def opt_out_page(self, user_id: int) -> str:
        """Where a person opts out of mails: it asks before it does so, as link checkers follow
        every link in a mail.
        """
        return f"{self.public_url}/#unsubscribe={self.tokens.unsubscribing(user_id)}"

    def opt_out_post(self, user_id: int) -> str:
        """What a mail program posts to."""
        token = self.tokens.unsubscribing(user_id)
        return f"{self.public_url}/api/users/unsubscribe/?token={token}"
