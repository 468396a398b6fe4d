"""What a person wrote is kept until the server has it or they discard it."""

from typing import Any

from playwright.async_api import expect

from storage.database.pool import Database
from tests.page.servers import Server
from tests.page.tabs import People, Tab
from tests.people import Instance, Person
from tests.waiting import until

LONG = 30_000  # ms: for a server that comes back


async def contents(server: Instance, reader: Person, talk: int) -> list[str]:
    return [one["content"] for one in await server.walk(f"/api/messages/{talk}/messages/", reader)]


async def is_stored(server: Instance, reader: Person, talk: int, *expected: str) -> None:
    """Wait until these are the messages, each once."""

    async def stored() -> bool:
        return sorted(await contents(server, reader, talk)) == sorted(expected)

    await until(stored, 30)


def waiting(tab: Tab, text: str) -> Any:
    return tab.page.locator(".waiting", has_text=text)


async def test_a_message_that_waits_survives_a_reset_of_the_session(
    people: People, server: Server, db: Database
) -> None:
    people.expect_outage()
    tab, talk, ann, bob = await people.in_talk(server)
    server.kill()
    await tab.say("pending")
    await expect(waiting(tab, "pending")).to_contain_text("Waiting for the connection…")
    await db.execute(
        "UPDATE user_seq SET seq = seq + 50, floor = seq + 50 WHERE user_id = $1", ann.id
    )
    await server.start()
    await is_stored(server, bob, talk, "pending")
    await expect(tab.bubble("pending")).to_have_count(1, timeout=LONG)
    await expect(waiting(tab, "pending")).to_have_count(0, timeout=LONG)
    await expect(tab.page.locator(".receipt")).to_have_text("Sent")


async def test_what_waits_survives_the_tab(people: People, server: Server) -> None:
    people.expect_outage()
    tab, talk, ann, bob = await people.in_talk(server)
    server.kill()
    await tab.say("written in the dark")
    await tab.go("/")
    await tab.post("a post in the dark")
    await expect(waiting(tab, "a post in the dark")).to_be_visible()
    await tab.page.close()

    await server.start()
    again = await people.tab(tab.page.context)
    await again.page.goto(server.url)
    await again.is_in()
    await expect(again.page.locator("[data-post]", has_text="in the dark")).to_have_count(
        1, timeout=LONG
    )
    await expect(waiting(again, "in the dark")).to_have_count(0, timeout=LONG)
    await is_stored(server, bob, talk, "written in the dark")
    posts = await server.walk(f"/api/users/{ann.id}/posts/", bob)
    assert [post["content"] for post in posts] == ["a post in the dark"]


async def test_what_waits_survives_another_account_in_the_same_browser(
    people: People, server: Server
) -> None:
    people.expect_outage()
    people.expect_refusal(401)  # as the page is left while it is logging out
    tab, talk, ann, bob = await people.in_talk(server)
    server.kill()
    await tab.say("only mine")
    await tab.page.get_by_role("button", name="Log out").click()
    question = tab.page.get_by_role("dialog")
    await expect(question).to_contain_text("1 thing not sent yet")
    await question.get_by_role("button", name="Log out and keep it").click()
    await expect(tab.page.locator("#welcome")).to_be_visible()

    await server.start()
    await tab.log_in(server.url, bob)
    await tab.open_talk(talk)
    await expect(tab.bubble("only mine")).to_have_count(0)
    assert await contents(server, bob, talk) == []
    await tab.page.get_by_role("button", name="Log out").click()
    await tab.log_in(server.url, ann)
    await is_stored(server, bob, talk, "only mine")


async def test_who_logs_out_may_discard_what_is_not_sent(people: People, server: Server) -> None:
    people.expect_refusal(401)  # of a refresh that was under way
    people.expect_outage()
    tab, talk, ann, bob = await people.in_talk(server)
    server.kill()
    await tab.say("better not")
    await tab.message_box.fill("half a thought")
    await tab.page.get_by_role("button", name="Log out").click()
    await expect(tab.page.get_by_role("dialog")).to_contain_text("1 thing not sent yet, 1 draft")
    await tab.page.get_by_role("button", name="Log out and discard it").click()
    await expect(tab.page.locator("#welcome")).to_be_visible()
    await server.start()
    await tab.log_in(server.url, ann)
    await tab.open_talk(talk)
    await expect(tab.message_box).to_have_value("")
    await expect(tab.bubbles).to_have_count(0)
    assert await contents(server, bob, talk) == []


async def test_what_is_refused_says_why_and_can_be_sent_again_or_discarded(
    people: People, instance: Instance
) -> None:
    tab, talk, ann, bob = await people.in_talk(instance)
    await instance.post(f"/api/users/{ann.id}/block/", bob)
    for text in ("one", "two"):
        await tab.say(text)
        refused = tab.bubble(text).locator(".fate.refused")
        await expect(refused).to_contain_text("Not sent.")
    await tab.reload()
    await tab.open_talk(talk)
    await expect(tab.page.locator(".fate.refused")).to_have_count(2)
    await tab.bubble("two").get_by_role("button", name="Discard").click()
    await expect(tab.bubble("two")).to_have_count(0)
    await instance.post(f"/api/users/{ann.id}/unblock/", bob)
    await tab.bubble("one").get_by_role("button", name="Retry").click()
    await expect(tab.page.locator(".receipt")).to_have_text("Sent")
    await expect(tab.bubbles).to_have_count(1)
    assert await contents(instance, bob, talk) == ["one"]


async def test_a_refused_post_stays_with_its_reason(people: People, instance: Instance) -> None:
    tab, post, ann, bob = await people.answering_whom_blocks(instance, "an answer")
    refused = tab.page.locator(".post.waiting", has_text="an answer")
    await expect(refused.locator(".fate.refused")).to_contain_text("Not sent.")
    await tab.go("/")
    await expect(refused.locator(".fate.refused")).to_be_visible()
    await instance.post(f"/api/users/{ann.id}/unblock/", bob)
    await refused.get_by_role("button", name="Retry").click()
    await expect(refused).to_have_count(0)
    await expect(tab.page.locator("[data-post]", has_text="an answer")).to_have_count(1)
    assert len(await instance.walk(f"/api/posts/{post}/replies/", bob)) == 1


async def test_what_is_typed_while_a_post_is_on_its_way_stays_and_nothing_is_posted_twice(
    people: People, server: Server
) -> None:
    people.expect_outage()
    ann = await server.person("ann")
    tab = await people.at(server, ann)
    server.freeze()
    try:
        await tab.post("first thought")
        await tab.post_box.press("Control+Enter")
        await tab.post_box.type(" and the second")
        await expect(waiting(tab, "first thought")).to_be_visible()
    finally:
        server.thaw()
    await expect(tab.page.locator("[data-post]", has_text="first thought")).to_have_count(
        1, timeout=LONG
    )
    await expect(waiting(tab, "first thought")).to_have_count(0, timeout=LONG)
    await expect(tab.post_box).to_have_value(" and the second")
    await tab.post_box.press("Control+Enter")
    await expect(tab.page.locator("[data-post]", has_text="and the second")).to_have_count(1)
    posts = await server.walk(f"/api/users/{ann.id}/posts/", ann)
    assert sorted(post["content"].strip() for post in posts) == ["and the second", "first thought"]


async def test_an_image_waits_with_its_post(people: People, server: Server) -> None:
    people.expect_outage()
    ann = await server.person("ann")
    tab = await people.at(server, ann)
    pixel = await tab.page.evaluate(
        "() => { const c = new OffscreenCanvas(8, 8); c.getContext('2d').fillRect(0, 0, 8, 8);"
        " return c.convertToBlob({type: 'image/png'})"
        ".then(async (blob) => [...new Uint8Array(await blob.arrayBuffer())]) }"
    )
    server.kill()
    await tab.page.locator(".composer [type=file]").set_input_files(
        {"name": "dot.png", "mimeType": "image/png", "buffer": bytes(pixel)}
    )
    await tab.post("with a picture")
    await expect(tab.page.locator(".picked")).to_be_hidden()
    await expect(waiting(tab, "with a picture").locator("img.picture")).to_be_visible()
    await tab.page.close()
    await server.start()
    again = await people.tab(tab.page.context)
    await again.page.goto(server.url)
    await expect(
        again.page.locator("[data-post]", has_text="with a picture").locator("img.picture")
    ).to_be_visible(timeout=LONG)


async def test_what_another_tab_has_sent_stays_in_sight_while_this_one_is_not_connected(
    people: People, server: Server
) -> None:
    people.expect_outage()
    ann, bob = await server.people("ann", "bob")
    talk = await server.chat(ann, bob)
    one = await people.at(server, ann)
    two = await people.tab(one.page.context)
    connected = await two.without_socket()
    await two.page.goto(server.url)
    await two.is_in()
    await one.open_talk(talk)
    await two.open_talk(talk)
    server.kill()
    await two.say("from two")
    await expect(waiting(one, "from two")).to_be_visible()
    await one.say("from one")
    await expect(waiting(two, "from one")).to_be_visible()
    await server.start()
    await is_stored(server, bob, talk, "from one", "from two")
    await expect(two.page.locator(".bubble.waiting")).to_have_count(0)
    await expect(two.bubbles).to_have_count(2)
    connected.set()


async def test_two_tabs_of_a_person_send_what_waits_once(people: People, server: Server) -> None:
    people.expect_outage()
    ann, bob = await server.people("ann", "bob")
    talk = await server.chat(ann, bob)
    one = await people.at(server, ann)
    two = await people.tab(one.page.context)
    await two.page.goto(server.url)
    await two.is_in()
    for tab in (one, two):
        await tab.open_talk(talk)
    server.kill()
    await one.say("from one")
    await expect(waiting(two, "from one")).to_be_visible()
    await two.say("from two")
    await server.start()
    await is_stored(server, bob, talk, "from one", "from two")
    for tab in (one, two):
        await expect(tab.page.locator(".bubble.waiting")).to_have_count(0, timeout=LONG)
        await expect(tab.bubbles).to_have_count(2)
    await one.page.get_by_role("button", name="Log out").click()
    for tab in (one, two):
        await expect(tab.page.locator("#welcome")).to_be_visible()
    await two.log_in(server.url, bob)
    await one.is_in()
    await expect(one.page.locator("#self")).to_contain_text(bob.username)
