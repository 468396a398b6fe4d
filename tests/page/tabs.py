"""People at the page, each in a browser of their own; what goes wrong in it fails the test."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Locator,
    Page,
    Route,
    WebSocketRoute,
    expect,
)

from tests.clients.browser import LONG, SECONDS
from tests.people import PASSWORD, Instance, Person

# What the browser itself writes when a server is away.
OUTAGE = re.compile(
    r"net::ERR_|WebSocket connection to .* failed|status of 50[0-9]|ERR_INTERNET_DISCONNECTED"
)
BLOCKED = "Service Worker registration blocked by Playwright"  # as is asked for in browser()

EMPTY = '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>'
FOLLOW = """(path) => {
  const link = Object.assign(document.createElement("a"), { href: path });
  document.body.append(link);
  link.click();
  link.remove();
}"""


class Tab:
    """A tab of one person's browser."""

    def __init__(self, page: Page, faults: list[str]) -> None:
        self.page = page
        self._faults = faults
        page.set_default_timeout(LONG)
        page.on("console", self._console)
        page.on("pageerror", lambda error: faults.append(f"{error}\n{error.stack}"))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and message.text != BLOCKED:
            self._faults.append(f"{message.text} ({message.location.get('url')})")

    async def log_in(self, url: str, person: Person) -> None:
        await self.page.goto(url)
        await self.page.locator("#register [data-form=login]").click()
        await self.send_login(person)
        await self.is_in()
        await self.is_live()

    async def send_login(self, person: Person) -> None:
        """Fill in the form to log in where it stands, and send it."""
        await self.page.locator("#login [name=username]").fill(person.username)
        await self.page.locator("#login [name=password]").fill(PASSWORD)
        await self.page.locator("#login [type=submit]").click()

    async def is_in(self) -> None:
        """Wait until the page of somebody who is logged in is drawn."""
        await expect(self.page.locator("#shell")).to_be_visible()
        await expect(self.page.locator("#main .view")).to_be_visible()

    async def is_live(self) -> None:
        """Wait for the socket: what is shown before it is there is made anew then."""
        await expect(self.page.locator("#connection")).to_have_attribute("data-state", "live")

    async def without_socket(self) -> asyncio.Event:
        """Keep the page from connecting until the event is set."""
        connected = asyncio.Event()

        async def held(socket: WebSocketRoute) -> None:
            await connected.wait()
            socket.connect_to_server()

        await self.page.route_web_socket("**/socket.io/**", held)
        return connected

    async def go(self, path: str) -> None:
        """Open a view by its address, as a link within the page does."""
        await self.page.evaluate(FOLLOW, path)

    async def open_talk(self, conversation: int) -> None:
        await self.go(f"/messages/{conversation}")
        await expect(self.message_box).to_be_visible()
        await expect(
            self.page.locator(".log .bubble, .log .empty:not([hidden])")
        ).not_to_have_count(0)

    async def reload(self) -> None:
        await self.page.reload()
        await self.is_in()

    @property
    def message_box(self) -> Locator:
        return self.page.locator(".writer textarea")

    @property
    def post_box(self) -> Locator:
        return self.page.locator(".composer textarea")

    @property
    def replies(self) -> Locator:
        return self.page.locator(".thread > .items:not(.ancestors) > [data-post]")

    @property
    def bubbles(self) -> Locator:
        return self.page.locator(".bubble")

    def bubble(self, text: str) -> Locator:
        return self.page.locator(".bubble", has_text=text)

    async def load_all(self, count: int) -> None:
        """Go back to the first message of the open conversation, of so many."""
        log = self.page.locator(".log")
        earlier = self.page.get_by_role("button", name="Earlier messages")
        async with asyncio.timeout(SECONDS * max(1, count / 1000)):
            while await self.bubbles.count() < count:
                await log.evaluate("(log) => log.scrollTo({ top: 0 })")
                await asyncio.sleep(0.02)
        await expect(self.bubbles).to_have_count(count)
        await expect(earlier).to_have_count(0)

    async def to_end(self) -> None:
        """Go to the newest message of the open conversation."""
        await self.page.locator(".log").evaluate("(log) => log.scrollTo({ top: log.scrollHeight })")
        await expect(self.page.locator(".jump button")).to_have_count(0)

    async def say(self, text: str) -> None:
        """Write a message in the open conversation."""
        await self.message_box.fill(text)
        await self.message_box.press("Enter")
        await expect(self.bubble(text)).to_be_visible()

    async def post(self, text: str) -> None:
        """Write a post or a reply in the box of the view."""
        await self.post_box.fill(text)
        await self.post_box.press("Control+Enter")
        await expect(self.post_box).to_have_value("")


async def send_picture(route: Route) -> None:
    """Get a picture from the server that is looked at: tests listen on any port.

    Those of tests that are over have no files any more, and who has left the page gets none.
    """
    with suppress(Error):
        await _send_picture(route)


async def _send_picture(route: Route) -> None:
    origin = "/".join(route.request.frame.url.split("/")[:3])
    url = origin + route.request.url.removeprefix("http://127.0.0.1:8000")
    answer = await route.fetch(url=url)
    if answer.ok:
        await route.fulfill(response=answer)
    else:
        await route.fulfill(content_type="image/svg+xml", body=EMPTY)


class People:
    """Opens tabs; each person has a browser profile, which the tabs of one share."""

    def __init__(self, browser: Browser) -> None:
        self.faults: list[str] = []
        self.expected: list[re.Pattern[str]] = []
        self.contexts: list[BrowserContext] = []
        self._browser = browser

    def expect_outage(self) -> None:
        """Take what the browser says of a server or network that is away for no fault."""
        self.expected.append(OUTAGE)

    def expect_refusal(self, status: int) -> None:
        """Take it for no fault that a request is refused with this status."""
        self.expected.append(re.compile(rf"status of {status} "))

    async def browser(self, **options: object) -> BrowserContext:
        """A browser profile; without service workers, each of which loads all files, by default."""
        options = {"service_workers": "block"} | options
        context = await self._browser.new_context(**options)  # type: ignore[arg-type]
        self.contexts.append(context)
        await context.route("http://127.0.0.1:8000/media/**", send_picture)
        return context

    async def tab(self, context: BrowserContext) -> Tab:
        return Tab(await context.new_page(), self.faults)

    async def at(self, instance: Instance, person: Person, **options: object) -> Tab:
        """A new browser, in which this person is logged in at this instance."""
        tab = await self.tab(await self.browser(**options))
        await tab.log_in(instance.url, person)
        return tab

    async def in_talk(self, instance: Instance) -> tuple[Tab, int, Person, Person]:
        """Ann's tab with her conversation with Bob open, the conversation, Ann and Bob."""
        ann, bob = await instance.people("ann", "bob")
        talk = await instance.chat(ann, bob)
        tab = await self.at(instance, ann)
        await tab.open_talk(talk)
        return tab, talk, ann, bob

    async def answering_whom_blocks(
        self, instance: Instance, text: str
    ) -> tuple[Tab, int, Person, Person]:
        """Ann's tab, as she learns that Bob blocks her, whose post she answers; the post, both."""
        self.expect_refusal(404)  # where what is answered is looked for again
        self.expect_refusal(403)  # of the answer, when it is sent before the socket is back
        self.expect_outage()
        ann, bob = await instance.people("ann", "bob")
        post = (await instance.write(bob, "a post to answer"))["id"]
        tab = await self.at(instance, ann)
        await tab.go(f"/posts/{post}")
        await expect(tab.post_box).to_be_visible()
        await tab.page.context.set_offline(True)  # written before the page knows better
        await tab.post(text)
        await instance.post(f"/api/users/{ann.id}/block/", bob)
        await tab.page.context.set_offline(False)
        return tab, post, ann, bob

    def check(self) -> None:
        unexpected = [
            fault for fault in self.faults if not any(one.search(fault) for one in self.expected)
        ]
        assert not unexpected, "\n".join(unexpected)


@asynccontextmanager
async def people_in(browser: Browser) -> AsyncIterator[People]:
    """Tabs whose console is looked at when the block has ended well."""
    people = People(browser)
    try:
        yield people
        people.check()
    finally:
        for context in people.contexts:
            await context.close()
