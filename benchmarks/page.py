"""What a busy conversation costs the page: `make bench-page` prints one line for each length of it.

Two people in headless Chromium at a server of its own. One has the conversation open, with so many
messages shown; a burst is written by the other while the network is off, so that all of it arrives
at once when it is back. The main thread's time is what the browser counts as the page's tasks until
all are shown; long tasks are those of more than 50 ms.
"""

import argparse
import asyncio
import os
import shutil
import statistics
import sys
import tempfile

import aiohttp
from playwright.async_api import Browser, Page, async_playwright

from benchmarks.requests import serving

SHOWN = (0, 150, 1000)
BURST = 100
ROUNDS = 3
SETTLED_SECONDS = 0.3
PAGE = 40  # messages that the page loads at once
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
PASSWORD = "correct horse"

WATCH = """() => {
  window.long = [];
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) window.long.push(duration);
  }).observe({ type: "longtask" });
}"""
BACK = """(count) => new Promise((resolve) => {
  const shown = () => document.querySelectorAll(".bubble").length;
  let began;
  addEventListener("online", () => (began = performance.now()), { once: true });
  const look = setInterval(() => {
    if (shown() < count) return;
    clearInterval(look);
    // A long task is told of when it is over.
    setTimeout(() => resolve([performance.now() - began, window.long]), 200);
  }, 20);
})"""


class Community:
    """Two people and their conversations."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self.http = http
        self.url = url
        self.tokens: list[str] = []
        self.ids: list[int] = []

    async def post(self, path: str, token: str | None, **body: object) -> dict[str, object]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with self.http.post(self.url + path, json=body, headers=headers) as response:
            assert response.status < 300, await response.text()
            answer: dict[str, object] = await response.json()
            return answer

    async def begin(self) -> None:
        for name in ("reader", "writer"):
            me = await self.post(
                "/api/users/", None, username=name, email=f"{name}@example.org", password=PASSWORD
            )
            pair = await self.post("/api/users/token/", None, username=name, password=PASSWORD)
            self.ids.append(int(str(me["id"])))
            self.tokens.append(str(pair["access"]))

    async def talk(self) -> int:
        """A conversation of its own."""
        reader, writer = self.tokens
        asked = {"participants": [self.ids[1]], "title": "bench"}
        talk = int(str((await self.post("/api/messages/", reader, **asked))["id"]))
        await self.say(talk, 1, writer)
        return talk

    async def say(self, talk: int, count: int, token: str | None = None) -> None:
        path = f"/api/messages/{talk}/send_message/"
        for number in range(count):
            text = f"message {number}: what one says of an evening, with a word or two more"
            await self.post(path, token or self.tokens[1], content=text)


async def log_in(browser: Browser, url: str) -> Page:
    page = await browser.new_page()
    page.set_default_timeout(60_000)
    await page.goto(url)
    await page.click("#register [data-form=login]")
    await page.fill("#login [name=username]", "reader")
    await page.fill("#login [name=password]", PASSWORD)
    await page.click("#login [type=submit]")
    await page.wait_for_selector("#shell:not([hidden]) .view")
    return page


async def main_thread(page: Page, count: int) -> tuple[float, float, float, int]:
    """Milliseconds until all are shown, of tasks, of their longest, and how many were long."""
    session = await page.context.new_cdp_session(page)
    await session.send("Performance.enable", {"timeDomain": "timeTicks"})

    async def busy() -> float:
        found = (await session.send("Performance.getMetrics"))["metrics"]
        return float(next(one["value"] for one in found if one["name"] == "TaskDuration") * 1e3)

    before = await busy()
    shown = asyncio.create_task(page.evaluate(BACK, count))
    await asyncio.sleep(SETTLED_SECONDS)  # the page listens
    await page.context.set_offline(False)
    took, long = await shown
    return took - 200, await busy() - before, max(long, default=0.0), len(long)


async def measure(browser: Browser, community: Community, shown: int) -> list[tuple[float, ...]]:
    found: list[tuple[float, ...]] = []
    for _ in range(ROUNDS):
        talk = await community.talk()
        await community.say(talk, max(0, shown - 1))
        page = await log_in(browser, community.url)
        await page.evaluate("path => { location.hash = path }", f"#/messages/{talk}")
        await page.wait_for_selector(".bubble")
        have = min(PAGE, max(1, shown))
        while have < shown:
            await page.click(".log > .more")
            have = min(shown, have + PAGE)
            await page.wait_for_function(
                "(count) => document.querySelectorAll('.bubble').length >= count", arg=have
            )
        await page.evaluate(WATCH)
        await page.context.set_offline(True)
        await community.say(talk, BURST)
        found.append(await main_thread(page, max(1, shown) + BURST))
        await page.close()
    return found


async def main() -> None:
    parser = argparse.ArgumentParser(description="What a burst of messages costs the page.")
    parser.add_argument("--shown", type=int, nargs="*", default=SHOWN)
    options = parser.parse_args()
    if CHROMIUM is None:
        sys.exit("there is no Chromium: install it, or set CHROMIUM to its path")
    with tempfile.TemporaryDirectory(prefix="mt-bench-") as data_dir:
        async with (
            serving(data_dir) as (url, _),
            aiohttp.ClientSession() as http,
            async_playwright() as playwright,
        ):
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            community = Community(http, url)
            await community.begin()
            for shown in options.shown:
                columns = zip(*await measure(browser, community, shown), strict=True)
                took, busy, longest, count = (statistics.median(column) for column in columns)
                print(
                    f"{shown:5} shown, {BURST} more: main thread {busy:5.0f} ms in all, "
                    f"longest task {longest:4.0f} ms ({count:.0f} over 50 ms), "
                    f"all shown after {took:5.0f} ms",
                    flush=True,
                )
            await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
