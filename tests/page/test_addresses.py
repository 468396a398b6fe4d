"""Addresses of the page, and Back as in a document."""

import re

import pytest
from playwright.async_api import expect

from tests.page.tabs import People, Tab
from tests.people import Instance, Person


async def write_many(instance: Instance, author: Person, count: int) -> list[int]:
    return [(await instance.write(author, f"post {n:02}"))["id"] for n in range(count)]


async def is_at(tab: Tab, path: str) -> None:
    await expect(tab.page).to_have_url(re.compile(f"^[^/]+//[^/]+{re.escape(path)}$"))


async def test_every_view_has_an_address_which_a_fresh_tab_opens(
    people: People, instance: Instance
) -> None:
    ann, bob = await instance.people("ann", "bob")
    post = (await instance.write(bob, "a post with its #tag"))["id"]
    tab = await people.at(instance, ann)
    for path, heading, title in (
        (f"/@{bob.username}", bob.username, f"{bob.username} (@{bob.username})"),
        (f"/@{bob.username}/followers", f"Followers · @{bob.username}", "Followers"),
        (f"/@{bob.username}/posts/{post}", "Post", f"{bob.username}: a post with its #tag"),
        ("/tags/tag", "#tag", "#tag"),
        ("/explore?q=post", "Explore", "post · Explore"),
        ("/notifications", "Notifications", "Notifications"),
        ("/bookmarks", "Bookmarks", "Bookmarks"),
        ("/settings", "Settings", "Settings"),
    ):
        await tab.page.goto(instance.url + path)
        await expect(tab.page.locator("#main h1")).to_have_text(heading)
        await expect(tab.page).to_have_title(re.compile(re.escape(title)))
        await is_at(tab, path)


@pytest.mark.parametrize("typed", [False, True])
async def test_an_old_address_leads_to_what_it_named(
    people: People, instance: Instance, typed: bool
) -> None:
    ann, bob = await instance.people("ann", "bob")
    post = (await instance.write(bob, "an old link"))["id"]
    tab = await people.at(instance, ann)
    for old, new in (
        (f"/#/post/{post}", f"/@{bob.username}/posts/{post}"),
        (f"/#/u/{bob.id}", f"/@{bob.username}"),
        ("/#/tag/tag", "/tags/tag"),
        ("/#/explore/old", "/explore?q=old"),
        ("/#/notifications", "/notifications"),
        ("/#/", "/"),
    ):
        if typed:
            await tab.page.goto(instance.url + old)
        else:
            await tab.go(old)
        await is_at(tab, new)
        await tab.is_in()


async def test_back_finds_a_list_as_it_was_left(people: People, instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    await write_many(instance, bob, 45)
    tab = await people.at(instance, ann)
    await tab.go(f"/@{bob.username}")
    cards = tab.page.locator("#main [data-post]")
    await expect(cards).to_have_count(20)
    await cards.last.scroll_into_view_if_needed()
    await expect(cards).to_have_count(40)
    await cards.nth(30).scroll_into_view_if_needed()
    await cards.nth(30).evaluate("(card) => (card.dataset.stood = '1')")
    left_at = await tab.page.evaluate("scrollY")
    assert left_at > 1000
    asked: list[str] = []
    await cards.nth(30).locator("a.when").click()
    await expect(tab.page.locator(".post.large")).to_be_visible()
    tab.page.on("request", lambda request: asked.append(request.url))
    await tab.page.go_back()
    await expect(tab.page.locator("[data-stood]")).to_be_visible()
    assert abs(await tab.page.evaluate("scrollY") - left_at) <= 2
    assert [url for url in asked if "/posts/?" in url] == []
    await tab.page.go_forward()
    await expect(tab.page.locator(".post.large")).to_be_visible()
    assert await tab.page.evaluate("scrollY") < 300
    await tab.page.go_back()
    await expect(tab.page.locator("[data-stood]")).to_be_visible()
    await tab.page.reload()
    await expect(cards.first).to_be_visible()


async def test_the_headings_back_stays_within_the_site(people: People, instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    post = (await instance.write(bob, "linked from elsewhere"))["id"]
    tab = await people.at(instance, ann)
    fresh = await people.tab(tab.page.context)
    await fresh.page.goto(f"{instance.url}/@{bob.username}/posts/{post}")
    await expect(fresh.page.locator(".post.large")).to_be_visible()
    await fresh.page.get_by_role("link", name="Back").click()
    await is_at(fresh, "/")
    await fresh.go(f"/@{bob.username}")
    await expect(fresh.page.locator(".profile")).to_be_visible()
    await fresh.page.locator("[data-post] a.when").first.click()
    await expect(fresh.page.locator(".post.large")).to_be_visible()
    await fresh.page.get_by_role("link", name="Back").click()
    await is_at(fresh, f"/@{bob.username}")


async def test_deleting_a_post_that_was_opened_by_its_address_stays_within_the_site(
    people: People, instance: Instance
) -> None:
    ann = await instance.person("ann")
    post = (await instance.write(ann, "mine to delete"))["id"]
    tab = await people.at(instance, ann)
    fresh = await people.tab(tab.page.context)
    await fresh.page.goto(f"{instance.url}/@{ann.username}/posts/{post}")
    large = fresh.page.locator(".post.large")
    await large.get_by_role("button", name="More about this post").click()
    await fresh.page.get_by_role("menuitem", name="Delete").click()
    await fresh.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await is_at(fresh, "/")
    await expect(fresh.page.locator("[data-post]")).to_have_count(0)


async def test_a_modified_click_is_the_browsers(people: People, instance: Instance) -> None:
    ann = await instance.person("ann")
    tab = await people.at(instance, ann)
    async with tab.page.context.expect_page() as opened:
        await tab.page.locator("#nav a", has_text="Explore").click(modifiers=["Control"])
    await expect(await opened.value).to_have_url(f"{instance.url}/explore")
    await is_at(tab, "/")


async def test_a_link_to_a_post_or_a_person_can_be_copied(
    people: People, instance: Instance
) -> None:
    ann = await instance.person("ann")
    post = (await instance.write(ann, "worth a link"))["id"]
    tab = await people.at(instance, ann)
    await tab.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await tab.page.locator("[data-post]").get_by_role("button", name="More about").click()
    await tab.page.get_by_role("menuitem", name="Copy link").click()
    await expect(tab.page.locator(".toast")).to_have_text("The link is copied.")
    copied = await tab.page.evaluate("navigator.clipboard.readText()")
    assert copied == f"{instance.url}/@{ann.username}/posts/{post}"
    await tab.go(f"/@{ann.username}")
    await tab.page.locator(".profile-do").get_by_role("button", name="More about").click()
    await tab.page.get_by_role("menuitem", name="Copy link to profile").click()
    await expect(tab.page.locator(".toast")).to_have_count(2)
    copied = await tab.page.evaluate("navigator.clipboard.readText()")
    assert copied == f"{instance.url}/@{ann.username}"


async def test_an_address_of_nothing_says_so(people: People, instance: Instance) -> None:
    people.expect_refusal(404)
    ann = await instance.person("ann")
    tab = await people.at(instance, ann)
    await tab.go("/@nobody_at_all")
    await expect(tab.page.locator(".empty")).to_contain_text("Nobody is called @nobody_at_all.")
    await tab.go(f"/posts/{2**40}")
    await expect(tab.page.locator(".empty")).to_contain_text("No such post")


async def test_whom_one_has_blocked_is_found_by_their_address(
    people: People, instance: Instance
) -> None:
    ann, bob = await instance.people("ann", "bob")
    await instance.post(f"/api/users/{bob.id}/block/", ann)
    tab = await people.at(instance, ann)
    await tab.page.goto(f"{instance.url}/@{bob.username.upper()}")
    await expect(tab.page.locator(".profile")).to_contain_text("Blocked")
