"""Groups: who is what in one and sees it change, invitations, and the links into it."""

import asyncio
from typing import Any

import pytest
from playwright.async_api import Locator, expect

from storage.messaging import candidates
from tests.page.tabs import People, Tab
from tests.people import Instance, Person

Instances = tuple[Instance, Instance]


async def open_group(tab: Tab, group: int) -> None:
    await tab.go(f"/messages/{group}/group")
    await expect(tab.page.locator(".member").first).to_be_visible()


def row(tab: Tab, person: Person) -> Locator:
    """What stands of somebody in a list of the group."""
    return tab.page.locator(".member-row, .entry", has_text=f"@{person.username}")


async def choose(tab: Tab, person: Person, what: str) -> None:
    """Do something with a member by their menu; what is asked about is meant."""
    await row(tab, person).get_by_role("button").click()
    await tab.page.get_by_role("menuitem", name=what).click()


async def confirm(tab: Tab, button: str) -> None:
    dialog = tab.page.get_by_role("dialog")
    await dialog.get_by_role("button", name=button).click()
    await expect(dialog).to_have_count(0)


async def wants_to_be_asked(instance: Instance, person: Person) -> None:
    await instance.call("PATCH", "/api/users/me/", person, json={"who_may_add_me": "nobody"})


async def test_nothing_that_comes_later_moves_what_is_there(
    people: People, instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, bob, eve = await instance.people("ann", "bob", "eve")
    group = await instance.chat(ann, bob, title="all")
    made = {"name": "friends", "needs_approval": True}
    link = await instance.post(f"/api/messages/{group}/links/", ann, made)
    await instance.post("/api/messages/join/", eve, {"token": link["token"]})
    tab = await people.at(instance, ann)
    asked, may_come = asyncio.Event(), asyncio.Event()
    requests_of_group = candidates.requests_of_group

    async def hold(*arguments: Any) -> Any:
        asked.set()
        await may_come.wait()
        return await requests_of_group(*arguments)

    monkeypatch.setattr(candidates, "requests_of_group", hold)
    await tab.go(f"/messages/{group}/group")
    async with asyncio.timeout(20):
        await asked.wait()
    await expect(tab.page.locator("#main .skeletons")).to_be_visible()
    await tab.page.wait_for_timeout(300)  # in which the other lists have come
    make = tab.page.get_by_role("button", name="Make a link")
    await expect(make).to_have_count(0)
    may_come.set()
    await expect(make).to_be_visible()
    await expect(row(tab, eve)).to_be_visible()
    await expect(tab.page.locator("#main .skeletons")).to_have_count(0)


async def test_what_becomes_of_members_is_seen_by_all_who_look_and_each_may_do_what_their_role_says(
    people: People, two_instances: Instances
) -> None:
    here, there = two_instances
    ann, bob, cleo = await here.people("ann", "bob", "cleo")
    group = await here.chat(ann, bob, cleo, title="three")
    anns, bobs, cleos = (
        await people.at(here, ann),
        await people.at(there, bob),
        await people.at(there, cleo),
    )
    await open_group(anns, group)
    await open_group(bobs, group)
    await cleos.open_talk(group)
    await expect(row(anns, ann)).to_contain_text("Owner")
    links = bobs.page.get_by_role("heading", name="Links")
    await expect(links).to_have_count(0)
    await row(bobs, cleo).get_by_role("button").click()
    await expect(bobs.page.get_by_role("menuitem")).to_have_text([f"Write to {cleo.username}"])
    await bobs.page.keyboard.press("Escape")

    await choose(anns, bob, "Make an admin")
    await expect(row(anns, bob)).to_contain_text("Admin")
    await expect(row(bobs, bob)).to_contain_text("Admin")
    await expect(links).to_be_visible()
    await bobs.page.get_by_label("Members may change the title").uncheck()
    await expect(anns.page.get_by_label("Members may change the title")).not_to_be_checked()

    await choose(bobs, cleo, "Remove")
    await confirm(bobs, "Remove")
    await expect(cleos.page.locator(".no-writer")).to_have_text(
        "You have been removed from this group."
    )
    for tab in (anns, bobs):
        await expect(tab.page.locator(".member")).to_have_count(2)

    await choose(anns, bob, "Make the owner")
    await confirm(anns, "Make the owner")
    await expect(row(bobs, bob)).to_contain_text("Owner")
    await expect(row(anns, ann)).to_contain_text("Admin")
    await choose(bobs, ann, "Ban")
    await confirm(bobs, "Ban")
    await expect(anns.page.locator("#main")).to_contain_text("You are not in this conversation")
    banned = bobs.page.locator(".setting", has_text="Banned")
    await expect(banned).to_contain_text(ann.username)
    await banned.get_by_role("button", name="Lift the ban").click()
    await expect(banned).to_have_count(0)
    assert (await there.get(f"/api/messages/{group}/bans/", bob))["results"] == []


async def test_who_wants_to_be_asked_is_invited_and_answers_in_the_inbox(
    people: People, two_instances: Instances
) -> None:
    here, there = two_instances
    ann, bob, cleo, dora = await here.people("ann", "bob", "cleo", "dora")
    await wants_to_be_asked(here, dora)
    group = await here.chat(ann, bob, title="a club")
    cleos = await people.at(there, cleo)
    await cleos.go("/settings")
    asks = cleos.page.get_by_label("Who may add me to groups")
    await expect(asks).to_have_value("everybody")
    await asks.select_option("followed")
    await expect(cleos.page.get_by_text("Saved.")).to_be_visible()
    await cleos.reload()
    await expect(asks).to_have_value("followed")
    await cleos.go("/messages")
    second = await people.tab(cleos.page.context)
    await second.page.goto(f"{there.url}/messages")
    anns = await people.at(here, ann)
    await open_group(anns, group)
    for invited in (cleo, dora):
        await anns.page.get_by_role("button", name="Add people").click()
        await anns.page.get_by_role("dialog").get_by_role("searchbox").fill(invited.username)
        await anns.page.get_by_role("checkbox", name=invited.username).check()
        await confirm(anns, "Add")
        await expect(anns.page.get_by_text(f"{invited.username} is invited")).to_be_visible()
        await expect(row(anns, invited)).to_contain_text(f"Invited by {ann.username}")
    invitation = cleos.page.locator(".invitations .entry")
    await expect(invitation).to_contain_text(f"{ann.username} invites you · 2 members")
    await expect(second.page.locator(".invitations")).to_contain_text("a club")
    await invitation.get_by_role("button", name="Accept the invitation to a club").click()
    await expect(cleos.page.locator(".talk-head h1")).to_have_text("a club")
    await expect(second.page.locator(".invitations")).to_have_count(0)
    await expect(anns.page.locator(".member")).to_have_count(3)
    await expect(anns.page.locator(".setting", has_text="Invited")).not_to_contain_text(
        cleo.username
    )
    await row(anns, dora).get_by_role("button", name="Take back the invitation").click()
    await expect(row(anns, dora)).to_have_count(0)
    assert (await here.get("/api/messages/invitations/", dora))["results"] == []


async def test_an_invitation_that_is_declined_is_gone_and_the_group_is_not_joined(
    people: People, instance: Instance
) -> None:
    ann, bob, cleo = await instance.people("ann", "bob", "cleo")
    await wants_to_be_asked(instance, ann)
    group = await instance.chat(bob, cleo, ann, title="a club")
    tab = await people.at(instance, ann)
    await tab.go("/messages")
    await tab.page.get_by_role("button", name="Decline the invitation to a club").click()
    await expect(tab.page.locator(".invitations")).to_have_count(0)
    assert (await instance.get(f"/api/messages/{group}/invitations/", bob))["results"] == []
    await instance.get(f"/api/messages/{group}/", ann, status=404)


async def test_a_link_is_made_given_away_followed_without_an_account_and_approved(
    people: People, two_instances: Instances
) -> None:
    here, there = two_instances
    ann, bob, cleo = await here.people("ann", "bob", "cleo")
    group = await here.chat(ann, bob, title="a club")
    anns = await people.at(here, ann, permissions=["clipboard-read", "clipboard-write"])
    await open_group(anns, group)
    await anns.page.get_by_role("button", name="Make a link").click()
    dialog = anns.page.get_by_role("dialog")
    await dialog.get_by_label("Name").fill("friends")
    await dialog.get_by_label("When it ends").select_option("In 7 days")
    await dialog.get_by_label("How many may join by it").fill("0")
    await dialog.get_by_role("button", name="Make it").click()
    await expect(dialog.locator(".complaint")).to_be_visible()
    await dialog.get_by_label("How many may join by it").fill("5")
    await dialog.get_by_label("An admin lets in who comes by it").check()
    await confirm(anns, "Make it")
    link = anns.page.locator(".link-row", has_text="friends")
    await expect(link).to_contain_text("0 of 5 have joined")
    await link.get_by_role("button", name="Copy the link friends").click()
    address = await anns.page.evaluate("navigator.clipboard.readText()")
    token = address.removeprefix(f"{here.url}/join#")
    assert (await here.get(f"/api/messages/{group}/links/", ann))["results"][0]["token"] == token

    cleos = await people.tab(await people.browser())
    await cleos.page.goto(f"{there.url}/join#{token}")
    card = cleos.page.locator(".join")
    await expect(card).to_contain_text("a club")
    await expect(card).to_contain_text("2 members")
    await expect(cleos.page).to_have_title("a club · Mini-Twitter")
    await card.get_by_role("button", name="Ask to join").click()
    await cleos.send_login(cleo)
    await expect(card).to_contain_text("You have asked to join")
    await expect(anns.page.locator(".setting", has_text="Asking to join")).to_contain_text(
        "By the link “friends”"
    )
    await anns.page.get_by_role("button", name=f"Let in {cleo.username}").click()
    await expect(anns.page.locator(".member")).to_have_count(3)
    await expect(anns.page.locator(".setting", has_text="Asking to join")).to_have_count(0)
    await card.get_by_role("button", name="Open the conversation").click()
    await expect(cleos.page.locator(".talk-head h1")).to_have_text("a club")
    await cleos.say("here I am")

    people.expect_refusal(404)
    await link.get_by_role("button", name="Revoke the link friends").click()
    await confirm(anns, "Revoke")
    await expect(link).to_have_count(0)
    bobs = await people.tab(await people.browser())
    await bobs.page.goto(f"{there.url}/join#{token}")
    await expect(bobs.page.locator(".join")).to_contain_text("This link leads nowhere")


async def test_another_link_in_the_same_tab_shows_another_group_and_joins_it_at_once(
    people: People, instance: Instance
) -> None:
    ann, bob, cleo = await instance.people("ann", "bob", "cleo")
    tokens = []
    for title in ("one", "two"):
        group = await instance.chat(ann, bob, title=title)
        tokens.append((await instance.post(f"/api/messages/{group}/links/", ann, {}))["token"])
    tab = await people.at(instance, cleo)
    await tab.page.goto(f"{instance.url}/join#{tokens[0]}")
    await expect(tab.page.locator(".join h2")).to_have_text("one")
    await tab.page.evaluate("(token) => { location.hash = token; }", tokens[1])
    await expect(tab.page.locator(".join h2")).to_have_text("two")
    await tab.page.get_by_role("button", name="Join").click()
    await expect(tab.page.locator(".talk-head h1")).to_have_text("two")
    await tab.page.goto("about:blank")
    await tab.page.goto(f"{instance.url}/join#{tokens[1]}")
    await expect(tab.page.locator(".join")).to_contain_text("You are in this group.")
