"""What a browser loads until the first post is seen: few files, few bytes, and nothing twice."""

import pytest
from playwright.async_api import Page, expect

from server.web.bundle import file_name
from tests.page.tabs import People
from tests.people import Instance
from tests.server.web.test_bundle import BUNDLE

# At 400 kbit/s 50 KB take a second, and three round trips of 400 ms more than another.
BYTES_MAX = 70_000  # of scripts and styles, compressed
LOADED = """() => performance.getEntriesByType("resource").map(
  ({ name, encodedBodySize }) => [new URL(name).pathname, encodedBodySize])"""
RUN = """async (names) => {
  const [{ src }] = document.querySelectorAll("script[src]");
  const found = {};
  for (const name of names) found[name] = Object.keys(await import(new URL(name, src)));
  return found;
}"""


async def loaded(page: Page) -> dict[str, int]:
    """The size of each file and answer so far."""
    found: list[tuple[str, int]] = await page.evaluate(LOADED)
    return dict(found)


@pytest.mark.parametrize("path", ["/", "/@NAME", "/explore", "/@NAME/posts/ID"])
async def test_the_first_post_needs_few_files_of_few_bytes(
    people: People, instance: Instance, path: str
) -> None:
    ann = await instance.person("ann")
    words = f"first of all, by {ann.username}"
    poll = {"options": ["yes", "no"], "expires_in": 86_400}
    asking = (await instance.write(ann, "a poll", poll=poll))["id"]
    if path == "/explore":
        await instance.write(ann, "a quote", quote_id=asking)
    post = (await instance.write(ann, words))["id"]
    context = await people.browser()
    tab = await people.tab(context)
    if path == "/":
        await tab.log_in(instance.url, ann)
    await tab.page.goto("about:blank")
    session = await context.new_cdp_session(tab.page)
    await session.send("Network.enable")
    await session.send("Network.clearBrowserCache")
    # What the page loads when it is quiet is not waited for.
    await tab.page.add_init_script("globalThis.requestIdleCallback = () => {}")
    address = path.replace("NAME", ann.username).replace("ID", str(post))
    await tab.page.goto(instance.url + address)
    shown = tab.page.locator("#main [data-post]", has_text=words)
    await expect(shown).to_be_visible()
    if path == "/explore":  # among everybody's posts
        await expect(tab.page.locator("#main form .poll").first).to_be_visible()
        await expect(tab.page.locator("#main .quoted").first).to_be_visible()
    files = await loaded(tab.page)
    built = {name: size for name, size in files.items() if name.startswith("/web/built/")}
    names = [name.rpartition("/")[2] for name in built]
    # What stands beside the view, after it; what some posts need.
    more = {"explore.js", "polls.js", "quotes.js"}
    assert {"early.js", "app.js", "style.css"} <= set(names)
    assert len(set(names) - more) <= 4
    assert sum(built.values()) < BYTES_MAX
    assert sum(built.values()) > 40_000  # they are counted
    others = [name for name in files if not name.startswith("/web/built/")]
    assert [name for name in others if name.endswith((".js", ".css"))] == []


@pytest.mark.parametrize("path", ["/@NAME", "/users/USER", "/tags/open", "/explore", "/posts/ID"])
async def test_a_visitor_need_not_ask_for_what_came_with_the_page(
    people: People, instance: Instance, path: str
) -> None:
    ann = await instance.person("ann")
    words = f"for all #open </script> by {ann.username}"
    post = (await instance.write(ann, words))["id"]
    tab = await people.tab(await people.browser())
    address = path.replace("NAME", ann.username).replace("ID", str(post))
    await tab.page.goto(instance.url + address.replace("USER", str(ann.id)))
    shown = tab.page.locator("#main [data-post]", has_text=words)
    await expect(shown).to_be_visible()
    asked = {name for name in await loaded(tab.page) if name.startswith("/api/")}
    assert asked <= {"/api/posts/trending_hashtags/", "/api/users/profiles/"}


async def test_who_is_logged_in_sees_their_own_likes_on_a_page_that_came_as_for_a_visitor(
    people: People, instance: Instance
) -> None:
    ann = await instance.person("ann")
    post = (await instance.write(ann, "liked by me"))["id"]
    await instance.call("POST", f"/api/posts/{post}/like/", ann)
    tab = await people.at(instance, ann)
    await tab.page.goto(f"{instance.url}/@{ann.username}")
    like = tab.page.locator("[data-post] .action.like")
    await expect(like).to_have_attribute("aria-pressed", "true")


async def test_every_file_runs_and_gives_what_the_others_take(
    people: People, instance: Instance
) -> None:
    tab = await people.tab(await people.browser())
    await tab.page.goto(instance.url)
    await expect(tab.page.locator("#welcome")).to_be_visible()
    found = await tab.page.evaluate(RUN, [file_name(chunk) for chunk in BUNDLE.chunks])
    for name, given in found.items():
        assert given or name == "app.js", name
