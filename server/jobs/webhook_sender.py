"""Sends to webhooks over HTTP: to the public internet alone (server/outgoing.py)."""

import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import aiohttp

from handlers.jobs.context import NotSent, WebhookAnswer
from server.outgoing import ForbiddenAddress

SECONDS = aiohttp.ClientTimeout(total=15, connect=5)
AGENT = "Mini-Twitter-Webhooks"


class HttpWebhookSender:
    """Keeps connections to webhooks open. http: whether addresses without TLS are sent to."""

    def __init__(self, session: aiohttp.ClientSession, *, http: bool) -> None:
        self._session = session
        self._schemes = ("https", "http") if http else ("https",)

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
        """Send it, to this address and none that it leads on to; of the answer its head is read.

        Raises NotSent, whose reason tells no more than where the fault is: whoever has a webhook is
        not to find out by it what is in our network.
        """
        if urlsplit(url).scheme not in self._schemes:
            raise NotSent("address")
        sent = {"Content-Type": "application/json", "User-Agent": AGENT} | dict(headers)
        try:
            async with self._session.post(
                url,
                data=body,
                headers=sent,
                allow_redirects=False,
                timeout=SECONDS,
                auto_decompress=False,
            ) as answer:
                answer.close()  # whatever it says: nobody reads it
                return WebhookAnswer(answer.status, _retry_after(answer.headers))
        except (ForbiddenAddress, aiohttp.InvalidURL) as error:
            raise NotSent("address") from error
        except (aiohttp.ClientSSLError, ssl.SSLError) as error:
            raise NotSent("tls") from error
        except TimeoutError as error:
            raise NotSent("timeout") from error
        except (aiohttp.ClientConnectionError, OSError) as error:
            raise NotSent("connection") from error
        except (aiohttp.ClientError, ValueError) as error:
            raise NotSent("protocol") from error


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that an answer asks to wait, as a number or a date (RFC 9110, 10.2.3)."""
    said = headers.get("Retry-After", "").strip()
    if said.isascii() and said.isdigit():
        return float(said[:9])
    try:
        at = parsedate_to_datetime(said)
    except ValueError:
        return None
    return max(
        0.0, ((at if at.tzinfo else at.replace(tzinfo=UTC)) - datetime.now(UTC)).total_seconds()
    )
