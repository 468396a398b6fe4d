"""Clients of the chat comparison know a message that has arrived from one that has not."""

import asyncio
from typing import cast

import pytest

from benchmarks.chat.ours import OurPair
from benchmarks.chat.xmpp import Client, XmppPair
from tests.people import Instance


class Written:
    """What an XMPP client wrote, as the writer of a connection."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, data: bytes) -> None:
        self.text += data.decode()


def connected() -> tuple[Client, asyncio.StreamReader, Written]:
    reader, writer = asyncio.StreamReader(), Written()
    return Client(reader, cast(asyncio.StreamWriter, writer)), reader, writer


async def test_xmpp_message_is_done_when_it_is_acknowledged_and_has_arrived() -> None:
    sender, to_sender, written = connected()
    recipient, to_recipient, _ = connected()
    pair = XmppPair(sender, recipient, "recipient@localhost")
    exchange = asyncio.create_task(pair.exchange("second"))
    to_recipient.feed_data(b"<message><body>first</body></message><message><body>sec")
    to_sender.feed_data(b"<r xmlns='urn:xmpp:sm:3'/><a xmlns='urn:xmpp:sm:3' h='0'/>")
    done, _ = await asyncio.wait([exchange], timeout=0.1)
    assert not done
    to_recipient.feed_data(b"ond</body></message>")
    done, _ = await asyncio.wait([exchange], timeout=0.1)
    assert not done
    to_sender.feed_data(b'<a h="1" xmlns="urn:xmpp:sm:3"/>')
    async with asyncio.timeout(20):
        await exchange
    assert "to='recipient@localhost'" in written.text
    assert "<body>second</body></message><r xmlns='urn:xmpp:sm:3'/>" in written.text


async def test_xmpp_server_that_closes_is_an_error() -> None:
    client, reader, _ = connected()
    reader.feed_data(b"<stream:error/>")
    reader.feed_eof()
    with pytest.raises(ConnectionError, match="stream:error"):
        await client.until(rb"<success")


async def test_our_message_is_done_when_it_is_acknowledged_and_has_arrived(
    instance: Instance,
) -> None:
    pair = await OurPair.open(instance.url, 0)
    try:
        async with asyncio.timeout(60):
            for text in ("one", "two", "three"):
                await pair.exchange(text)
    finally:
        await pair.close()
