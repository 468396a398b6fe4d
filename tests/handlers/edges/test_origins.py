"""Which web pages may open sockets.

The API itself knows no cookies, so a page can do nothing in somebody's name without their token;
this keeps foreign pages from even trying.
"""

from dataclasses import replace

import pytest

from server.config.load import Config
from tests.conftest import running

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


async def test_no_cookie_is_ever_set(settings: Config) -> None:
    async with running(settings) as instance:
        person = await instance.person()
        answers = [
            await instance.get(HANDSHAKE),
            await instance.get("/api/users/me/", person),
            await instance.post("/api/users/token/refresh/", json={"refresh": person.refresh}),
        ]
        for answer in answers:
            assert "Set-Cookie" not in answer.headers
