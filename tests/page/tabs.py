"""People at the page, each in a browser of their own; what goes wrong in it fails the test."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect

from tests.people import PASSWORD, Instance, Person

SECONDS = 20.0  # in which what should be seen is seen, on a busy machine, too
# What the browser itself writes when a server is away.
OUTAGE = re.compile(
    r"net::ERR_|WebSocket connection to .* failed|status of 50[0-9]|ERR_INTERNET_DISCONNECTED"
)


class Tab:
    """A tab of one person's browser."""

    def __init__(self, page: Page, faults: list[str]) -> None:
        self.page = page
        self._faults = faults
        page.set_default_timeout(SECONDS * 1000)
        page.on("console", self._console)
        page.on("pageerror", lambda error: faults.append(f"{error}\n{error.stack}"))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self._faults.append(f"{message.text} ({message.location.get('url')})")

    async def log_in(self, url: str, person: Person) -> None:
        await self.page.goto(url)
        await self.page.locator("#register [data-form=login]").click()
        await self.page.locator("#login [name=username]").fill(person.username)
        await self.page.locator("#login [name=password]").fill(PASSWORD)
        await self.page.locator("#login [type=submit]").click()
        await self.is_in()

    async def is_in(self) -> None:
        """Wait until the page of somebody who is logged in is drawn and live."""
        await expect(self.page.locator("#shell")).to_be_visible(timeout=SECONDS * 1000)
        await expect(self.page.locator("#main .view")).to_be_visible(timeout=SECONDS * 1000)

    async def go(self, path: str) -> None:
        """Open a view of the page by the path behind the #."""
        await self.page.evaluate("path => { location.hash = path }", f"#{path}")

    async def open_talk(self, conversation: int) -> None:
        await self.go(f"/messages/{conversation}")
        await expect(self.message_box).to_be_visible(timeout=SECONDS * 1000)
        await expect(
            self.page.locator(".log .bubble, .log .empty:not([hidden])")
        ).not_to_have_count(0, timeout=SECONDS * 1000)

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
    def bubbles(self) -> Locator:
        return self.page.locator(".bubble")

    def bubble(self, text: str) -> Locator:
        return self.page.locator(".bubble", has_text=text)

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


class People:
    """Opens tabs; each person has a browser profile, which the tabs of one share."""

    def __init__(self, browser: Browser) -> None:
        self.faults: list[str] = []
        self.expected: list[re.Pattern[str]] = []
        self._browser = browser

    def expect_outage(self) -> None:
        """Take what the browser says of a server or network that is away for no fault."""
        self.expected.append(OUTAGE)

    def expect_refusal(self, status: int) -> None:
        """Take it for no fault that a request is refused with this status."""
        self.expected.append(re.compile(rf"status of {status} "))

    async def browser(self, **options: object) -> BrowserContext:
        return await self._browser.new_context(**options)  # type: ignore[arg-type]

    async def tab(self, context: BrowserContext) -> Tab:
        return Tab(await context.new_page(), self.faults)

    async def at(self, instance: Instance, person: Person) -> Tab:
        """A new browser, in which this person is logged in at this instance."""
        tab = await self.tab(await self.browser())
        await tab.log_in(instance.url, person)
        return tab

    def check(self) -> None:
        unexpected = [
            fault for fault in self.faults if not any(one.search(fault) for one in self.expected)
        ]
        assert not unexpected, "\n".join(unexpected)


@asynccontextmanager
async def people_in(browser: Browser) -> AsyncIterator[People]:
    """Tabs whose console is looked at when the block has ended well."""
    people = People(browser)
    yield people
    people.check()
