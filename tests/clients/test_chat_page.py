"""The chat page of the README, in Chromium: IndexedDB, reloads, a network that goes and comes."""

from playwright.async_api import Browser, Page, expect

from tests.clients.browser import chromium, needs_browser
from tests.clients.node import SOURCE
from tests.clients.readme import snippet
from tests.people import PASSWORD, Instance, Person

pytestmark = needs_browser

PAGE_LINES = 60


async def chat_page(browser: Browser, instance: Instance) -> Page:
    """The page of the README at the instance's origin; an error of a script fails the test."""
    html = snippet(SOURCE / "README.md", "html")
    context = await browser.new_context()
    page = await context.new_page()
    page.set_default_timeout(20_000)
    page.on("pageerror", lambda error: (_ for _ in ()).throw(error))
    await page.route(
        "**/chat.html", lambda route: route.fulfill(body=html, content_type="text/html")
    )
    await page.goto(f"{instance.url}/chat.html")
    return page


async def log_in(page: Page, me: Person, other: Person) -> None:
    await page.fill("[name=username]", me.username)
    await page.fill("[name=password]", PASSWORD)
    await page.fill("[name=other]", other.username)
    await page.click("#login button")
    await expect(page.locator("#state")).to_have_text("live", timeout=20_000)


async def write(page: Page, content: str) -> None:
    await page.fill("[name=content]", content)
    await page.press("[name=content]", "Enter")
    await expect(page.locator("[name=content]")).to_have_value("")


def test_it_is_a_page_of_sixty_lines() -> None:
    assert len(snippet(SOURCE / "README.md", "html").splitlines()) <= PAGE_LINES


async def test_two_people_chat_and_what_is_written_offline_survives_a_reload(
    two_instances: tuple[Instance, Instance],
) -> None:
    here, there = two_instances
    ann, bob = await here.people("ann", "bob")
    async with chromium() as browser:
        hers, his = await chat_page(browser, here), await chat_page(browser, there)
        await log_in(hers, ann, bob)
        await log_in(his, bob, ann)
        await write(hers, "hello")
        await expect(his.locator("#log li")).to_have_text([f"{ann.username}: hello"])

        await hers.route("**/api/**", lambda route: route.abort())
        await hers.route_web_socket("**/socket.io/**", lambda socket: socket.close())
        await hers.route("**/socket.io/**", lambda route: route.abort())
        await hers.evaluate("dispatchEvent(new Event('offline'))")
        await expect(hers.locator("#state")).to_have_text("offline")
        await write(hers, "are you there?")
        await expect(hers.locator("#log li").last).to_contain_text("are you there?")
        await hers.unroute_all()
        await hers.route(
            "**/chat.html",
            lambda route: route.fulfill(
                body=snippet(SOURCE / "README.md", "html"), content_type="text/html"
            ),
        )
        await hers.reload()
        lines = [f"{ann.username}: hello", f"{ann.username}: are you there?"]
        await expect(his.locator("#log li")).to_have_text(lines, timeout=20_000)
        await expect(hers.locator("#log li")).to_have_text(lines, timeout=20_000)
