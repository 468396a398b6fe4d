"""Hands messages to push services: Web Push with VAPID (RFC 8030, 8291, 8292), by pywebpush."""

import hashlib
import time
from email.utils import parseaddr
from urllib.parse import urlsplit

import aiohttp
from py_vapid import Vapid02
from pywebpush import WebPusher

from handlers.jobs import Refused, TryLater
from handlers.jobs.context import Gone
from server.config.load import Config
from server.outgoing import SECONDS, ForbiddenAddress
from storage.accounts.push import PushSubscription

TTL_SECONDS = 24 * 3600  # in which a browser that is away gets it
SIGNED_SECONDS = 12 * 3600  # of the 24 h that a signature may be good for
TOPIC_MAX = 32  # characters of base64url (RFC 8030, 5.4)


def contact(config: Config) -> str:
    """Return whom a push service asks about us: a mail address, or where the site is."""
    _, address = parseaddr(config.mail_from)
    return f"mailto:{address}" if address else config.public_url


class WebPushPusher:
    """Signs with one key, and keeps connections to push services open."""

    def __init__(self, session: aiohttp.ClientSession, private_key: str, contact: str) -> None:
        self._session = session
        self._vapid = Vapid02.from_raw(private_key.encode())
        self._contact = contact

    async def push(self, subscription: PushSubscription, payload: bytes, *, topic: str) -> None:
        """Send it. Raises as handlers.jobs.context.Pusher does."""
        pusher = WebPusher(
            {
                "endpoint": subscription.endpoint,
                "keys": {"p256dh": subscription.p256dh, "auth": subscription.auth},
            },
            aiohttp_session=self._session,
        )
        headers = self._signed(subscription.endpoint) | {
            "Topic": hashlib.sha256(topic.encode()).hexdigest()[:TOPIC_MAX],
            "Urgency": "high",
        }
        host = urlsplit(subscription.endpoint).hostname
        try:
            answer = await pusher.send_async(
                payload, headers=headers, ttl=TTL_SECONDS, timeout=SECONDS
            )
        except ForbiddenAddress as error:
            raise Gone(str(error)) from error
        except (TimeoutError, aiohttp.ClientError) as error:
            raise TryLater(f"push service {host}: {error!r}") from error
        _check(answer.status, f"push service {host}: {answer.status}")

    def _signed(self, endpoint: str) -> dict[str, str]:
        parts = urlsplit(endpoint)
        claims = {
            "aud": f"{parts.scheme}://{parts.netloc}",
            "exp": int(time.time()) + SIGNED_SECONDS,
            "sub": self._contact,
        }
        signed: dict[str, str] = self._vapid.sign(claims)
        return signed


def _check(status: int, said: str) -> None:
    """Raise for any answer but yes: 404 and 410 say that the subscription is over (RFC 8030)."""
    if status in (404, 410):
        raise Gone(said)
    if status == 429 or status >= 500:
        raise TryLater(said)
    if status >= 300:
        raise Refused(said)
