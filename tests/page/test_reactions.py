"""Reactions and pinned messages in the page, seen by both of a conversation."""

from playwright.async_api import expect

from tests.page.tabs import People
from tests.page.test_replies import choose
from tests.people import Instance, Person


async def test_one_reacts_from_the_menu_and_others_see_it(
    people: People, instance: Instance
) -> None:
    ann, bob = await instance.people("ann", "bob")
    talk = await instance.chat(ann, bob)
    said = await instance.say(bob, talk, "we have won")
    anns, bobs = [await people.at(instance, one) for one in (ann, bob)]
    for tab in (anns, bobs):
        await tab.open_talk(talk)
    await choose(anns, "we have won", "React")
    await anns.page.get_by_role("menu", name="React").get_by_text("🎉").click()
    mine = anns.bubble("we have won").locator(".reaction")
    seen = bobs.bubble("we have won").locator(".reaction")
    await expect(mine).to_have_text("🎉 1")
    await expect(mine).to_have_attribute("aria-pressed", "true")
    await expect(seen).to_have_text("🎉 1")
    await expect(seen).to_have_attribute("aria-pressed", "false")
    await seen.click()
    await expect(mine).to_have_text("🎉 2")
    await expect(seen).to_have_attribute("aria-pressed", "true")
    await expect(mine).to_have_attribute("aria-pressed", "true")
    await choose(anns, "we have won", "Who reacted")
    dialog = anns.page.get_by_role("dialog", name="Who reacted")
    await expect(dialog).to_contain_text(ann.username)
    await expect(dialog).to_contain_text(bob.username)
    await dialog.get_by_role("button", name="Close").click()
    await mine.click()
    await expect(seen).to_have_text("🎉 1")
    await expect(mine).to_have_attribute("aria-pressed", "false")
    await seen.click()
    await expect(mine).to_have_count(0)
    found = (await instance.get(f"/api/messages/{talk}/messages/", bob))["results"]
    assert [(one["id"], one["reactions"]) for one in found] == [(said["id"], [])]


async def test_what_is_pinned_stands_above_and_leads_to_the_message(
    people: People, instance: Instance
) -> None:
    ann, bob = await instance.people("ann", "bob")
    talk = await instance.chat(ann, bob)
    first = await instance.say(bob, talk, "the address is 5 High Street")
    for number in range(60):
        await instance.say(ann, talk, f"number {number}")
    await instance.say(bob, talk, "bring a cake")
    anns, bobs = [await people.at(instance, one) for one in (ann, bob)]
    for tab in (anns, bobs):
        await tab.open_talk(talk)
    bar = anns.page.locator(".pinned-bar")
    await expect(bar).to_have_count(0)
    await choose(bobs, "bring a cake", "Pin")
    await expect(bar).to_contain_text("bring a cake")
    await expect(bar.get_by_role("button", name="All")).to_have_count(0)
    await instance.post(f"/api/messages/{talk}/messages/{first['id']}/pin/", bob)
    await expect(bar).to_contain_text("5 High Street")
    await anns.reload()
    await expect(bar).to_contain_text("5 High Street")
    await bar.get_by_role("button", name="Show the pinned message").click()
    original = anns.page.locator(f'[data-message="{first["id"]}"]')
    await expect(original).to_be_in_viewport(timeout=30_000)
    await expect(original).to_be_focused()
    await bar.get_by_role("button", name="All 2").click()
    dialog = anns.page.get_by_role("dialog", name="Pinned")
    await dialog.get_by_role("button", name="bring a cake").click()
    await expect(anns.page.locator(".bubble.found")).to_contain_text("bring a cake")
    await choose(anns, "5 High Street", "Unpin")
    await expect(bar).to_contain_text("bring a cake")
    await instance.call(
        "DELETE", f"/api/messages/{talk}/messages/{await last_of(instance, bob, talk)}/", bob,
        status=204,
    )  # fmt: skip
    await expect(bar).to_have_count(0)


async def last_of(instance: Instance, by: Person, talk: int) -> int:
    found = await instance.get(f"/api/messages/{talk}/messages/", by)
    return int(found["results"][0]["id"])


async def test_where_only_admins_pin_a_member_is_offered_none(
    people: People, instance: Instance
) -> None:
    ann, bob = await instance.people("ann", "bob")
    group = await instance.chat(ann, bob, title="all")
    await instance.say(ann, group, "the rules")
    body = {"who_may_pin": "admins"}
    await instance.call("PATCH", f"/api/messages/{group}/", ann, json=body)
    tab = await people.at(instance, bob)
    await tab.open_talk(group)
    await tab.bubble("the rules").focus()
    await tab.page.keyboard.press("Enter")
    items = tab.page.get_by_role("menu").get_by_role("menuitem")
    await expect(items).to_have_text(["Reply", "React", "Copy text", "Report"])
