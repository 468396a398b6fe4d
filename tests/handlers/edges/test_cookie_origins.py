"""Which pages may use the refresh cookie, and when it is for https alone.

Browsers send it whoever made the page that asks, so what counts is what they say of that page.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from ipaddress import ip_network

import pytest

from server.config.load import Config
from tests.conftest import running
from tests.handlers.edges.test_refresh_cookie import LOG_IN, REFRESH, REVOKE, attributes, set_cookie
from tests.people import PASSWORD, Instance, Person, Reply

SITE = "https://chat.example"  # where people reach it, by TLS that a proxy ends
LISTED = "https://app.chat.example"  # of the same site, so that SameSite does not keep the cookie
NAME = "mini_twitter_refresh"
BY_HTTPS = {"Origin": SITE, "Host": "chat.example"}


@pytest.fixture
async def public(settings: Config) -> AsyncIterator[Instance]:
    """An instance that knows where it is reached."""
    async with running(replace(settings, public_url=SITE, cors_origins=(LISTED,))) as instance:
        yield instance


async def log_in(
    instance: Instance, person: Person, headers: dict[str, str], status: int | None = None
) -> Reply:
    asked = {"username": person.username, "password": PASSWORD, "cookie": True}
    return await instance.post(LOG_IN, json=asked, headers=headers, status=status)


async def cookie_of(instance: Instance, person: Person, headers: dict[str, str]) -> str:
    name, value, _ = set_cookie(await log_in(instance, person, headers))
    return f"{name}={value}"


FOREIGN = [
    {},
    {"Origin": "null"},
    {"Origin": "https://evil.example"},
    {"Origin": "https://evil.example", "Host": "chat.example"},
    {"Origin": LISTED},
    {"Origin": f"{SITE}.evil.example"},
    {"Origin": f"{SITE}:8443"},
    {"Origin": "http://chat.example", "Host": "chat.example"},  # anybody on the way may make it
    {"Origin": f"{SITE}/"},
    {"Origin": SITE, "Sec-Fetch-Site": "same-site"},
    {"Origin": SITE, "Sec-Fetch-Site": "cross-site"},
    {"Origin": SITE, "Sec-Fetch-Site": "none"},
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Referer": f"{SITE}/"},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
async def test_request_of_another_page_changes_nothing(
    public: Instance, headers: dict[str, str]
) -> None:
    ann = await public.person("ann")
    cookie = await cookie_of(public, ann, BY_HTTPS)
    sent = headers | {"Cookie": cookie}
    answers = [
        await log_in(public, ann, headers, status=403),
        await public.post(REFRESH, json={}, headers=sent, status=403),
        await public.post(REVOKE, ann, {}, headers=sent, status=403),
    ]
    for answer in answers:
        assert answer["code"] == "cross_origin"
        assert "Set-Cookie" not in answer.headers
        assert "Access-Control-Allow-Credentials" not in answer.headers
    await public.post(REFRESH, json={}, headers=BY_HTTPS | {"Cookie": cookie})


async def test_any_listed_origin_is_not_ours(settings: Config) -> None:
    async with running(replace(settings, cors_origins=("*",))) as instance:
        refused = await log_in(
            instance, await instance.person(), {"Origin": "https://evil.example"}, status=403
        )
        assert refused["code"] == "cross_origin"


@pytest.mark.parametrize(
    "headers",
    [
        BY_HTTPS,
        {"Origin": SITE},
        {"Origin": "HTTPS://Chat.Example:443"},
        {"Origin": "https://other.example", "Host": "other.example"},
        {"Origin": SITE, "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "same-origin"},
    ],
    ids=str,
)
async def test_our_page_at_a_public_url_of_https_has_a_cookie_for_https_only(
    public: Instance, headers: dict[str, str]
) -> None:
    ann = await public.person("ann")
    reply = await log_in(public, ann, headers)
    name, value, given = set_cookie(reply)
    assert name == f"__Secure-{NAME}"
    assert given == attributes("Secure")
    ours = headers | {"Cookie": f"{name}={value}"}
    following = set_cookie(await public.post(REFRESH, json={}, headers=ours))
    assert (following[0], following[2]) == (name, given)
    ours = headers | {"Cookie": f"{name}={following[1]}"}
    gone = await public.post(REVOKE, ann, {}, headers=ours, status=204)
    assert set_cookie(gone) == (name, "", attributes("Secure", seconds=0))


async def test_cookie_that_http_can_set_is_not_read_by_https(public: Instance) -> None:
    ann = await public.person("ann")
    _, _, value = (await cookie_of(public, ann, BY_HTTPS)).partition("=")
    planted = BY_HTTPS | {"Cookie": f"{NAME}={value}"}
    refused = await public.post(REFRESH, json={}, headers=planted, status=401)
    assert refused["code"] == "token_missing"


PASSED_ON = {"Origin": SITE, "Host": "server-1:8000", "X-Forwarded-Host": "chat.example"}
HTTPS = {"X-Forwarded-Proto": "https"}


@pytest.mark.parametrize(
    ("sent", "trusted", "secure"),
    [
        (PASSED_ON | HTTPS, True, True),
        (PASSED_ON, True, True),  # the browser says https itself
        ({"Sec-Fetch-Site": "same-origin"} | HTTPS, True, True),
        ({"Sec-Fetch-Site": "same-origin"} | HTTPS, False, False),  # anybody may send that
        ({"Origin": "http://chat.example", "Host": "chat.example"}, True, False),
        ({"Origin": "http://chat.example", "Host": "chat.example"}, False, False),
        ({"Origin": SITE, "Host": "chat.example"}, False, True),
    ],
    ids=str,
)
async def test_of_https_trusted_proxies_are_believed(
    settings: Config, sent: dict[str, str], trusted: bool, secure: bool
) -> None:
    proxies = (ip_network("127.0.0.0/8"),) if trusted else ()
    async with running(replace(settings, trusted_proxies=proxies)) as instance:
        name, _, given = set_cookie(await log_in(instance, await instance.person(), sent))
    assert name == (f"__Secure-{NAME}" if secure else NAME)
    assert given == attributes(*(["Secure"] if secure else []))


async def test_what_an_unknown_proxy_says_opens_nothing(settings: Config) -> None:
    async with running(settings) as instance:
        await log_in(instance, await instance.person(), PASSED_ON | HTTPS, status=403)


async def test_page_by_http_is_not_ours_where_the_proxy_says_https(settings: Config) -> None:
    proxies = (ip_network("127.0.0.0/8"),)
    downgraded = {"Origin": "http://chat.example", "Host": "chat.example"} | HTTPS
    async with running(replace(settings, trusted_proxies=proxies)) as instance:
        await log_in(instance, await instance.person(), downgraded, status=403)


async def test_no_origin_is_allowed_credentials(public: Instance) -> None:
    preflight = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    for origin in (LISTED, SITE):
        headers = {"Origin": origin}
        asked = await public.call("OPTIONS", REFRESH, headers=headers | preflight)
        answered = await public.post(REFRESH, json={}, headers=headers, status=401)
        for reply in (asked, answered):
            assert reply.headers["Access-Control-Allow-Origin"] == origin
            assert "Access-Control-Allow-Credentials" not in reply.headers
