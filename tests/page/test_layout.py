"""Nothing is cut off, covered or out of the window, whatever people are called or write."""

import pytest
from playwright.async_api import Locator, expect

from tests.page.tabs import People, Tab
from tests.people import Instance, Person

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
ARABIC = "دورا الصغيرة"
LONGEST = "W" * 50
OVERFLOW = "() => document.documentElement.scrollWidth - innerWidth"
CUT = "(element) => element.scrollWidth - element.clientWidth"
DIRECTION = "(element) => getComputedStyle(element).direction"


async def is_called(instance: Instance, person: Person, name: str) -> None:
    path = "/api/users/profiles/update_my_profile/"
    await instance.call("PATCH", path, person, json={"display_name": name})


async def height(found: Locator) -> float:
    box = await found.bounding_box()
    assert box is not None
    return box["height"]


async def is_whole(tab: Tab, found: Locator) -> None:
    """Nothing in it is wider than it, nor is the page wider than the window."""
    assert await found.evaluate(CUT) == 0
    assert await tab.page.evaluate(OVERFLOW) <= 0


async def test_a_line_about_a_quote_looks_like_any_other(
    people: People, instance: Instance
) -> None:
    ann, bob = await instance.people("ann", "bob")
    await is_called(instance, bob, "Bob")
    post = (await instance.write(ann, "a post"))["id"]
    await instance.write(bob, "one line", reply_to=post)
    await instance.write(bob, "one line", quote_id=post)
    tab = await people.at(instance, ann, **PHONE)
    await tab.go("/messages")  # with the styles of messages, which have quotes of their own
    await expect(tab.page.locator(".talks .empty")).to_be_visible()
    await tab.go("/notifications")
    lines = tab.page.locator(".notification")
    await expect(lines).to_have_count(2)
    assert await height(lines.nth(0)) == await height(lines.nth(1))
    await is_whole(tab, lines.nth(0))


async def test_the_handle_gives_way_before_the_name(people: People, instance: Instance) -> None:
    ann, bob = await instance.people("ann", "b" * 19)
    await is_called(instance, bob, "Bob")
    post = (await instance.write(bob, "as it was"))["id"]
    await instance.call("PATCH", f"/api/posts/{post}/", bob, json={"content": "as it is"})
    tab = await people.at(instance, ann, **PHONE)
    await tab.go(f"/@{bob.username}")
    byline = tab.page.locator("[data-post] .byline")
    await expect(byline).to_contain_text("edited")
    assert await byline.locator(".name").evaluate(CUT) == 0
    assert await byline.locator(".handle").evaluate(CUT) > 0


@pytest.mark.parametrize(("locale", "page"), [("en-GB", "ltr"), ("ar", "rtl")])
async def test_names_and_empty_boxes_run_their_own_way(
    people: People, instance: Instance, locale: str, page: str
) -> None:
    """So what is cut off a name is its end."""
    ann, bob = await instance.people("ann", "bob")
    await is_called(instance, ann, ARABIC)
    await is_called(instance, bob, "Bob")
    for author in (ann, bob):
        await instance.write(author, f"by {author.username}")
    await instance.follow(ann, bob)
    tab = await people.at(instance, ann, locale=locale)
    for author, direction in ((ann, "rtl"), (bob, "ltr")):
        post = tab.page.locator("[data-post]", has_text=f"by {author.username}")
        await expect(post).to_be_visible()
        assert await post.locator(".name").evaluate(DIRECTION) == direction
    assert await tab.post_box.evaluate(DIRECTION) == page
    await tab.post_box.fill("left to right")
    assert await tab.post_box.evaluate(DIRECTION) == "ltr"


async def test_a_dialog_holds_the_longest_names_and_words(
    people: People, instance: Instance
) -> None:
    ann, bob = await instance.people("ann", "bob")
    await is_called(instance, bob, LONGEST)
    talk = await instance.chat(ann, bob)
    for word in ("a", "b"):
        message = (await instance.say(bob, talk, word * 200))["id"]
        await instance.post(f"/api/messages/{talk}/messages/{message}/pin/", ann)
    tab = await people.at(instance, ann, **PHONE)
    dialog = tab.page.get_by_role("dialog")
    await tab.go("/messages")
    await tab.page.get_by_role("button", name="New group").click()
    await dialog.get_by_label("People").first.fill(bob.username)
    await expect(dialog.locator(".picker")).to_contain_text(LONGEST)
    await is_whole(tab, dialog)
    await expect(dialog.get_by_role("button", name="Begin")).to_be_in_viewport(ratio=1)
    await dialog.get_by_role("button", name="Cancel").click()
    await tab.open_talk(talk)
    await tab.page.get_by_role("button", name="All 2").click()
    await expect(dialog.locator(".choices li")).to_have_count(2)
    await is_whole(tab, dialog)


async def test_what_a_long_dialog_does_is_in_sight(people: People, instance: Instance) -> None:
    tab = await people.at(instance, await instance.person("ann"), **PHONE)
    await tab.go("/settings")
    await tab.page.locator("#main").get_by_role("button", name="New token").click()
    dialog = tab.page.get_by_role("dialog")
    await expect(dialog.locator("[type=submit]")).to_be_in_viewport(ratio=1)
    assert await dialog.evaluate("(dialog) => dialog.scrollHeight > dialog.clientHeight")


@pytest.mark.parametrize("path", ["/posts/999999999", "/users/999999999"])
async def test_what_is_not_there_is_said_once_and_why(
    people: People, instance: Instance, path: str
) -> None:
    people.expect_refusal(404)
    tab = await people.tab(await people.browser())
    await tab.page.goto(f"{instance.url}{path}")
    empty = tab.page.locator("#main .empty")
    await expect(empty).to_be_visible()
    title, why = await empty.locator("h2").text_content(), empty.locator("p")
    assert title is not None
    await expect(why).not_to_contain_text(title)
    await expect(why).to_contain_text("deleted")


SMALL = """(selector) => [...document.querySelectorAll(selector)].map((one) => {
  const { width, height } = one.getBoundingClientRect();
  return [one.className || one.textContent, Math.round(width), Math.round(height)];
}).filter(([, width, height]) => width < 44 || height < 44)"""


async def test_what_stands_alone_can_be_touched(people: People, instance: Instance) -> None:
    ann, bob = await instance.people("ann", "bob")
    talk = await instance.chat(ann, bob)
    tab = await people.tab(await people.browser(**PHONE))
    await tab.page.goto(instance.url)
    await tab.page.locator("#register [data-form=login]").click()
    await expect(tab.page.locator("#login")).to_be_visible()
    assert await tab.page.evaluate(SMALL, "#login .link") == []
    await tab.send_login(ann)
    await tab.is_in()
    await tab.open_talk(talk)
    assert await tab.page.evaluate(SMALL, ".talk-head > a") == []
