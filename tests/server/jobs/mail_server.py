"""A real mail server on 127.0.0.1 that can be told how to answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult

USERNAME, PASSWORD = "us@er", "p:ss/word"


class MailServer:
    """Mails are answered with `replies`, one each, then accepted; recipients in `refused` never.

    While `answering` is not set, the end of a mail waits for its answer. `utf8` is whether it
    announces SMTPUTF8.
    """

    def __init__(self, utf8: bool = False) -> None:
        self.utf8 = utf8
        self.port = 0
        self.mails: list[bytes] = []
        self.recipients: list[str] = []
        self.tries = 0
        self.replies: list[str] = []
        self.refused: dict[str, str] = {}
        self.answering = asyncio.Event()
        self.answering.set()

    async def handle_RCPT(
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if address in self.refused:
            self.tries += 1
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.tries += 1
        await self.answering.wait()
        if self.replies:
            return self.replies.pop(0)
        self.mails.append(envelope.content)
        self.recipients += envelope.rcpt_tos
        return "250 OK"


def _authenticate(
    _server: Any, _session: Any, _envelope: Any, _method: str, data: Any
) -> AuthResult:
    known = (data.login.decode(), data.password.decode()) == (USERNAME, PASSWORD)
    return AuthResult(success=known, handled=False)


@asynccontextmanager
async def mail_server(port: int = 0, *, utf8: bool = False) -> AsyncIterator[MailServer]:
    ours = MailServer(utf8)
    listening = await asyncio.get_running_loop().create_server(
        lambda: SMTP(
            ours,
            hostname="test",
            authenticator=_authenticate,
            auth_require_tls=False,
            enable_SMTPUTF8=utf8,
        ),
        "127.0.0.1",
        port,
    )
    ours.port = listening.sockets[0].getsockname()[1]
    try:
        yield ours
    finally:
        ours.answering.set()
        listening.close()
        await listening.wait_closed()
