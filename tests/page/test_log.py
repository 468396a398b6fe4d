"""The log of a conversation: where one is in it stays, and what is new is marked."""

from playwright.async_api import expect

from storage.database.pool import Database
from tests.page.tabs import People, Tab
from tests.people import Instance, Person
from tests.waiting import until

# How far the first message that is in sight stands below the top of the log, and what it says.
TOP = """(log) => {
  const top = log.getBoundingClientRect().top;
  const first = [...log.querySelectorAll(".bubble")]
    .find((one) => one.getBoundingClientRect().bottom > top);
  return [first.querySelector(".content").textContent, first.getBoundingClientRect().top - top];
}"""
IN_SIGHT = """(text) => [...document.querySelectorAll(".bubble")].some((one) => {
  const box = one.getBoundingClientRect();
  const log = document.querySelector(".log").getBoundingClientRect();
  return one.textContent.includes(text) && box.top >= log.top - 1 && box.bottom <= log.bottom + 1;
})"""


async def fill(db: Database, talk: int, sender: Person, count: int) -> None:
    """Have so many messages in a conversation, the first of which is long ago; all are read."""
    await db.execute(
        "INSERT INTO messages (conversation_id, sender_id, content, created_at)"
        " SELECT $1, $2, 'old ' || lpad(n::text, 5, '0'), now() - interval '2 days'"
        "   FROM generate_series(1, $3::int) AS n",
        talk,
        sender.id,
        count,
    )
    await db.execute(
        "UPDATE participants v SET last_read_id = (SELECT max(id) FROM messages m"
        " WHERE m.conversation_id = v.conversation_id) WHERE v.conversation_id = $1",
        talk,
    )


async def in_long_talk(
    people: People, instance: Instance, db: Database, count: int
) -> tuple[Tab, int, Person, Person]:
    """Ann's tab with so many messages of Bob's open, the conversation, Ann and Bob."""
    ann, bob = await instance.people("ann", "bob")
    talk = await instance.chat(ann, bob)
    await fill(db, talk, bob, count)
    tab = await people.at(instance, ann)
    await tab.open_talk(talk)
    return tab, talk, ann, bob


async def top_of(tab: Tab) -> tuple[str, float]:
    text, offset = await tab.page.locator(".log").evaluate(TOP)
    return text, offset


async def stays(tab: Tab, text: str, offset: float) -> None:
    """Wait until this message is the first in sight, where it was."""

    async def there() -> bool:
        now, at = await top_of(tab)
        return now == text and abs(at - offset) <= 2

    await until(there)


async def scroll(tab: Tab, by: int) -> None:
    await tab.page.locator(".log").evaluate("(log, by) => log.scrollBy({ top: by })", by)


async def in_sight(tab: Tab, text: str) -> None:
    await tab.page.wait_for_function(IN_SIGHT, arg=text)


async def test_a_conversation_opens_where_the_unread_begins_and_what_is_seen_is_read(
    people: People, instance: Instance, db: Database
) -> None:
    ann, bob = await instance.people("ann", "bob")
    talk = await instance.chat(ann, bob)
    await fill(db, talk, bob, 30)
    read = (await instance.say(ann, talk, "what I wrote last"))["id"]
    await instance.post(f"/api/messages/{talk}/read/", ann, {"up_to": read})
    for number in range(30):
        await instance.say(bob, talk, f"new {number:02}")
    tab = await people.at(instance, ann)
    await tab.open_talk(talk)
    line = tab.page.locator(".new-line")
    await expect(line).to_have_text("New")
    await in_sight(tab, "new 00")
    jump = tab.page.locator(".jump button")
    await expect(jump.locator(".badge")).to_be_visible()

    async def unread() -> int:
        return int((await instance.get("/api/messages/unread_count/", ann))["unread_count"])

    async def some_read() -> bool:
        return 0 < await unread() < 30

    await until(some_read)
    await jump.click()
    await in_sight(tab, "new 29")
    await expect(jump).to_have_count(0)

    async def all_read() -> bool:
        return await unread() == 0

    await until(all_read)
    await expect(line).to_have_count(1)
    await tab.say("an answer")
    await expect(line).to_have_count(0)


async def test_what_comes_while_one_looks_further_up_moves_nothing_and_is_counted(
    people: People, instance: Instance, db: Database
) -> None:
    tab, talk, ann, bob = await in_long_talk(people, instance, db, 90)
    await in_sight(tab, "old 00090")
    await scroll(tab, -700)
    jump = tab.page.locator(".jump button")
    await expect(jump).to_have_accessible_name("Jump to the latest")
    before = await top_of(tab)
    for number in range(3):
        await instance.say(bob, talk, f"news {number}")
    await expect(jump).to_have_accessible_name("Jump to the latest: 3 new messages")
    await expect(jump).to_have_text("3")
    await stays(tab, *before)
    assert (await instance.get("/api/messages/unread_count/", ann))["unread_count"] == 3
    await jump.click()
    await in_sight(tab, "news 2")
    await expect(tab.page.locator(".new-line + .bubble .content")).to_have_text("news 0")
    await instance.say(bob, talk, "followed")
    await in_sight(tab, "followed")


async def test_earlier_messages_come_by_scrolling_and_what_is_in_sight_stays(
    people: People, instance: Instance, db: Database
) -> None:
    tab, *_ = await in_long_talk(people, instance, db, 300)
    await expect(tab.bubbles).to_have_count(40)
    await tab.page.context.set_offline(True)  # they come late
    people.expect_outage()
    await tab.page.locator(".log").evaluate("(log) => log.scrollTo({ top: 250 })")
    before = await top_of(tab)
    await tab.page.context.set_offline(False)
    await expect(tab.bubbles).to_have_count(140, timeout=30_000)
    await stays(tab, *before)
    await tab.load_all(300)
    await scroll(tab, -100_000)
    await in_sight(tab, "old 00001")
    await expect(tab.page.locator(".day")).to_have_count(1)


async def test_back_leads_to_where_one_was_in_a_conversation(
    people: People, instance: Instance, db: Database
) -> None:
    tab, talk, _, bob = await in_long_talk(people, instance, db, 200)
    await tab.load_all(200)
    await tab.page.locator(".log").evaluate("(log) => log.scrollTo({ top: 3000 })")
    await expect(tab.page.locator(".jump button")).to_be_visible()
    before = await top_of(tab)
    await tab.message_box.fill("half a thought")
    await tab.page.locator(".talk-head h1 a").click()
    await expect(tab.page.locator(".profile")).to_be_visible()
    await instance.say(bob, talk, "meanwhile")
    await tab.page.go_back()
    await expect(tab.message_box).to_have_value("half a thought")
    await stays(tab, *before)
    await expect(tab.bubbles).to_have_count(201)
    await expect(tab.page.locator(".jump button")).to_have_text("1")


# Adding to the end of a long log draws only that, and what is out of sight is not laid out.
SKIPPED = """() => [...document.querySelectorAll(".bubble")]
  .filter((one) => !one.checkVisibility({ contentVisibilityAuto: true })).length"""


async def test_of_a_long_conversation_only_what_is_in_sight_is_laid_out(
    people: People, instance: Instance, db: Database
) -> None:
    tab, talk, _, bob = await in_long_talk(people, instance, db, 2000)
    await tab.load_all(2000)
    await tab.to_end()

    async def skipped() -> bool:
        return int(await tab.page.evaluate(SKIPPED)) > 1800

    await until(skipped)
    height = await tab.page.locator(".log").evaluate("(log) => log.scrollHeight")
    for top in range(0, height, 5000):
        await tab.page.locator(".log").evaluate("(log, top) => log.scrollTo({ top })", top)
    await tab.to_end()
    assert await tab.page.locator(".log").evaluate("(log) => log.scrollHeight") == height
    await tab.page.evaluate(
        "() => { for (const one of document.querySelectorAll('.bubble')) one.dataset.stood = '' }"
    )
    await instance.say(bob, talk, "one more")
    await in_sight(tab, "one more")
    assert await tab.page.locator("[data-stood]").count() == 2000
