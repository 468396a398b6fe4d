"""Polls, as they are asked, voted in and watched in the page."""

import pytest
from playwright.async_api import expect

from storage.database.pool import Database
from tests.page.tabs import People
from tests.people import Instance

TEA = {"options": ["tea", "coffee"], "expires_in": 3600}


async def test_what_one_asks_is_voted_in_by_others_and_seen_to_move(
    people: People, instance: Instance
) -> None:
    ann, bob, cat = await instance.people("ann", "bob", "cat")
    await instance.follow(bob, ann)
    anns = await people.tab(await people.browser())
    await anns.log_in(instance.url, ann)
    page = anns.page
    box = page.locator(".composer")
    await box.get_by_role("textbox").first.fill("What do you drink?")
    await box.get_by_role("button", name="Ask by a poll").click()
    await expect(box.get_by_label("Option 1")).to_be_focused()
    await expect(box.get_by_role("button", name="Post", exact=True)).to_be_disabled()
    await box.get_by_label("Option 1").fill("tea")
    await box.get_by_role("button", name="Add an option").click()
    await box.get_by_label("Option 2").fill("coffee")
    await box.get_by_label("Option 3").fill("water")
    await box.get_by_role("button", name="Post", exact=True).click()
    asked = page.locator("#main [data-post]", has_text="What do you drink?")
    await expect(asked.locator(".answer")).to_have_count(3)
    await expect(asked).to_contain_text("0 voters")
    await expect(box.locator(".poll-writer")).to_have_count(0)
    post_id = int(await asked.get_attribute("data-post") or 0)

    bobs = await people.tab(await people.browser())
    await bobs.log_in(instance.url, bob)
    seen = bobs.page.locator(f'#main [data-post="{post_id}"]')
    await seen.get_by_label("coffee").check()
    await seen.get_by_role("button", name="Vote").click()
    await expect(seen).to_contain_text("100%")
    await expect(seen.locator(".answer", has_text="coffee")).to_contain_text("My choice")
    await expect(asked).to_contain_text("1 voter")
    await instance.post(f"/api/posts/{post_id}/vote/", cat, {"choices": [0]})
    for card in (asked, seen):
        await expect(card).to_contain_text("2 voters")
        await expect(card.locator(".answer", has_text="tea")).to_contain_text("50%")
    await expect(seen.locator(".answer", has_text="coffee")).to_contain_text("My choice")


async def test_a_poll_that_is_being_asked_outlives_a_reload_until_it_is_sent_or_taken_out(
    people: People, instance: Instance
) -> None:
    tab = await people.at(instance, await instance.person("ann"))
    box = tab.page.locator(".composer")
    await box.get_by_role("textbox").first.fill("And to eat?")
    await box.get_by_role("button", name="Ask by a poll").click()
    await box.get_by_label("Option 1").fill("soup")
    await box.get_by_label("Option 2").fill("bread")
    await box.get_by_label("How long one can vote").select_option("3600")
    await tab.page.reload()
    await expect(box.get_by_label("Option 1")).to_have_value("soup")
    await expect(box.get_by_label("Option 2")).to_have_value("bread")
    await expect(box.get_by_label("How long one can vote")).to_have_value("3600")
    await box.get_by_role("button", name="Post", exact=True).click()
    asked = tab.page.locator("#main [data-post]", has_text="And to eat?")
    await expect(asked.locator(".answer")).to_have_count(2)
    await box.get_by_role("button", name="Ask by a poll").click()
    await box.get_by_role("button", name="Remove the poll").click()
    await tab.page.reload()
    await expect(asked).to_be_visible()
    await expect(box.locator(".poll-writer")).to_have_count(0)


async def test_a_quote_of_a_poll_says_that_there_is_one(people: People, instance: Instance) -> None:
    ann = await instance.person("ann")
    post_id = (await instance.write(ann, "Which?", poll=TEA))["id"]
    quote = await instance.write(ann, "look", quote_id=post_id)
    assert quote["quoted"]["post"]["has_poll"] is True
    tab = await people.at(instance, ann)
    await tab.page.goto(f"{instance.url}/posts/{quote['id']}")
    await tab.page.get_by_role("link", name="Its poll").click()
    await expect(tab.page.locator(f'[data-post="{post_id}"] .answer')).to_have_count(2)


async def test_the_counts_that_are_hidden_come_with_the_end(
    people: People, instance: Instance, db: Database
) -> None:
    ann, bob = await instance.people("ann", "bob")
    poll = TEA | {"hide_totals": True, "multiple": True}
    post_id = (await instance.write(ann, "Which?", poll=poll))["id"]
    await instance.post(f"/api/posts/{post_id}/vote/", bob, {"choices": [0, 1]})
    tab = await people.tab(await people.browser())
    await tab.log_in(instance.url, bob)
    await tab.page.goto(f"{instance.url}/posts/{post_id}")
    card = tab.page.locator(f'#main [data-post="{post_id}"]')
    await expect(card).to_contain_text("Counts are shown at the end")
    await expect(card.locator("progress")).to_have_count(0)
    await db.execute("UPDATE polls SET ends_at = now() WHERE post_id = $1", post_id)
    await tab.page.reload()
    await expect(card).to_contain_text("Final result")
    await expect(card.locator("progress")).to_have_count(2)


@pytest.mark.parametrize("multiple", [False, True])
async def test_a_visitor_sees_what_can_be_chosen(
    people: People, instance: Instance, multiple: bool
) -> None:
    ann = await instance.person("ann")
    post_id = (await instance.write(ann, "Which?", poll=TEA | {"multiple": multiple}))["id"]
    tab = await people.tab(await people.browser())
    await tab.page.goto(f"{instance.url}/posts/{post_id}")
    card = tab.page.locator(f'#main [data-post="{post_id}"]')
    kind = "checkbox" if multiple else "radio"
    await expect(card.locator(f"input[type={kind}]")).to_have_count(2)
    await card.get_by_label("tea").check()
    await card.get_by_role("button", name="Vote").click()
    await expect(tab.page.get_by_role("dialog")).to_be_visible()
