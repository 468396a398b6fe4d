"""Messages found from the list of conversations, and gone to; read receipts switched off."""

import re

from playwright.async_api import expect

from tests.page.tabs import People
from tests.people import Instance

BOX = "Search messages and people"
LONG = 30_000


async def test_message_is_found_in_all_conversations_and_gone_to(
    people: People, instance: Instance
) -> None:
    ann, bob, cem = await instance.people("ann", "bob", "cem")
    talk = await instance.chat(ann, bob)
    other = await instance.chat(ann, cem)
    await instance.say(bob, talk, "the very first thing: a Recipe of old, and how it goes on")
    for number in range(130):
        await instance.say(bob, talk, f"thing {number}")
    await instance.say(cem, other, "no recipe here")
    tab = await people.at(instance, ann)
    await tab.open_talk(talk)
    box = tab.page.get_by_role("searchbox", name=BOX)
    found = tab.page.locator("a.conversation.said")
    await box.fill("recipe")
    await expect(found).to_have_count(2)
    await expect(found.nth(0)).to_contain_text("no recipe here")
    await expect(found.nth(1).locator("b")).to_have_text("Recipe")
    await box.fill(f"recipe from:{bob.username}")
    await expect(found).to_have_count(1)
    # In the conversation that is open, far above what was loaded.
    await found.click()
    old = tab.bubble("the very first thing")
    await expect(old).to_be_in_viewport(timeout=LONG)
    await expect(old).to_be_focused()
    # In another.
    await box.fill("recipe")
    await expect(found).to_have_count(2)
    await found.nth(0).click()
    await expect(tab.page).to_have_url(re.compile(f"/messages/{other}$"))
    await expect(tab.bubble("no recipe here")).to_be_focused()


async def test_nothing_found_and_what_is_still_being_typed_is_no_fault(
    people: People, instance: Instance
) -> None:
    ann, bob = await instance.people("ann", "bob")
    await instance.say(bob, await instance.chat(ann, bob), "something")
    tab = await people.at(instance, ann)
    await tab.go("/messages")
    people.expect_refusal(422)
    box = tab.page.get_by_role("searchbox", name=BOX)
    await box.fill("something before:2026")
    await expect(tab.page.get_by_text("Nothing with these words.")).to_be_visible()
    await box.fill("something")
    await expect(tab.page.locator("a.conversation.said")).to_have_count(1)
    await box.fill("")
    await expect(tab.page.locator("a.conversation.said")).to_have_count(0)
    await expect(tab.page.locator("a.conversation")).to_have_count(1)


async def test_read_receipts_are_switched_off_and_nothing_says_read_or_sent(
    people: People, instance: Instance
) -> None:
    tab, talk, ann, _ = await people.in_talk(instance)
    await tab.say("is it read?")
    receipt = tab.page.locator(".receipt")
    await expect(receipt).to_have_text("Sent")
    await tab.go("/settings")
    box = tab.page.get_by_role("checkbox", name="Show others what I have read")
    await expect(box).to_be_checked()
    await box.uncheck()
    await expect(tab.page.get_by_text("Saved.").first).to_be_visible()
    assert (await instance.get("/api/users/me/", ann))["send_read_receipts"] is False
    await tab.go(f"/messages/{talk}")
    await expect(tab.bubble("is it read?")).to_be_visible()
    await expect(receipt).to_have_count(0)
    await tab.reload()
    await expect(tab.bubble("is it read?")).to_be_visible()
    await expect(receipt).to_have_count(0)
