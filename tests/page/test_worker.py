"""The service worker: the page without a connection."""

import re
from urllib.parse import urlsplit

from playwright.async_api import expect

from tests.page.servers import Server
from tests.page.tabs import People

CONTROLLED = """() => new Promise((resolve) => {
  const { serviceWorker } = navigator;
  if (serviceWorker.controller) resolve();
  else serviceWorker.addEventListener("controllerchange", () => resolve(), { once: true });
})"""


async def test_the_page_opens_without_a_connection_once_it_was_there(
    people: People, server: Server
) -> None:
    ann = await server.person("ann")
    people.expect_outage()
    tab = await people.at(server, ann, service_workers="allow")
    await tab.page.evaluate(CONTROLLED)
    server.kill()
    await tab.page.goto(f"{server.url}/notifications")
    await expect(tab.page.locator("#connection")).to_contain_text(re.compile("again"))
    await server.start()
    await tab.is_in()


async def test_a_new_version_of_a_file_is_kept_beside_the_others(
    people: People, server: Server
) -> None:
    context = await people.browser(service_workers="allow")
    tab = await people.tab(context)
    await tab.page.goto(server.url)
    await tab.page.evaluate(CONTROLLED)
    kept = await tab.page.evaluate("() => caches.keys()")
    assert [name.split()[0] for name in kept] == ["shell"]
    script = await (await server.http.get(f"{server.url}/sw.js")).text()
    assert kept[0].split()[1] in script
    files = await tab.page.evaluate(
        "async (name) => (await (await caches.open(name)).keys()).map(({ url }) => url)", kept[0]
    )
    paths = {urlsplit(url).path for url in files}
    assert {"/", "/web/icon.svg", "/web/manifest.webmanifest"} <= paths
    built = {path.rpartition("/")[2] for path in paths if path.startswith("/web/built/")}
    assert {"early.js", "app.js", "messages.js", "ar.js", "style.css"} <= built
