"""Webhooks in the settings: made, tested, read about, turned off."""

import pytest
from playwright.async_api import expect

from server.config.load import Config
from tests.conftest import Services, running
from tests.page.tabs import People
from tests.people import Instance
from tests.server.jobs.webhook_receiver import verified, webhook_receiver
from tests.server.jobs.worker_helpers import sending_here, until, working
from tests.storage.own_database import own_database

OVERFLOWS = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"


async def test_a_webhook_is_made_tested_seen_to_fail_and_turned_off_in_the_settings(
    people: People, settings: Config, services: Services
) -> None:
    async with (
        own_database(services.database_url) as url,
        webhook_receiver() as receiver,
        running(own := sending_here(settings, url)) as instance,
        working(own),
    ):
        ann = await instance.person("ann")
        tab = await people.at(instance, ann)
        await tab.go("/settings")
        main, dialog = tab.page.locator("#main"), tab.page.get_by_role("dialog")
        await main.get_by_role("link", name="Webhooks").click()
        await main.get_by_role("button", name="New webhook").click()
        await dialog.get_by_label("Address").fill("not an address")
        people.expect_refusal(422)
        await dialog.get_by_role("button", name="Create").click()
        await expect(dialog).to_contain_text("Not an https URL")
        await dialog.get_by_label("Address").fill(f"{receiver.url}/bot")
        await dialog.get_by_label("Name").fill("my bot")
        await dialog.get_by_role("button", name="Create").click()
        secret = await dialog.locator(".codes").text_content()
        assert secret is not None
        await dialog.get_by_role("button", name="Close").click()
        await expect(main).to_contain_text("my bot")

        receiver.answers["bot"] = (500, {})
        await main.get_by_role("button", name="Test").click()
        await until(lambda: bool(receiver.got("bot")))
        log = main.locator(".webhook .deliveries")
        await expect(log).to_contain_text("500")
        (first,) = receiver.received["bot"]
        assert verified(secret, first.headers, first.body)["type"] == "webhook.test"
        receiver.answers.clear()
        await log.get_by_role("button", name="Send again").click()
        await expect(log).to_contain_text("Delivered")

        await main.get_by_role("button", name="More for my bot").click()
        await tab.page.get_by_role("menuitem", name="Turn off").click()
        await expect(main.locator(".webhook .tag").first).to_have_text("Off")
        await main.get_by_role("button", name="More for my bot").click()
        await tab.page.get_by_role("menuitem", name="Delete").click()
        await dialog.get_by_role("button", name="Delete").click()
        await expect(main).not_to_contain_text("my bot")


async def test_an_address_for_a_program_is_made_and_revoked_in_the_settings(
    people: People, instance: Instance
) -> None:
    ann, bob = await instance.people("ann", "bob")
    chat = await instance.chat(ann, bob, await instance.person("eve"), title="builds")
    tab = await people.at(instance, ann)
    await tab.go("/settings/webhooks")
    main, dialog = tab.page.locator("#main"), tab.page.get_by_role("dialog")
    await main.get_by_role("button", name="New address").click()
    await dialog.get_by_label("Name").fill("ci")
    await dialog.get_by_label("Where it writes").select_option("builds")
    await dialog.get_by_role("button", name="Create").click()
    address = await dialog.locator(".codes").text_content()
    assert address is not None
    await dialog.get_by_role("button", name="Close").click()
    path = address[address.index("/api/") :]
    await instance.post(path, json={"text": "build 17 is green"})
    (said,) = await instance.walk(f"/api/messages/{chat}/messages/", bob)
    assert said["content"] == "build 17 is green"
    await main.get_by_role("button", name="Revoke ci").click()
    await dialog.get_by_role("button", name="Revoke").click()
    await expect(main).not_to_contain_text("Writes into a conversation")
    await instance.call("POST", path, json={"text": "again"}, status=404)


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_a_long_address_has_room_on_a_phone_and_on_a_desk(
    people: People, instance: Instance, width: int, theme: str
) -> None:
    ann = await instance.person("ann")
    long = {"url": f"https://example.org/{'path' * 100}", "events": ["message.created"]}
    hook = await instance.post("/api/webhooks/", ann, {**long, "name": "w" * 100})
    await instance.post(f"/api/webhooks/{hook['id']}/test/", ann)
    tab = await people.at(
        instance, ann, viewport={"width": width, "height": 844}, color_scheme=theme
    )
    await tab.go("/settings/webhooks")
    main = tab.page.locator("#main")
    await main.get_by_role("button", name="Deliveries").click()
    await expect(main).to_contain_text("webhook.test")
    assert not await tab.page.evaluate(OVERFLOWS)


async def test_the_words_are_there_in_arabic(people: People, instance: Instance) -> None:
    ann = await instance.person("ann")
    tab = await people.at(instance, ann, locale="ar-EG")
    await tab.go("/settings/webhooks")
    await expect(tab.page.locator("#main h1")).to_have_text("خطافات الويب")
