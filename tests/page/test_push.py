"""What is pushed to the service worker, which the browser tells people of."""

import asyncio
from collections.abc import AsyncIterator

import orjson
import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from server.config.load import Config
from tests.clients.browser import SECONDS, WINDOWED, chromium
from tests.conftest import Services, running
from tests.page.tabs import People, people_in
from tests.page.test_worker import CONTROLLED
from tests.server.jobs.push_service import push_service
from tests.server.jobs.worker_helpers import sending_here, until, working
from tests.storage.own_database import own_database

pytestmark = pytest.mark.skipif(
    WINDOWED is None, reason="there is no Chromium with windows: install it, or set CHROMIUM"
)

# A browser subscribes at a push service of its maker's, which tests do not reach.
SUBSCRIBES = """(given) => {
  let subscription = null;
  const { endpoint, p256dh, auth } = given;
  const made = {
    toJSON: () => ({ endpoint, expirationTime: null, keys: { p256dh, auth } }),
    unsubscribe: async () => { subscription = null; return true; },
  };
  PushManager.prototype.getSubscription = async () => subscription;
  PushManager.prototype.subscribe = async () => (subscription = made);
}"""
SHOWN = """async () => {
  const registration = await navigator.serviceWorker.ready;
  const shown = await registration.getNotifications();
  return shown.map(({ title, body, tag }) => ({ title, body, tag }));
}"""


async def registration_id(page: Page) -> str:
    """What the browser calls the page's service worker."""
    session = await page.context.new_cdp_session(page)
    found: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def told(event: dict[str, list[dict[str, str]]]) -> None:
        for registration in event["registrations"]:
            if not found.done():
                found.set_result(registration["registrationId"])

    session.on("ServiceWorker.workerRegistrationUpdated", told)
    await session.send("ServiceWorker.enable")
    return await asyncio.wait_for(found, SECONDS)


async def deliver(page: Page, origin: str, registration: str, payload: object) -> None:
    """Have the browser get a push message, as from its push service."""
    session = await page.context.new_cdp_session(page)
    await session.send("ServiceWorker.enable")
    message = {
        "origin": origin,
        "registrationId": registration,
        "data": orjson.dumps(payload).decode(),
    }
    await session.send("ServiceWorker.deliverPushMessage", message)


@pytest_asyncio.fixture(loop_scope="session")
async def people() -> AsyncIterator[People]:
    """People at a Chromium that would have windows: without any it tells nobody of anything."""
    async with chromium(WINDOWED) as browser, people_in(browser) as people:
        yield people


async def test_a_message_is_told_by_the_browser_and_leads_to_the_conversation(
    people: People, settings: Config, services: Services
) -> None:
    async with (
        own_database(services.database_url) as url,
        push_service() as service,
        running(own := sending_here(settings, url)) as instance,
        working(own),
    ):
        ann, bob = await instance.people("ann", "bob")
        chat = await instance.chat(ann, bob)
        tab = await people.at(instance, bob, service_workers="allow", permissions=["notifications"])
        await tab.page.evaluate(CONTROLLED)
        await tab.page.evaluate(SUBSCRIBES, service.browser("chromium").subscription)
        await tab.go("/settings")
        switch = tab.page.get_by_label("Tell me on this device")
        await switch.check()
        await expect(tab.page.locator(".toast")).to_contain_text("notified")
        name = (await instance.get("/api/users/me/", ann))["display_name"]
        await instance.say(ann, chat, "are you there?")
        await until(lambda: bool(service.received))
        [payload] = service.got("chromium")
        registration = await registration_id(tab.page)
        await tab.page.goto("about:blank")  # who looks at the page is not told besides
        await deliver(tab.page, instance.url, registration, payload)
        await tab.page.goto(f"{instance.url}/settings")
        await tab.is_in()

        async def is_shown() -> bool:
            return bool(await tab.page.evaluate(SHOWN))

        await until(is_shown)
        assert await tab.page.evaluate(SHOWN) == [
            {
                "title": f"{name} wrote to you",
                "body": "are you there?",
                "tag": f"message-{chat}",
            }
        ]
        await tab.page.evaluate(SUBSCRIBES, service.browser("chromium").subscription)
        await tab.page.evaluate("() => navigator.serviceWorker.ready")
        switch = tab.page.get_by_label("Tell me on this device")
        await switch.check()
        await switch.uncheck()
        await expect(tab.page.locator(".toast").last).to_contain_text("no longer")
        assert not (await instance.get("/api/push/", bob))["subscribed"]
