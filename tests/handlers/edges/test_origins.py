"""Which web pages may open sockets.

A page can do nothing in somebody's name without their token, as no cookie gives access to the API;
this keeps foreign pages from even trying.
"""

from dataclasses import replace
from ipaddress import ip_network

import pytest

from server.config.load import Config
from tests.conftest import running
from tests.people import Instance

HANDSHAKE = "/socket.io/?EIO=4&transport=polling"


@pytest.mark.parametrize(
    ("listed", "origin", "status"),
    [
        ((), None, 200),  # no page at all: a program
        ((), "same", 200),
        ((), "https://evil.example", 400),
        (("https://app.example",), "https://app.example", 200),
        (("https://app.example",), "https://evil.example", 400),
        (("*",), "https://anywhere.example", 200),
    ],
)
async def test_socket_is_opened_for_pages_of_ours_and_of_listed_origins_only(
    settings: Config, listed: tuple[str, ...], origin: str | None, status: int
) -> None:
    async with running(replace(settings, cors_origins=listed)) as instance:
        headers = {}
        if origin is not None:
            headers["Origin"] = instance.url if origin == "same" else origin
        await instance.get(HANDSHAKE, headers=headers, status=status)


async def test_page_under_another_name_of_the_same_server_may_open_sockets(
    settings: Config,
) -> None:
    async with running(settings) as instance:
        headers = {"Origin": "http://chat.example", "Host": "chat.example"}
        await instance.get(HANDSHAKE, headers=headers)


WEBSOCKET = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
}
SITE = "https://chat.example"  # where people reach it, by TLS that a proxy ends
BEHIND = {"Host": "server-1:8000"}  # of a proxy that does not pass Host
NAMED = BEHIND | {"X-Forwarded-Host": "chat.example", "X-Forwarded-Proto": "https"}


async def opened(instance: Instance, **headers: str) -> tuple[bool, bool]:
    """Whether a request with these headers opens a socket, by long-polling and by WebSocket."""
    upgrade = HANDSHAKE.replace("polling", "websocket")
    statuses = []
    for path, more in ((HANDSHAKE, {}), (upgrade, WEBSOCKET)):
        async with instance.http.get(instance.url + path, headers=headers | more) as reply:
            statuses.append(reply.status)
    return statuses[0] == 200, statuses[1] == 101


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://chat.example", "server-1:8000"),
        ("wss://chat.example", "server-1:8000"),
        ("https://chat.example:443", "server-1:8000"),
        ("HTTPS://Chat.Example", "server-1:8000"),
        ("wss://example.org", "example.org:443"),
        ("ws://example.org", "example.org:80"),
        ("https://example.org", "example.org"),
        ("https://example.org", "Example.ORG"),
        ("https://example.org:443", "example.org"),
        ("http://[::1]:8000", "[0:0:0:0:0:0:0:1]:8000"),
        ("https://bücher.example", "xn--bcher-kva.example"),
    ],
)
async def test_our_own_page_is_known_by_its_public_url_and_by_the_host_it_asked_for(
    settings: Config, origin: str, host: str
) -> None:
    async with running(replace(settings, public_url=SITE)) as instance:
        assert await opened(instance, Origin=origin, Host=host) == (True, True)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("null", "server-1:8000"),
        ("null", "null"),
        ("https://evil.example", "server-1:8000"),
        ("http://chat.example", "server-1:8000"),
        ("https://chat.example:8443", "server-1:8000"),
        ("https://chat.example.evil", "chat.example"),
        ("https://evil.chat.example", "chat.example"),
        ("https://chat.example@evil.example", "chat.example"),
        ("https://evil.example@chat.example", "chat.example"),
        ("https://chat.example/", "chat.example"),
        ("https://evil.example/chat.example", "chat.example"),
        ("https://evil.example#chat.example", "chat.example"),
        ("https://example.org", "example.org:8000"),
        ("http://example.org", "example.org:443"),
        ("chat.example", "chat.example"),
        ("ftp://chat.example", "chat.example"),
    ],
)
async def test_a_page_of_another_origin_opens_no_socket(
    settings: Config, origin: str, host: str
) -> None:
    async with running(replace(settings, public_url=SITE)) as instance:
        assert await opened(instance, Origin=origin, Host=host) == (False, False)


@pytest.mark.parametrize(
    ("origin", "sent", "trusted", "opens"),
    [
        ("https://chat.example", NAMED, True, True),
        ("wss://chat.example", NAMED, True, True),
        ("https://chat.example", NAMED | {"X-Forwarded-Host": "Chat.Example:443"}, True, True),
        ("https://chat.example", NAMED | {"X-Forwarded-Host": "chat.example, inner"}, True, True),
        # An inner proxy sees http where an outer one has ended TLS.
        ("https://chat.example", NAMED | {"X-Forwarded-Proto": "http"}, True, True),
        ("http://chat.example", NAMED, True, False),
        ("https://evil.example", NAMED, True, False),
        ("null", NAMED, True, False),
        ("https://chat.example", NAMED, False, False),  # anybody may send these headers
        ("https://chat.example", {"Host": "chat.example"}, False, True),
    ],
)
async def test_of_the_forwarded_headers_those_of_trusted_proxies_are_believed(
    settings: Config, origin: str, sent: dict[str, str], trusted: bool, opens: bool
) -> None:
    proxies = (ip_network("127.0.0.0/8"),) if trusted else ()
    async with running(replace(settings, trusted_proxies=proxies)) as instance:
        assert await opened(instance, Origin=origin, **sent) == (opens, opens)


async def test_nobody_is_given_a_cookie_who_does_not_ask_for_it(settings: Config) -> None:
    async with running(settings) as instance:
        person = await instance.person()
        answers = [
            await instance.get(HANDSHAKE),
            await instance.get("/api/users/me/", person),
            await instance.post("/api/users/token/refresh/", json={"refresh": person.refresh}),
        ]
        for answer in answers:
            assert "Set-Cookie" not in answer.headers
