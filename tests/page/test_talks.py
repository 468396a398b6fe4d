"""The messages view: whom one finds there, groups, a message's menu, why one cannot write."""

import time

from playwright.async_api import Locator, expect

from tests.page.servers import Server
from tests.page.tabs import People, Tab
from tests.people import PASSWORD, Instance

PHONE = {"width": 390, "height": 800}
TARGET = 44  # pixels, of what is touched


async def menu_of(tab: Tab, text: str) -> Locator:
    """Open the menu of a message by the keyboard."""
    await tab.bubble(text).focus()
    await tab.page.keyboard.press("Enter")
    menu = tab.page.get_by_role("menu")
    await expect(menu).to_be_visible()
    return menu


async def test_conversations_are_found_by_people_and_titles(
    people: People, instance: Instance
) -> None:
    ann, bob, cleo, dora = await instance.people("ann", "bob", "cleo", "dora")
    path = "/api/users/profiles/update_my_profile/"
    await instance.call("PATCH", path, cleo, json={"display_name": "Cléo"})
    await instance.chat(ann, bob)
    await instance.chat(ann, bob, cleo, title="Trip to the hills")
    tab = await people.at(instance, ann)
    await tab.go("/messages")
    rows = tab.page.locator("a.conversation")
    await expect(rows).to_have_count(2)
    box = tab.page.get_by_role("searchbox", name="Search messages and people")
    await box.fill("HILLS")
    await expect(rows).to_have_count(1)
    await expect(rows).to_contain_text("Trip to the hills")
    await box.fill("cleo")
    await expect(rows).to_have_count(1)
    await box.fill(dora.username)
    await expect(rows).to_have_count(0)
    await tab.page.get_by_role("button", name=dora.username).click()
    await expect(tab.page.locator(".talk-head h1")).to_have_text(dora.username)
    await tab.say("the first word")


async def test_a_group_has_faces_and_members_and_says_who_has_read(
    people: People, instance: Instance
) -> None:
    ann, bob, cleo = await instance.people("ann", "bob", "cleo")
    talk = await instance.chat(ann, bob, cleo, title="three")
    await instance.say(bob, talk, "by bob")
    await instance.say(cleo, talk, "by cleo")
    tab = await people.at(instance, ann)
    await tab.open_talk(talk)
    await expect(tab.page.locator(".bubble .face")).to_have_count(2)
    await expect(tab.page.locator("a.conversation .face.group .avatar")).to_have_count(2)
    await tab.say("by me")
    receipt = tab.page.locator(".receipt")
    await expect(receipt).to_have_text("Sent")
    sent = (await instance.get(f"/api/messages/{talk}/messages/", ann))["results"][0]["id"]
    await instance.post(f"/api/messages/{talk}/read/", bob, {"up_to": sent})
    await expect(receipt).to_have_text(f"Read by {bob.username}")
    await instance.post(f"/api/messages/{talk}/read/", cleo, {"up_to": sent})
    await expect(receipt).to_have_text("Read by all")
    await tab.page.get_by_role("link", name="About three").click()
    await expect(tab.page.locator(".member")).to_have_count(3)
    await tab.page.get_by_role("button", name="Change the title").click()
    await tab.page.get_by_role("dialog").get_by_label("Title").fill("the three")
    await tab.page.get_by_role("button", name="Save").click()
    await expect(tab.page.get_by_role("heading", level=1)).to_have_text("the three")
    await tab.page.get_by_role("link", name="Back").click()
    await expect(tab.page.locator(".talk-head h1")).to_have_text("the three")
    await expect(tab.page).to_have_title("the three · Mini-Twitter")
    async with instance.socket(cleo) as socket:
        await socket.ready()
        await socket.call("typing", {"conversation_id": talk, "active": True})
        await expect(tab.page.locator(".typing")).to_have_text(f"{cleo.username} is typing…")


async def test_a_message_has_a_menu_for_the_keyboard_too(
    people: People, instance: Instance
) -> None:
    ann, bob = await instance.people("ann", "bob")
    talk = await instance.chat(ann, bob)
    await instance.say(bob, talk, "by bob")
    tab = await people.at(instance, ann)
    await tab.open_talk(talk)
    await tab.say("a mistake")
    await expect(tab.page.locator(".receipt")).to_be_visible()
    await tab.page.locator(".log").focus()
    await tab.page.keyboard.press("ArrowDown")
    await expect(tab.bubble("a mistake")).to_be_focused()
    await tab.page.keyboard.press("ArrowUp")
    await expect(tab.bubble("by bob")).to_be_focused()
    menu = await menu_of(tab, "by bob")
    await expect(menu.get_by_role("menuitem")).to_have_text(
        ["Reply", "React", "Pin", "Copy text", "Report"]
    )
    await tab.page.keyboard.press("Escape")
    await expect(menu).to_have_count(0)
    menu = await menu_of(tab, "a mistake")
    await menu.get_by_role("menuitem", name="Edit").press("Enter")
    await expect(tab.message_box).to_have_value("a mistake")
    await tab.message_box.fill("mended")
    await tab.message_box.press("Enter")
    await expect(tab.bubble("mended")).to_contain_text("edited")
    await expect(tab.message_box).to_have_value("")
    await tab.message_box.press("ArrowUp")
    await expect(tab.message_box).to_have_value("mended")
    await tab.message_box.press("Escape")
    await expect(tab.message_box).to_have_value("")
    menu = await menu_of(tab, "mended")
    await menu.get_by_role("menuitem", name="Delete").click()
    await tab.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(tab.bubbles.last).to_contain_text("Message deleted")
    assert (await instance.get(f"/api/messages/{talk}/messages/", bob))["results"][0]["deleted"]


async def test_what_waits_can_be_changed_and_is_there_once(people: People, server: Server) -> None:
    people.expect_outage()
    tab, talk, _, bob = await people.in_talk(server)
    server.kill()
    await tab.say("first words")
    await expect(tab.bubble("first words")).to_contain_text("Waiting for the connection…")
    await tab.bubble("first words").get_by_role("button", name="Edit").click()
    await tab.message_box.fill("second thoughts")
    await tab.message_box.press("Enter")
    await expect(tab.bubble("second thoughts")).to_contain_text("Waiting for the connection…")
    await expect(tab.bubbles).to_have_count(1)
    await tab.page.close()
    await server.start()
    again = await people.tab(tab.page.context)
    await again.page.goto(f"{server.url}/messages/{talk}")
    await expect(again.page.locator(".receipt")).to_have_text("Sent", timeout=30_000)
    await expect(again.bubble("second thoughts")).to_have_count(1)
    await expect(again.bubbles).to_have_count(1)
    found = await server.walk(f"/api/messages/{talk}/messages/", bob)
    assert [one["content"] for one in found] == ["second thoughts"]


async def test_where_one_cannot_write_it_is_said_instead(
    people: People, instance: Instance
) -> None:
    people.expect_refusal(404)
    ann, bob, cleo = await instance.people("ann", "bob", "cleo")
    talk, group = await instance.chat(ann, bob), await instance.chat(ann, bob, cleo, title="three")
    gone = await instance.chat(ann, cleo)
    await instance.say(cleo, gone, "farewell")
    tab = await people.at(instance, ann)
    await tab.open_talk(talk)
    await instance.post(f"/api/users/{bob.id}/block/", ann)
    notice = tab.page.locator(".no-writer")
    await expect(notice).to_contain_text(f"You have blocked {bob.username}.")
    await expect(tab.message_box).to_be_hidden()
    await tab.reload()
    await expect(notice).to_contain_text(f"You have blocked {bob.username}.")
    await notice.get_by_role("button", name="Unblock").click()
    await expect(tab.message_box).to_be_visible()

    await tab.open_talk(group)
    await instance.call("PATCH", f"/api/messages/{group}/", ann, json={"leave": True})
    await expect(notice).to_have_text("You have left this group.")
    await tab.reload()
    await expect(tab.page.locator(".talk")).to_contain_text("You are not in this conversation")

    await instance.call("DELETE", "/api/users/me/", cleo, json={"password": PASSWORD})
    await tab.go("/")
    await tab.reload()
    await tab.go(f"/messages/{gone}")
    await expect(tab.bubble("farewell")).to_be_visible()
    await expect(notice).to_contain_text("This account is deleted.")


async def test_whoever_is_blocked_learns_it_from_what_is_refused(
    people: People, instance: Instance
) -> None:
    tab, _, ann, bob = await people.in_talk(instance)
    await instance.post(f"/api/users/{ann.id}/block/", bob)
    await tab.say("hello?")
    await expect(tab.page.locator(".writer-note")).to_contain_text(
        f"{bob.username} takes no messages from you at the moment."
    )
    await instance.post(f"/api/users/{ann.id}/unblock/", bob)
    await tab.bubble("hello?").get_by_role("button", name="Edit").click()
    await tab.message_box.fill("hello again")
    await tab.message_box.press("Enter")
    await expect(tab.page.locator(".receipt")).to_have_text("Sent")
    await expect(tab.page.locator(".writer-note")).to_have_count(0)
    await expect(tab.bubbles).to_have_count(1)


async def test_an_outage_is_told_in_time_also_where_somebody_was_online(
    people: People, server: Server
) -> None:
    people.expect_outage()
    ann, bob = await server.people("ann", "bob")
    talk = await server.chat(ann, bob)
    tab = await people.at(server, ann)
    await people.at(server, bob)
    await tab.open_talk(talk)
    status, notice = tab.page.locator(".talk-head .presence"), tab.page.locator("#connection")
    await expect(status).to_have_text("Online")
    began = time.monotonic()
    await tab.page.context.set_offline(True)
    await expect(notice).not_to_be_empty()
    assert time.monotonic() - began < 3  # by the browser, not by silence
    await expect(status).to_have_text(f"@{bob.username}")
    await tab.page.context.set_offline(False)
    await expect(notice).to_be_empty(timeout=30_000)
    await expect(status).to_have_text("Online", timeout=30_000)
    began = time.monotonic()
    server.freeze()
    try:
        await expect(notice).not_to_be_empty(timeout=15_000)
        assert time.monotonic() - began < 10
        await expect(status).to_have_text(f"@{bob.username}")
    finally:
        server.thaw()


async def test_on_a_phone_list_and_conversation_are_two_screens(
    people: People, instance: Instance
) -> None:
    ann, bob = await instance.people("ann", "bob")
    talk = await instance.chat(ann, bob)
    await instance.say(bob, talk, "hello")
    tab = await people.at(instance, ann, viewport=PHONE, has_touch=True, is_mobile=True)
    await tab.go("/messages")
    await expect(tab.page.get_by_role("heading", level=1)).to_have_text("Messages")
    await tab.page.locator("a.conversation").tap()
    await expect(tab.bubble("hello")).to_be_visible()
    await expect(tab.page.get_by_role("heading", level=1)).to_have_text(bob.username)
    await expect(tab.page.locator(".talks")).to_be_hidden()
    await expect(tab.page.locator("#nav")).to_be_hidden()
    small = await tab.page.locator(".messages").evaluate(
        """(view, least) => [...view.querySelectorAll("a[href], button, input, textarea")]
          .filter((one) => one.checkVisibility() && !one.matches(".bubble *, h1 *, [aria-hidden]"))
          .map((one) => [one.outerHTML.slice(0, 60), one.getBoundingClientRect()])
          .filter(([, box]) => box.width < least || box.height < least).map(([html]) => html)""",
        TARGET,
    )
    assert small == []
    await tab.bubble("hello").tap()
    await expect(tab.page.get_by_role("menuitem", name="Copy text")).to_be_visible()
    await tab.page.keyboard.press("Escape")
    await tab.page.get_by_role("link", name="Back").tap()
    await expect(tab.page.locator("a.conversation")).to_be_visible()
    # From an address that was opened by itself, Back leads to the list, too.
    await tab.page.goto("about:blank")
    await tab.page.goto(f"{instance.url}/messages/{talk}")
    await tab.page.get_by_role("link", name="Back").tap()
    await expect(tab.page.locator("a.conversation")).to_be_visible()


async def test_a_keyboard_on_the_screen_hides_neither_the_box_nor_the_last_message(
    people: People, instance: Instance
) -> None:
    ann, bob = await instance.people("ann", "bob")
    talk = await instance.chat(ann, bob)
    for number in range(30):
        await instance.say(bob, talk, f"said {number:02}")
    tab = await people.at(instance, ann, viewport=PHONE, has_touch=True, is_mobile=True)
    await tab.open_talk(talk)
    await tab.to_end()
    keyboard = 350

    async def are_in_sight() -> None:
        for one in (tab.message_box, tab.bubble("said 29")):
            await expect(one).to_be_visible()
            await tab.page.wait_for_function(
                "([one, height]) => one.getBoundingClientRect().bottom <= height",
                arg=[await one.element_handle(), PHONE["height"] - keyboard],
            )

    # One that covers the page: only the visual viewport is smaller.
    await tab.page.evaluate(
        """(height) => {
          Object.defineProperty(visualViewport, "height", { value: height, configurable: true });
          visualViewport.dispatchEvent(new Event("resize"));
        }""",
        PHONE["height"] - keyboard,
    )
    await are_in_sight()
    await tab.page.evaluate("delete visualViewport.height")
    # One that makes the page smaller.
    await tab.page.set_viewport_size({"width": 390, "height": PHONE["height"] - keyboard})
    await are_in_sight()


async def test_in_a_language_from_right_to_left_the_sides_are_changed(
    people: People, instance: Instance
) -> None:
    ann, bob = await instance.people("ann", "bob")
    talk = await instance.chat(ann, bob)
    await instance.say(bob, talk, "by bob")
    tab = await people.tab(await people.browser(locale="ar"))
    await tab.page.goto(instance.url)
    await expect(tab.page.locator("html")).to_have_attribute("dir", "rtl")
    await tab.log_in(instance.url, ann)
    await tab.go(f"/messages/{talk}")
    await expect(tab.bubble("by bob")).to_be_visible()
    await tab.say("by me")
    await expect(tab.page.locator(".receipt")).to_have_text("أُرسلت")
    log = await tab.page.locator(".log").bounding_box()
    theirs = await tab.bubble("by bob").bounding_box()
    mine = await tab.bubble("by me").bounding_box()
    assert log is not None
    assert theirs is not None
    assert mine is not None
    middle = log["x"] + log["width"] / 2
    assert theirs["x"] > middle > mine["x"] + mine["width"]
    async with instance.socket(bob) as socket:
        await socket.ready()
        await socket.call("typing", {"conversation_id": talk, "active": True})
        await expect(tab.page.locator(".typing")).to_have_text(f"{bob.username} يكتب…")
