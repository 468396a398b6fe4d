"""Lists that are loaded page by page while things come and go, and what cannot be loaded."""

import asyncio
import re
from contextlib import suppress

import pytest
from playwright.async_api import Error, Locator, Route, WebSocketRoute, expect

from storage.database.pool import Database
from tests.clients.browser import SECONDS
from tests.page.tabs import FOLLOW, People, Tab
from tests.people import Instance, Person

SETTLE_SECONDS = 4.0  # of router.js, after which a list that has ended is not waited for

# What a list whose pages are answered by hand has after `happens` while one was being loaded.
WHILE_LOADED = """async ([anew, happens]) => {
  const { Pages } = await import("/web/list.js");
  const item = (id) => ({ id });
  let answer;
  const pages = new Pages(() => new Promise((resolve) => (answer = resolve)), () => {});
  answer({ results: [2, 1].map(item), next: null });
  await pages.ready;
  const loaded = anew ? pages.reload() : pages.more();
  for (const [what, id] of happens) {
    if (what === "add") pages.add(item(id));
    else pages.remove((one) => one.id === id);
  }
  answer({ results: anew ? [3, 2, 1].map(item) : [0].map(item), next: null });
  await loaded;
  return pages.items.map(({ id }) => id);
}"""


CASES: list[tuple[bool, list[tuple[str, int]], list[int]]] = [
    (True, [], [3, 2, 1]),
    (True, [("add", 3)], [3, 2, 1]),
    (True, [("add", 4)], [4, 3, 2, 1]),
    (True, [("add", 4), ("remove", 4)], [3, 2, 1]),
    (True, [("remove", 2)], [3, 1]),
    (True, [("remove", 2), ("add", 2)], [2, 3, 1]),
    (False, [("add", 0)], [0, 2, 1]),
    (False, [("add", 4), ("remove", 0)], [4, 2, 1]),
]


async def test_what_comes_and_goes_while_a_page_is_loaded_is_there_once_or_gone(
    people: People, instance: Instance
) -> None:
    tab = await people.tab(await people.browser())
    await tab.page.goto(instance.url)
    await expect(tab.page.locator("#welcome h1")).to_be_visible()
    for anew, happens, left in CASES:
        found = await tab.page.evaluate(WHILE_LOADED, [anew, happens])
        assert found == left, (anew, happens)


# What stands in a list of ten that was cut to four after all of it was loaded, three a page, and
# after the next page; and by which cursors that was asked for.
TRIMMED = """async () => {
  const { Pages } = await import("/web/list.js");
  const asked = [];
  let drawn = 0;
  const pages = new Pages(async (cursor) => {
    asked.push(cursor ?? "start");
    const from = cursor ? Number(cursor) : 10;
    const results = [from, from - 1, from - 2].filter((id) => id > 0).map((id) => ({ id }));
    return { results, next: from > 3 ? String(from - 3) : null };
  }, () => (drawn += 1));
  await pages.ready;
  while (pages.next) await pages.more();
  const whole = pages.items.length;
  asked.length = drawn = 0;
  pages.trim(10); // no more than there are
  const idle = drawn;
  pages.trim(4);
  const cut = pages.items.map(({ id }) => id);
  const told = drawn > idle;
  await pages.more();
  return { whole, idle, cut, told, asked, then: pages.items.map(({ id }) => id), next: pages.next };
}"""


async def test_a_list_that_was_cut_goes_on_where_it_ends_without_a_hole(
    people: People, instance: Instance
) -> None:
    tab = await people.tab(await people.browser())
    await tab.page.goto(instance.url)
    await expect(tab.page.locator("#welcome h1")).to_be_visible()
    assert await tab.page.evaluate(TRIMMED) == {
        "whole": 10,
        "idle": 0,
        "cut": [10, 9, 8, 7],
        "told": True,
        "asked": ["start", "7"],
        "then": [10, 9, 8, 7, 6, 5],
        "next": "4",
    }


async def test_what_is_posted_between_the_first_page_and_the_connection_is_in_the_feed(
    people: People, instance: Instance
) -> None:
    ann, bob = await instance.people("ann", "bob")
    await instance.follow(ann, bob)
    await instance.write(bob, "before")
    tab = await people.at(instance, ann)
    connected = await tab.without_socket()
    await tab.page.goto(f"{instance.url}/")
    cards = tab.page.locator("[data-post]")
    await expect(cards).to_have_count(1)
    await expect(cards).to_contain_text("before")
    between = await instance.write(bob, "in between")
    connected.set()
    await expect(tab.page.locator(f"[data-post='{between['id']}']")).to_be_visible()
    await expect(cards).to_have_count(2)


async def test_what_is_written_before_there_is_a_connection_stays_and_so_does_the_focus(
    people: People, instance: Instance
) -> None:
    ann = await instance.person("ann")
    await instance.write(ann, "on #quilting")
    tab = await people.at(instance, ann)
    connected = await tab.without_socket()
    await tab.page.goto(f"{instance.url}/")
    await tab.is_in()
    await tab.go("/explore")
    search = tab.page.get_by_role("searchbox")
    await search.fill("quiltin")
    await search.evaluate("(field) => field.closest('.view').classList.add('before')")
    connected.set()
    await tab.is_live()
    await expect(tab.page.locator("#main .view:not(.before)")).to_be_visible()
    await expect(search).to_have_value("quiltin")
    await expect(search).to_be_focused()
    await tab.page.keyboard.press("g")
    await tab.page.locator(".tag-list .trend", has_text="#quilting").click()
    await expect(tab.page.locator("#main [data-post]")).to_have_count(1)


@pytest.mark.parametrize("file", ["settings.js", "shared.js"])
async def test_a_view_whose_script_cannot_be_loaded_says_so_and_is_tried_again(
    people: People, instance: Instance, file: str
) -> None:
    people.expect_outage()
    ann = await instance.person("ann")
    tab = await people.at(instance, ann)
    context = tab.page.context
    await context.route(f"**/{file}*", lambda route: route.abort())
    await tab.page.goto(f"{instance.url}/settings")
    main = tab.page.locator("#main")
    await expect(main.get_by_role("heading", level=1)).to_have_text("This could not be loaded")
    await context.unroute(f"**/{file}*")
    await main.get_by_role("button", name="Try again").click()
    await expect(main.get_by_role("heading", level=1)).to_have_text("Settings")
    await expect(main.locator(".setting").first).to_be_visible()


async def feed_of(instance: Instance, count: int) -> Person:
    """Somebody who follows one who has written so many posts: post 00, post 01, ..."""
    ann, bob = await instance.people("ann", "bob")
    await instance.follow(ann, bob)
    for number in range(count):
        await instance.write(bob, f"post {number:02}")
    return ann


async def scrolled_to(tab: Tab, text: str) -> Locator:
    """The post that says so, as soon as the list goes down to it."""
    post = tab.page.locator("[data-post]", has_text=text)
    async with asyncio.timeout(SECONDS):
        while not await post.count():
            await tab.page.evaluate("scrollTo(0, document.body.scrollHeight)")
            await asyncio.sleep(0.05)
    return post


async def left_at(tab: Tab, text: str) -> Locator:
    """That post, from which the reader has gone to another page of the site."""
    post = await scrolled_to(tab, text)
    await post.evaluate("(card) => scrollBy(0, card.getBoundingClientRect().top - 200)")
    await tab.page.evaluate(FOLLOW, "/docs/events/")
    await expect(tab.page.get_by_role("navigation", name="Contents")).to_be_visible()
    return post


# On a busy machine the browser tells at once of an end that was out of sight and then came into it.
TELLS_LATE = """
const Observer = IntersectionObserver;
globalThis.IntersectionObserver = class extends Observer {
  constructor(callback, options) {
    const before = { isIntersecting: false };
    super((seen) => callback([before, ...seen]), options);
  }
};
"""


async def test_a_list_goes_on_when_its_end_was_out_of_sight_just_before_it_came_into_it(
    people: People, instance: Instance
) -> None:
    ann = await feed_of(instance, 50)
    context = await people.browser()
    await context.add_init_script(TELLS_LATE)
    tab = await people.tab(context)
    await tab.log_in(instance.url, ann)
    await scrolled_to(tab, "post 00")


async def test_back_from_another_page_of_the_site_finds_the_list_as_far_down_as_it_was(
    people: People, instance: Instance
) -> None:
    tab = await people.at(instance, await feed_of(instance, 70))
    post = await left_at(tab, "post 08")
    await tab.page.go_back()
    await expect(post).to_be_in_viewport()
    top = await post.evaluate("(card) => card.getBoundingClientRect().top")
    assert abs(top - 200) < 40


class Restoring:
    """A tab that has come back to its feed, whose second page is held until it is let through."""

    def __init__(self, tab: Tab, post: Locator) -> None:
        self.tab = tab
        self.post = post  # that was looked at
        self.sockets: list[WebSocketRoute] = []
        self.answers = asyncio.Event()
        self.fails = False
        self._asked = asyncio.Event()
        self._connected = asyncio.Event()

    @classmethod
    async def of(cls, people: People, instance: Instance, reader: Person) -> "Restoring":
        """Have the reader come back to it."""
        tab = await people.at(instance, reader)
        self = cls(tab, await left_at(tab, "post 02"))
        await tab.page.route_web_socket("**/socket.io/**", self._connect)
        await tab.page.route("**/api/posts/feed/?*cursor=*", self._answer)
        await tab.page.go_back()
        await asyncio.wait_for(self._asked.wait(), SECONDS)
        return self

    async def connect(self) -> None:
        self._connected.set()
        await self.tab.is_live()

    async def _connect(self, socket: WebSocketRoute) -> None:
        self.sockets.append(socket)
        await self._connected.wait()
        socket.connect_to_server()

    async def _answer(self, route: Route) -> None:
        self._asked.set()
        await self.answers.wait()
        with suppress(Error):  # nobody waits for it any more
            await (route.fulfill(status=400, json={}) if self.fails else route.continue_())


async def test_back_finds_a_list_as_far_down_as_it_was_through_a_reset_of_the_session(
    people: People, instance: Instance, db: Database
) -> None:
    people.expect_outage()
    ann = await feed_of(instance, 50)
    back = await Restoring.of(people, instance, ann)
    await back.connect()
    view = back.tab.page.locator("#main .view")
    await view.evaluate("(view) => view.classList.add('before')")
    await db.execute(
        "UPDATE user_seq SET seq = seq + 50, floor = seq + 50 WHERE user_id = $1", ann.id
    )
    await back.sockets[-1].close()
    await expect(back.tab.page.locator("#main .view:not(.before)")).to_be_visible()
    back.answers.set()
    await expect(back.post).to_be_in_viewport()


async def test_back_finds_a_list_as_far_down_as_it_was_through_a_reload(
    people: People, instance: Instance
) -> None:
    back = await Restoring.of(people, instance, await feed_of(instance, 50))
    await back.connect()
    await back.tab.page.reload()
    back.answers.set()
    await expect(back.post).to_be_in_viewport()


async def test_back_finds_a_list_as_far_down_as_it_was_once_what_failed_is_tried_again(
    people: People, instance: Instance
) -> None:
    people.expect_refusal(400)
    back = await Restoring.of(people, instance, await feed_of(instance, 50))
    await back.connect()
    back.fails = True
    back.answers.set()
    again = back.tab.page.get_by_role("button", name="Try again")
    await expect(again).to_be_visible()
    await asyncio.sleep(SETTLE_SECONDS + 0.5)
    back.fails = False
    await again.click()
    await expect(back.post).to_be_in_viewport()


async def test_new_posts_with_a_tag_wait_above_its_list_until_one_asks_for_them(
    people: People, instance: Instance
) -> None:
    ann, bob = await instance.person("ann"), await instance.person("bob")
    await instance.write(ann, "the first #fjords")
    tab = await people.at(instance, bob)
    await tab.go("/tags/Fjords")
    cards = tab.page.locator("#main [data-post]")
    await expect(cards).to_have_count(1)
    pill = tab.page.locator("#main .pill")
    await instance.write(ann, "another #fjords")  # the list has it, or the stream
    await expect(pill.or_(cards.filter(has_text="another"))).to_be_visible()
    await expect(tab.page.locator("#main .list")).to_have_attribute("aria-busy", "false")
    for number in (3, 4):
        await instance.write(ann, f"one more #fjords {number}")
    await expect(pill).to_have_text(re.compile("[23] new posts"))
    await expect(cards.filter(has_text="one more")).to_have_count(0)
    await pill.click()
    await expect(cards).to_have_count(4)
    await tab.go("/explore")
    await instance.write(ann, "while away #fjords")
    await tab.page.go_back()
    await expect(pill).to_have_text("1 new post")
