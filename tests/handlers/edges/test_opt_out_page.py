"""The List-Unsubscribe address: opened by anything it changes nothing, pressed it opts out."""

from html.parser import HTMLParser
from typing import Any

import aiohttp
import pytest

from handlers.security.tokens import Tokens
from server.config.load import Config
from tests.handlers.operations.test_deactivation import delete
from tests.people import Instance, Person

PATH = "/api/users/unsubscribe/"
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


class Page(HTMLParser):
    """The forms of a page with their fields, and the names of all its elements."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.forms: list[dict[str, str | None]] = []
        self.fields: dict[str, str] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.names.add(tag)
        if tag == "form":
            self.forms.append(given)
        if tag == "input":
            self.fields[str(given["name"])] = str(given["value"])


@pytest.fixture
async def ann(instance: Instance) -> Person:
    return await instance.person("ann")


@pytest.fixture
def link(settings: Config, ann: Person) -> str:
    return f"{PATH}?token={Tokens(settings.jwt_secret, 900, 30).unsubscribing(ann.id)}"


async def wants_mails(instance: Instance, person: Person) -> Any:
    return (await instance.get("/api/users/me/", person))["digest_mails"]


async def test_whoever_opens_it_changes_nothing(instance: Instance, ann: Person, link: str) -> None:
    for method, status in (("GET", 200), ("HEAD", 200), ("OPTIONS", 405)):
        for headers in ({}, BROWSER, {"User-Agent": "link scanner", "Accept": "*/*"}):
            await instance.call(method, link, headers=headers, status=status)
    assert await wants_mails(instance, ann)


async def test_its_button_needs_no_script_and_answers_with_a_page(
    instance: Instance, ann: Person, link: str
) -> None:
    shown = await instance.get(link, headers=BROWSER)
    page = Page(shown.body.decode())
    assert "script" not in page.names
    assert page.forms == [{"method": "post"}]  # to the address of the page itself
    assert page.fields == {"List-Unsubscribe": "One-Click"}
    done = await instance.call(
        "POST", link, data=aiohttp.FormData(page.fields), headers=BROWSER, status=200
    )
    assert done.headers["Content-Type"].startswith("text/html")
    assert b"<h1>No more mails</h1>" in done.body
    assert not await wants_mails(instance, ann)
    # Pressed once more, by a reload, it is the same.
    await instance.call("POST", link, headers=BROWSER, status=200)


@pytest.mark.parametrize("multipart", [False, True])
async def test_one_click_of_a_mail_program_opts_out(
    instance: Instance, ann: Person, link: str, multipart: bool
) -> None:
    form = aiohttp.FormData({"List-Unsubscribe": "One-Click"}, default_to_multipart=multipart)
    reply = await instance.call("POST", link, data=form, status=200)
    assert reply.body == {"digest_mails": False}
    assert not await wants_mails(instance, ann)


async def test_it_is_kept_by_nobody_and_runs_nothing(instance: Instance, link: str) -> None:
    for shown in (
        await instance.get(link),
        await instance.get(f"{PATH}?token=x", status=404),
        await instance.call("POST", link, headers=BROWSER),
    ):
        assert shown.headers["Cache-Control"] == "no-store"
        assert "noindex" in shown.headers["X-Robots-Tag"]
        assert shown.headers["Referrer-Policy"] == "no-referrer"
        policy = shown.headers["Content-Security-Policy"].split("; ")
        assert {"default-src 'none'", "form-action 'self'", "frame-ancestors 'none'"} <= {*policy}
        assert not any("unsafe" in one or "script-src" in one for one in policy)


async def test_a_link_that_is_not_ours_says_so_and_has_no_button(
    instance: Instance, ann: Person, link: str
) -> None:
    other = link.replace(f"{ann.id}.", f"{ann.id + 1}.")
    for wrong in (
        PATH,
        f"{PATH}?token=",
        f"{PATH}?token=<script>",
        f"{link}x",
        other,
        f"{link[:-1]}é",
    ):
        for method in ("GET", "POST"):
            shown = await instance.call(method, wrong, headers=BROWSER, status=404)
            assert b"<h1>This link does not work</h1>" in shown.body
            assert Page(shown.body.decode()).names.isdisjoint({"form", "script"})
        problem = await instance.post(wrong, status=422)
        assert problem["code"] in ("link_invalid", "invalid")
    assert await wants_mails(instance, ann)


async def test_the_link_of_a_deleted_account_does_no_harm(
    instance: Instance, ann: Person, link: str
) -> None:
    await delete(instance, ann)
    await instance.get(link)
    await instance.call("POST", link, headers=BROWSER, status=200)
