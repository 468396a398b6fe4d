"""A page whose session is in a cookie, in Chromium: reloads, tabs, log-out, what scripts see."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, Request, expect

from server.config.load import Config
from tests.clients.browser import LONG, SECONDS
from tests.conftest import running
from tests.handlers.session_helpers import stops_working
from tests.people import PASSWORD, Instance, Person
from tests.waiting import until

NAME = "mini_twitter_refresh"
TOKENS = "/api/users/token/"

PAGE = """<!doctype html>
<meta charset="utf-8"><title>Session</title>
<p id="who"></p><p id="state"></p><p id="ended"></p>
<script type="module">
  import { Client } from "/client/index.js";
  const client = (window.client = new Client(undefined, { cookies: true }));
  const show = (id, text) => (document.getElementById(id).textContent = text);
  client.on("state", (state) => show("state", state));
  client.on("ended", () => show("ended", "ended"));
  await client.restore();
  show("who", client.userId ?? "nobody");
</script>
"""
# All that a script can read of what outlives the page.
READABLE = """async () => {
  const found = [document.cookie, JSON.stringify(localStorage), JSON.stringify(sessionStorage)];
  for (const { name } of await indexedDB.databases()) {
    const database = await new Promise((resolve) => {
      indexedDB.open(name).onsuccess = (event) => resolve(event.target.result);
    });
    for (const store of database.objectStoreNames) {
      found.push(await new Promise((resolve) => {
        const asked = database.transaction(store).objectStore(store).getAll();
        asked.onsuccess = () => resolve(JSON.stringify(asked.result));
      }));
    }
    database.close();
  }
  return found.join("\\n");
}"""


@pytest_asyncio.fixture(loop_scope="session")
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    """A person's browser, whose tabs share what it keeps."""
    context = await browser.new_context()
    yield context
    await context.close()


async def tab(context: BrowserContext, instance: Instance) -> Page:
    page = await context.new_page()
    page.set_default_timeout(LONG)
    await page.route(
        "**/session.html", lambda route: route.fulfill(body=PAGE, content_type="text/html")
    )
    await page.goto(f"{instance.url}/session.html")
    await expect(page.locator("#who")).not_to_be_empty(timeout=20_000)
    return page


async def log_in(page: Page, person: Person) -> None:
    await page.evaluate(
        "([name, password]) => client.logIn(name, password)", [person.username, PASSWORD]
    )
    await page.evaluate("() => { client.connect(); }")
    await expect(page.locator("#state")).to_have_text("live")


async def user_id(page: Page) -> Any:
    return await page.evaluate("client.userId")


async def is_logged_out(page: Page) -> bool:
    return await user_id(page) is None


async def cookies(context: BrowserContext) -> list[Any]:
    return [one for one in await context.cookies() if one.get("name") == NAME]


async def test_session_outlives_a_reload_and_no_script_can_read_its_tokens(
    context: BrowserContext,
    instance: Instance,
) -> None:
    ann = await instance.person("ann")
    page = await tab(context, instance)
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))
    await log_in(page, ann)
    access = await page.evaluate("client.accessToken()")
    await page.reload()
    await expect(page.locator("#who")).to_have_text(str(ann.id))
    (cookie,) = await cookies(context)
    assert cookie.get("httpOnly") is True
    assert cookie.get("sameSite") == "Strict"
    assert cookie.get("path") == TOKENS
    readable = await page.evaluate(READABLE)
    assert f'"userId":{ann.id}' in readable
    for secret in (access, await page.evaluate("client.accessToken()"), cookie.get("value")):
        assert secret not in readable
    me = await page.evaluate("client.user.me()")
    assert me["username"] == ann.username
    shown = set()
    for one in asked:
        if NAME in (await one.all_headers()).get("cookie", ""):
            shown.add(one.url.removeprefix(instance.url))
    assert shown == {f"{TOKENS}refresh/"}
    paths = {one.url.removeprefix(instance.url) for one in asked}
    assert {"/api/users/me/", TOKENS} <= paths


async def test_second_tab_has_the_session_and_loses_it_with_the_first(
    context: BrowserContext,
    instance: Instance,
) -> None:
    ann = await instance.person("ann")
    first = await tab(context, instance)
    await log_in(first, ann)
    second = await tab(context, instance)
    assert await user_id(second) == ann.id
    await second.evaluate("() => { client.connect(); }")
    await expect(second.locator("#state")).to_have_text("live")
    # The first has been told of the token that the second got.
    tokens = [await page.evaluate("client.accessToken()") for page in (first, second)]
    assert tokens[0] == tokens[1]

    await first.evaluate("client.logOut()")
    await expect(second.locator("#ended")).to_have_text("ended")
    await until(lambda: is_logged_out(second))
    assert await cookies(context) == []
    await second.reload()
    await expect(second.locator("#who")).to_have_text("nobody")
    await stops_working(instance, tokens[0])


async def test_log_in_of_another_account_ends_the_first_in_its_tab(
    context: BrowserContext, instance: Instance
) -> None:
    ann, bob = await instance.people("ann", "bob")
    first, second = await tab(context, instance), await tab(context, instance)
    await log_in(first, ann)
    await log_in(second, bob)
    await expect(first.locator("#ended")).to_have_text("ended")
    assert await user_id(second) == bob.id
    await first.reload()
    await expect(first.locator("#who")).to_have_text(str(bob.id))


async def test_access_token_that_ends_is_exchanged_by_the_cookie(
    context: BrowserContext, settings: Config
) -> None:
    async with running(replace(settings, access_token_seconds=2)) as instance:
        ann = await instance.person("ann")
        page = await tab(context, instance)
        await log_in(page, ann)
        former = await page.evaluate("client.accessToken()")
        headers = {"Authorization": f"Bearer {former}"}

        async def has_ended() -> bool:
            async with instance.http.get(f"{instance.url}/api/users/me/", headers=headers) as reply:
                return reply.status == 401

        await until(has_ended, SECONDS)
        assert (await page.evaluate("client.user.me()"))["id"] == ann.id
        assert await page.evaluate("client.accessToken()") != former
        await expect(page.locator("#ended")).to_be_empty()


# Ways in which the page of another origin asks. The browser does not send the last one at all: an
# answer to its question beforehand that allowed credentials would have it sent.
ATTACKS = {
    "form": """(url) => new Promise((resolve) => {
        const frame = Object.assign(document.createElement("iframe"), { name: "answer" });
        const form = document.createElement("form");
        Object.assign(form, { method: "POST", action: url, target: "answer" });
        Object.assign(form, { enctype: "text/plain" });
        document.body.append(frame, form);
        frame.onload = resolve;
        form.submit();
    })""",
    "simple": """(url) => fetch(url, { method: "POST", mode: "no-cors", credentials: "include",
        body: "{}" }).catch(() => {})""",
    "json": """(url) => fetch(url, { method: "POST", credentials: "include", body: "{}",
        headers: { "Content-Type": "application/json" } }).catch(() => {})""",
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"], ids=["same_site", "cross_site"])
async def test_page_of_another_origin_cannot_use_the_cookie(
    context: BrowserContext, settings: Config, attack: str, host: str
) -> None:
    """Another port is of the same site, to which SameSite is no bar."""
    async with running(replace(settings, cors_origins=("*",))) as ours, running(settings) as theirs:
        ann = await ours.person("ann")
        page = await tab(context, ours)
        await log_in(page, ann)
        (before,) = await cookies(context)
        evil = await context.new_page()
        await evil.goto(f"{theirs.url.replace('127.0.0.1', host)}/healthz")
        statuses: list[int] = []
        evil.on("response", lambda response: statuses.append(response.status))
        await evil.evaluate(attack, f"{ours.url}{TOKENS}refresh/")
        assert all(status in (204, 401, 403, 415) for status in statuses)
        assert await cookies(context) == [before]
        await page.reload()
        await expect(page.locator("#who")).to_have_text(str(ann.id))
        assert await cookies(context) != [before]
