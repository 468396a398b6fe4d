"""axe finds nothing on any view, in both themes, on a phone and on a desk; fingers have room."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from storage.database.pool import Database
from tests.clients.browser import SECONDS
from tests.clients.node import INSTALL, needs_node, run
from tests.page.tabs import People, Tab
from tests.people import Instance
from tests.waiting import until

HERE = Path(__file__).parent
SIZES = [(390, 844), (1280, 900)]
THEMES = ["light", "dark"]

FAULTS = """async () => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  return violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(
    ({ html, failureSummary }) => `${html} ${failureSummary}`).join(" | ")}`);
}"""
SMALL = """() => [...document.querySelectorAll(
    "main :is(button, select, textarea, input), a.action, nav a")]
  .filter((one) => one.checkVisibility() && !one.closest("p"))
  .filter((one) => !["checkbox", "radio", "file"].includes(one.type))
  .map((one) => [one.getBoundingClientRect(), one.outerHTML.slice(0, 200)])
  .filter(([{ width, height }]) => height < 44 || width < 44)
  .map(([{ width, height }, html]) => `${width} x ${height}: ${html}`)"""


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The script of axe-core, from npm."""
    folder = tmp_path_factory.mktemp("axe") / "axe"
    shutil.copytree(HERE / "axe", folder)
    run(*INSTALL, cwd=folder)
    return (folder / "node_modules/axe-core/axe.min.js").read_text()


async def faults(tab: Tab, axe: str) -> list[str]:
    if not await tab.page.evaluate("'axe' in globalThis"):
        # By the debugger: the policy of the page lets no other script in.
        session = await tab.page.context.new_cdp_session(tab.page)
        await session.send("Runtime.evaluate", {"expression": axe})
        await session.detach()
    found: list[str] = await tab.page.evaluate(FAULTS)
    return found


async def group_of(instance: Instance, ann: Any) -> tuple[int, str]:
    """A group of hers with somebody of every kind, and a link into it; she is invited to another.

    The link's token comes with the group's id.
    """
    bob, cleo, dora, eve, fay = await instance.people("bob", "cleo", "dora", "eve", "fay")
    for asked in (ann, dora):
        await instance.call("PATCH", "/api/users/me/", asked, json={"who_may_add_me": "nobody"})
    group = await instance.chat(ann, bob, cleo, dora, title="three")
    await instance.chat(bob, cleo, ann, title="elsewhere")
    path = f"/api/messages/{group}/"
    await instance.post(f"{path}role/", ann, {"user_id": bob.id, "role": "admin"})
    await instance.post(f"{path}ban/", ann, {"user_id": fay.id})
    wanted = {"name": "friends", "needs_approval": True, "max_uses": 10, "expires_in": 3600}
    token = (await instance.post(f"{path}links/", ann, wanted))["token"]
    await instance.post("/api/messages/join/", eve, {"token": token})
    return group, token


async def furnish(instance: Instance) -> tuple[Any, Any, int, int]:
    ann, bob = await instance.people("ann", "bob")
    await instance.follow(ann, bob)
    post = (await instance.write(bob, "a post with #words for @" + ann.username))["id"]
    await instance.write(ann, "a reply", reply_to=post)
    await instance.call("PATCH", f"/api/posts/{post}/", bob, json={"content": "edited #words"})
    mine = (await instance.write(ann, "liked by many"))["id"]
    await instance.post(f"/api/posts/{mine}/like/", bob)
    await instance.post(f"/api/posts/{post}/bookmark/", ann)
    await instance.write(bob, "look at this", quote_id=mine)
    gone = await instance.write(bob, "look at that", quote_id=mine)
    await instance.post(f"/api/posts/{gone['id']}/revoke_quote/", ann)
    url = "https://example.org/hook"
    await instance.post(
        "/api/webhooks/", ann, {"url": url, "events": ["notification.created"], "name": "mine"}
    )
    talk = await instance.chat(ann, bob)
    await instance.say(bob, talk, "hello")
    by_request = {"who_may_write_to_me": "requests"}
    await instance.call("PATCH", "/api/users/me/", ann, json=by_request)
    dora = await instance.person("dora")
    await instance.say(dora, await instance.chat(dora, ann), "may I write to you?")
    return ann, bob, post, talk


async def administer(instance: Instance, db: Database, admin: Any, post: int) -> None:
    """Make somebody an admin, with a report to look at and a line in the log."""
    await db.execute("UPDATE users SET is_admin = true WHERE id = $1", admin.id)

    async def is_known() -> bool:  # what a session was found to be is trusted for a moment
        url, headers = (
            f"{instance.url}/api/admin/users/",
            {"Authorization": f"Bearer {admin.access}"},
        )
        async with instance.http.get(url, headers=headers) as answer:
            return answer.status == 200

    await until(is_known, SECONDS)
    cleo = await instance.person("cleo")
    await instance.post("/api/reports/", cleo, {"post_id": post, "reason": "it is about words"})
    await instance.post(f"/api/admin/users/{cleo.id}/suspend/", admin, {"reason": "spam"})


@needs_node
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES, ids=["phone", "desk"])
async def test_no_view_has_a_fault(
    people: People,
    instance: Instance,
    db: Database,
    axe: str,
    theme: str,
    size: tuple[int, int],
) -> None:
    ann, bob, post, talk = await furnish(instance)
    await administer(instance, db, ann, post)
    group, token = await group_of(instance, ann)
    is_phone = size[0] < 400
    context = await people.browser(
        viewport={"width": size[0], "height": size[1]},
        color_scheme=theme,
        reduced_motion="reduce",
        has_touch=is_phone,
        is_mobile=is_phone,
    )
    tab = await people.tab(context)
    found: dict[str, list[str]] = {}

    async def look(name: str) -> None:
        if wrong := await faults(tab, axe):
            found[name] = wrong

    await tab.page.goto(instance.url)
    await expect(tab.page.locator("#welcome h1")).to_be_visible()
    await look("welcome")
    await tab.page.goto(f"{instance.url}/@{bob.username}")
    await expect(tab.page.locator("[data-post]").first).to_be_visible()
    await look("visitor")
    await tab.page.goto(f"{instance.url}/join#{token}")
    await expect(tab.page.get_by_role("button", name="Ask to join")).to_be_visible()
    await look("visitor's link")
    await tab.page.goto("about:blank")
    await tab.log_in(instance.url, ann)
    for path, drawn in (
        ("/", "[data-post]"),
        ("/explore", "[data-post]"),
        ("/explore?q=words", "[data-post]"),
        ("/tags/words", "[data-post]"),
        (f"/@{bob.username}", ".profile"),
        (f"/@{bob.username}/followers", ".person"),
        (f"/@{bob.username}/posts/{post}", ".post.large"),
        (f"/@{bob.username}/posts/{post}/history", ".version"),
        ("/notifications", ".notification"),
        ("/messages", ".invitations"),
        (f"/messages/{group}/group", ".link-row"),
        ("/join#nothing", ".empty"),
        (f"/messages/{talk}", ".bubble"),
        ("/bookmarks", "[data-post]"),
        ("/settings", ".setting .entry"),
        ("/settings/webhooks", ".webhook"),
        ("/admin", ".entry"),
        ("/admin/reports", ".entry"),
        ("/admin/log", ".entry"),
    ):
        await tab.go(path)
        await expect(tab.page.locator(f"#main {drawn}").first).to_be_visible()
        await expect(tab.page.locator(".skeletons")).to_have_count(0)
        await look(path)
        if is_phone:
            small = await tab.page.evaluate(SMALL)
            assert small == [], path
    await tab.go(f"/messages/{group}/group")
    await tab.page.get_by_role("button", name="Make a link").click()
    await expect(tab.page.get_by_role("dialog")).to_be_visible()
    await look("making a link")
    await tab.page.keyboard.press("Escape")
    await tab.go("/")
    await tab.page.locator("[data-post]").first.get_by_role("button", name="More about").click()
    await expect(tab.page.get_by_role("menu")).to_be_visible()
    await look("menu")
    await tab.page.keyboard.press("Escape")
    await tab.page.keyboard.press("?")
    await expect(tab.page.get_by_role("dialog")).to_be_visible()
    await look("dialog")
    assert found == {}, "\n".join(f"{view}: {fault}" for view in found for fault in found[view])
