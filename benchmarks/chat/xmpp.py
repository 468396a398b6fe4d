"""Two people on an XMPP server (RFC 6120), of whom one writes to the other.

The sender asks for an acknowledgement of each message by stream management (XEP-0198); that is when
the server answers for it. Accounts are made on the connection itself (XEP-0077).
"""

import asyncio
import base64
import re

from benchmarks.chat.load import Pair

HOST = "localhost"
PASSWORD = "correct horse"
OPEN = (
    f"<?xml version='1.0'?><stream:stream to='{HOST}' version='1.0' xmlns='jabber:client' "
    "xmlns:stream='http://etherx.jabber.org/streams'>"
)
REGISTER = (
    "<iq type='set' id='register'><query xmlns='jabber:iq:register'>"
    "<username>{name}</username><password>{password}</password></query></iq>"
)
AUTHENTICATE = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{secret}</auth>"
BIND = (
    "<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
    "<resource>bench</resource></bind></iq>"
)
MANAGE = "<enable xmlns='urn:xmpp:sm:3'/>"
MESSAGE = (
    "<message to='{to}' type='chat' id='m{number}'><body>{text}</body></message>"
    "<r xmlns='urn:xmpp:sm:3'/>"
)
BODY = re.compile(rb"<body>([^<]*)</body>")
ACK = re.compile(rb"<a [^>]*\bh=['\"](\d+)['\"]")


class Client:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._buffer = b""

    @classmethod
    async def connect(cls, port: int, name: str) -> "Client":
        """Register, log in, bind a resource and be available."""
        client = cls(*await asyncio.open_connection("127.0.0.1", port))
        client.write(OPEN)
        await client.until(rb"</stream:features>")
        client.write(REGISTER.format(name=name, password=PASSWORD))
        await client.until(rb"<iq [^>]*type=['\"]result['\"]")
        secret = base64.b64encode(f"\0{name}\0{PASSWORD}".encode()).decode()
        client.write(AUTHENTICATE.format(secret=secret))
        await client.until(rb"<success")
        client.write(OPEN)
        await client.until(rb"</stream:features>")
        client.write(BIND)
        await client.until(rb"<jid>[^<]*</jid>")
        client.write("<presence/>")
        return client

    def write(self, text: str) -> None:
        self._writer.write(text.encode())

    async def until(self, pattern: bytes | re.Pattern[bytes]) -> re.Match[bytes]:
        """Return the next match in what comes; what is before it is dropped."""
        while (found := re.search(pattern, self._buffer)) is None:
            came = await self._reader.read(65536)
            if not came:
                raise ConnectionError(f"the server closed: {self._buffer[-300:]!r}")
            self._buffer += came
        self._buffer = self._buffer[found.end() :]
        return found

    async def close(self) -> None:
        self._writer.close()


class XmppPair(Pair):
    def __init__(self, sender: Client, recipient: Client, to: str) -> None:
        self._sender, self._recipient, self._to = sender, recipient, to
        self._sent = 0

    @classmethod
    async def open(cls, port: int, number: int) -> "XmppPair":
        sender = await Client.connect(port, f"sender{number}")
        recipient = await Client.connect(port, f"recipient{number}")
        sender.write(MANAGE)
        await sender.until(rb"<enabled ")
        return cls(sender, recipient, f"recipient{number}@{HOST}")

    async def exchange(self, text: str) -> None:
        self._sent += 1
        self._sender.write(MESSAGE.format(to=self._to, number=self._sent, text=text))
        await asyncio.gather(self._acknowledged(), self._arrived(text))

    async def _acknowledged(self) -> None:
        while int((await self._sender.until(ACK))[1]) < self._sent:
            pass

    async def _arrived(self, text: str) -> None:
        while (await self._recipient.until(BODY))[1].decode() != text:
            pass

    async def close(self) -> None:
        await self._sender.close()
        await self._recipient.close()
