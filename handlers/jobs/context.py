"""What a job is given, and how it says that it should run later or go on."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Protocol

from handlers.security.tokens import Tokens
from realtime.delivery.notifier import Notifier
from storage.accounts.push import PushSubscription
from storage.database.pool import Database
from storage.media.store import MediaStore


class TryLater(Exception):
    """Something the job needs is away: the job is repeated for days, where a failed one is not."""


class NotDone(Exception):
    """The job has done a part of its work, and is to go on behind the others of its kind.

    What is done is not repeated, so this may go on for as long as there is work.
    """


class Refused(Exception):
    """What the job is for will never be done: it is held at once, and not run again by itself."""


class Gone(Exception):
    """Nobody receives there any more."""


class Pusher(Protocol):
    """Hands messages to the push services of browsers."""

    async def push(self, subscription: PushSubscription, payload: bytes, *, topic: str) -> None:
        """Return once the push service has taken the message.

        Args:
            subscription: Of the browser that it is for.
            payload: What its service worker gets: at most 3,993 bytes, encrypted on the way.
            topic: Names what a later message of the same topic replaces, while none is delivered.

        Raises:
            Gone: The subscription is over.
            TryLater: The push service did not take it just now.
            Refused: It never will.
        """


class NotSent(Exception):
    """Nothing was answered: reason is address, connection, tls, timeout or protocol."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class WebhookAnswer:
    """What a webhook answered: retry_after in seconds, where it said so."""

    status: int
    retry_after: float | None


class WebhookSender(Protocol):
    """Sends to the webhooks of users."""

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
        """Send a body of JSON with these headers, and return what was answered. NotSent."""


class Mailer(Protocol):
    """Delivers mails, or has another system do so."""

    async def send(self, message: EmailMessage) -> None:
        """Return once another system has taken charge of the message.

        Raises:
            TryLater: None could just now.
            Refused: None ever will, as the message or whom it is for stands.
        """

    async def takes_utf8(self) -> bool:
        """Return whether addresses may be in other letters than ASCII's before the @ (SMTPUTF8).

        False, too, when the mail server does not say so within seconds.
        """


@dataclass(frozen=True, slots=True)
class JobContext:
    """The dependencies of all jobs.

    open_notifier is for the few that change what people watch; None where nobody can be told.
    pusher is None where nothing is pushed to browsers, webhooks where nothing is sent to them.
    """

    db: Database
    mailer: Mailer
    tokens: Tokens
    mail_from: str
    public_url: str
    media_store: MediaStore
    open_notifier: Callable[[], AbstractAsyncContextManager[Notifier]] | None = None
    pusher: Pusher | None = None
    webhooks: WebhookSender | None = None

    def opt_out_page(self, user_id: int) -> str:
        """Return the page where a person opts out of mails.

        It asks before it does so, as link checkers follow every link in a mail.
        """
        return f"{self.public_url}/#unsubscribe={self.tokens.unsubscribing(user_id)}"

    def opt_out_post(self, user_id: int) -> str:
        """Return the URL that a mail program posts to (RFC 8058)."""
        token = self.tokens.unsubscribing(user_id)
        return f"{self.public_url}/api/users/unsubscribe/?token={token}"
