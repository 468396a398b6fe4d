"""Answers to messages in the page: from the menu, as drafts, while away, and back from them."""

from playwright.async_api import Locator, expect

from tests.page.servers import Server
from tests.page.tabs import People, Tab
from tests.people import Instance


async def choose(tab: Tab, text: str, item: str) -> None:
    """Open the menu of a message by the keyboard and take this of it."""
    await tab.bubble(text).focus()
    await tab.page.keyboard.press("Enter")
    await tab.page.get_by_role("menuitem", name=item, exact=True).click()


def quote(tab: Tab, text: str) -> Locator:
    return tab.bubble(text).locator(".quote")


async def test_an_answer_is_drafted_sent_and_leads_to_what_it_answers(
    people: People, instance: Instance
) -> None:
    ann, bob = await instance.people("ann", "bob")
    talk = await instance.chat(ann, bob)
    first = await instance.say(bob, talk, "the very first")
    for number in range(130):
        await instance.say(ann, talk, f"number {number}")
    asked = await instance.say(bob, talk, "shall we meet?")
    tab = await people.at(instance, ann)
    await tab.open_talk(talk)
    await choose(tab, "shall we meet?", "Reply")
    bar = tab.page.locator(".editing")
    await expect(bar).to_contain_text(f"Replying to {bob.username}")
    await expect(bar).to_contain_text("shall we meet?")
    await tab.message_box.fill("at noon")
    await tab.reload()
    await expect(bar).to_contain_text("shall we meet?")
    await expect(tab.message_box).to_have_value("at noon")
    await tab.message_box.press("Enter")
    await expect(bar).to_have_count(0)
    await expect(quote(tab, "at noon")).to_contain_text("shall we meet?")
    await expect(tab.page.locator(".receipt")).to_have_text("Sent")
    sent = (await instance.get(f"/api/messages/{talk}/messages/", bob))["results"][0]
    assert sent["reply_to"]["id"] == asked["id"]

    path = f"/api/messages/{talk}/messages/{asked['id']}/"
    await instance.call("PATCH", path, bob, json={"content": "shall we eat?"})
    await expect(quote(tab, "at noon")).to_contain_text("shall we eat?")
    await instance.call("DELETE", path, bob, status=204)
    await expect(quote(tab, "at noon")).to_contain_text("Message deleted")

    await instance.say(bob, talk, "look up there", reply_to_id=first["id"])
    await expect(tab.bubble("the very first")).to_have_count(1)  # the quote has its words
    await quote(tab, "look up there").click()
    original = tab.page.locator(f'[data-message="{first["id"]}"]')
    await expect(original).to_be_in_viewport(timeout=30_000)
    await expect(original).to_be_focused()
    await expect(tab.page).to_have_url(f"{instance.url}/messages/{talk}")


async def test_escape_and_the_button_stop_an_answer(people: People, instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    talk = await instance.chat(ann, bob)
    await instance.say(bob, talk, "by bob")
    tab = await people.at(instance, ann)
    await tab.open_talk(talk)
    bar = tab.page.locator(".editing")
    for stop in ("Escape", "button"):
        await choose(tab, "by bob", "Reply")
        await expect(bar).to_be_visible()
        await expect(tab.message_box).to_be_focused()
        if stop == "Escape":
            await tab.message_box.press("Escape")
        else:
            await bar.get_by_role("button", name="Stop replying").click()
        await expect(bar).to_have_count(0)
    await tab.say("to nothing")
    await expect(tab.page.locator(".receipt")).to_have_text("Sent")
    sent = (await instance.get(f"/api/messages/{talk}/messages/", bob))["results"][0]
    assert sent["reply_to"] is None


async def test_an_answer_waits_for_the_connection_with_what_it_answers(
    people: People, server: Server
) -> None:
    people.expect_outage()
    tab, talk, _, bob = await people.in_talk(server)
    asked = await server.say(bob, talk, "are you there?")
    await expect(tab.bubble("are you there?")).to_be_visible()
    server.kill()
    await choose(tab, "are you there?", "Reply")
    await tab.say("now I am")
    await expect(tab.bubble("now I am")).to_contain_text("Waiting for the connection…")
    await expect(quote(tab, "now I am")).to_contain_text("are you there?")
    await server.start()
    await expect(tab.page.locator(".receipt")).to_have_text("Sent", timeout=30_000)
    found = await server.walk(f"/api/messages/{talk}/messages/", bob)
    assert [(one["content"], (one["reply_to"] or {}).get("id")) for one in found] == [
        ("now I am", asked["id"]),
        ("are you there?", None),
    ]


async def test_an_answer_to_what_was_taken_back_meanwhile_can_be_sent_without(
    people: People, instance: Instance
) -> None:
    people.expect_refusal(422)
    ann, bob = await instance.people("ann", "bob")
    talk = await instance.chat(ann, bob)
    asked = await instance.say(bob, talk, "a mistake")
    tab = await people.at(instance, ann)
    await tab.open_talk(talk)
    await choose(tab, "a mistake", "Reply")
    path = f"/api/messages/{talk}/messages/{asked['id']}/"
    await instance.call("DELETE", path, bob, status=204)
    await expect(tab.bubbles.first).to_contain_text("Message deleted")
    await tab.say("what?")
    refused = tab.bubble("what?")
    await expect(refused.get_by_role("alert")).to_be_visible()
    await refused.get_by_role("button", name="Retry").click()
    await expect(tab.page.locator(".receipt")).to_have_text("Sent")
    sent = (await instance.get(f"/api/messages/{talk}/messages/", bob))["results"][0]
    assert (sent["content"], sent["reply_to"]) == ("what?", None)
