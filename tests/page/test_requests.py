"""Message requests: they come live, apart from the conversations, and are answered there."""

import re

import pytest
from playwright.async_api import expect

from tests.handlers.media.image_helpers import encoded, form, halves, send
from tests.page.tabs import People
from tests.people import Instance, Person

ME = "/api/users/me/"


async def by_request(instance: Instance, person: Person) -> None:
    await instance.call("PATCH", ME, person, json={"who_may_write_to_me": "requests"})


async def test_a_request_comes_live_and_accepted_it_is_a_conversation(
    people: People, instance: Instance
) -> None:
    ann, bob = await instance.people("ann", "bob")
    await by_request(instance, ann)
    tab = await people.at(instance, ann)
    await tab.go("/messages")
    await expect(tab.page.get_by_text("No messages yet")).to_be_visible()
    talk = await instance.chat(bob, ann)
    await instance.say(bob, talk, "may I?")
    requests = tab.page.locator(".requests")
    await expect(requests.locator("a.conversation")).to_contain_text("may I?")
    await expect(tab.page.locator(".conversations a.conversation")).to_have_count(0)
    await requests.locator("a.conversation").click()
    bar = tab.page.locator(".request-bar")
    await expect(bar).to_contain_text(f"{bob.username} wants to write to you")
    await instance.say(bob, talk, "please")
    await expect(tab.bubble("please")).to_be_visible()
    await bar.get_by_role("button", name=f"Accept the request of {bob.username}").click()
    await expect(tab.page.locator(".conversations a.conversation")).to_have_count(1)
    await expect(requests).to_have_count(0)
    await expect(bar).to_have_count(0)
    await tab.say("yes")
    assert (await instance.get(f"/api/messages/{talk}/", ann))["is_request"] is False


@pytest.mark.parametrize("answer", ["Decline the request of", "Block"])
async def test_a_declined_request_is_gone(people: People, instance: Instance, answer: str) -> None:
    ann, bob, cleo = await instance.people("ann", "bob", "cleo")
    await by_request(instance, ann)
    for other in (bob, cleo):
        await instance.say(other, await instance.chat(other, ann), "hello")
    tab = await people.at(instance, ann)
    await tab.go("/messages")
    rows = tab.page.locator(".requests li")
    await expect(rows).to_have_count(2)
    await rows.get_by_role("button", name=f"{answer} {bob.username}").click()
    if answer == "Block":
        dialog = tab.page.get_by_role("dialog", name=f"Block {bob.username}?")
        await dialog.get_by_role("button", name="Cancel").click()
        await expect(rows).to_have_count(2)
        await rows.get_by_role("button", name=f"Block {bob.username}").click()
        await dialog.get_by_role("button", name="Block").click()
    await expect(rows).to_have_count(1)
    await expect(rows).to_contain_text(cleo.username)
    found = await instance.walk("/api/messages/requests/", ann)
    assert len(found) == 1
    assert (await instance.get(f"/api/users/{bob.id}/", ann))["blocked"] is (answer == "Block")


async def test_a_request_of_a_picture_alone_says_so(people: People, instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    await by_request(instance, ann)
    file = form("file", encoded(halves(), "PNG"))
    picture = (await send(instance, "POST", "/api/media/", bob, file, 201)).body
    talk = await instance.chat(bob, ann)
    await instance.say(bob, talk, "", media_ids=[picture["id"]])
    tab = await people.at(instance, ann)
    await tab.go("/messages")
    await expect(tab.page.locator(".requests .excerpt")).to_have_text("A picture")


async def test_who_reaches_me_is_a_setting(people: People, instance: Instance) -> None:
    ann = await instance.person("ann")
    tab = await people.at(instance, ann)
    await tab.go("/settings")
    for label, choice, name, value in (
        ("Who may write to me", "Only whom I follow", "who_may_write_to_me", "followed"),
        ("Who may add me to groups", "Nobody; everybody invites me", "who_may_add_me", "nobody"),
    ):
        await tab.page.get_by_label(label).select_option(label=choice)
        await expect(tab.page.get_by_text("Saved.").first).to_be_visible()
        await tab.go("/messages")
        await tab.go("/settings")
        await expect(tab.page.get_by_label(label)).to_have_value(value)
        assert (await instance.get(ME, ann))[name] == value


async def test_a_conversation_with_whom_one_blocks_says_why_it_is_empty_and_counts_nothing(
    people: People, instance: Instance
) -> None:
    ann, bob = await instance.people("ann", "bob")
    talk = await instance.chat(ann, bob)
    await instance.say(bob, talk, "not read")
    tab = await people.at(instance, ann)
    await tab.go("/messages")
    row = tab.page.locator(".conversations a.conversation")
    await expect(row.locator(".badge")).to_contain_text("1")
    await expect(tab.page.locator("#nav .badge")).to_have_text(re.compile("^1"))
    await instance.post(f"/api/users/{bob.id}/block/", ann)
    await expect(row.locator(".badge")).to_have_count(0)
    await expect(tab.page.locator("#nav .badge")).to_have_count(0)
    await tab.go(f"/messages/{talk}")
    empty = tab.page.locator(".log .empty")
    await expect(empty).to_contain_text(f"what {bob.username} writes while you block them")
    await tab.reload()
    await expect(empty).to_contain_text("while you block them")
    await tab.go("/messages")
    await expect(row).to_contain_text("Nothing here that you can see")
    await tab.go(f"/messages/{talk}")
    await tab.page.get_by_role("button", name="Unblock").click()
    await expect(tab.bubble("not read")).to_be_visible()
