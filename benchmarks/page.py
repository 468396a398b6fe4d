"""What a busy conversation and a busy feed cost the page: `make bench-page`.

Two people in headless Chromium at a server of its own. One has the conversation open, with so many
messages shown; a burst is written by the other while the network is off, so that all of it arrives
at once when it is back. The main thread's time is what the browser counts as the page's tasks until
all are shown; long tasks are those of more than 50 ms. Then a long conversation is scrolled as by a
finger, and the frames are counted in which it moved: without a display the browser draws with the
processor, so of the frames it is the main thread's time for each that says most.

At last, how long a cold browser on a slow network takes until a post is seen. The server speaks
HTTP/1.1, of which a browser has six connections.

In the feed, with so many posts shown, the writer, whom the reader follows, posts 5 times a second.
"""

import argparse
import asyncio
import os
import shutil
import statistics
import sys
import tempfile
from typing import Any

import aiohttp
from playwright.async_api import Browser, CDPSession, Page, async_playwright

from benchmarks.requests import PASSWORD, person, post, serving

SHOWN = (0, 150, 1000, 10_000)
CARDS = (20, 150, 600)  # posts shown in the feed before
POSTS, POST_SECONDS = 150, 30
SLOW = {"offline": False, "latency": 400, "downloadThroughput": 5e4, "uploadThroughput": 5e4}
FAST = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
BURST = 100
ROUNDS = 3
SETTLED_SECONDS = 0.3
WRITERS = 8  # at once
SCROLL_SPEED = 6000  # pixels a second
SCROLL_PIXELS = 40_000
FRAME_LATE_MS = 25.0  # longer than one frame and a half of 60 a second
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]

# When the first post was there, and what had been asked for by then.
SEEN = """
new MutationObserver((_, observer) => {
  if (!document.querySelector("#main [data-post]")) return;
  observer.disconnect();
  window.seen = performance.now();
}).observe(document, { childList: true, subtree: true });
"""
LOADED = """() => {
  const asked = ["navigation", "resource"].flatMap((kind) => performance.getEntriesByType(kind));
  const files = asked.filter(({ startTime }) => startTime < window.seen);
  return [window.seen, files.length, files.reduce((sum, file) => sum + file.transferSize, 0)];
}"""
WATCH = """() => {
  window.long = [];
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) window.long.push(duration);
  }).observe({ type: "longtask" });
}"""
BACK = """(count) => new Promise((resolve) => {
  let began;
  let shown = 0;
  addEventListener("online", () => (began = performance.now()), { once: true });
  // What is added is counted: counting all would cost more than what is measured.
  new MutationObserver((changes, observer) => {
    for (const { addedNodes } of changes)
      for (const node of addedNodes) {
        if (node.classList?.contains("bubble")) shown += 1;
        else shown += node.querySelectorAll?.(".bubble").length ?? 0;
      }
    if (shown < count) return;
    observer.disconnect();
    const took = performance.now() - began;
    // A long task is told of when it is over.
    setTimeout(() => resolve([took, window.long]), 200);
  }).observe(document.querySelector(".log"), { childList: true, subtree: true });
})"""
FRAMES = """() => {
  window.frames_ = [];
  const log = document.querySelector(".log");
  let before = log.scrollTop, at = performance.now();
  (function look(now) {
    if (log.scrollTop !== before) window.frames_.push(now - at);
    before = log.scrollTop;
    at = now;
    window.looking = requestAnimationFrame(look);
  })(at);
}"""


class Community:
    """Two people and their conversations."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self.http = http
        self.url = url
        self.tokens: list[str] = []
        self.ids: list[int] = []
        self.published = 0

    async def post(self, path: str, token: str, **body: object) -> dict[str, Any]:
        return await post(self.http, self.url + path, token, **body)

    async def begin(self) -> None:
        for name in ("reader", "writer"):
            id, token = await person(self.http, self.url, name)
            self.ids.append(id)
            self.tokens.append(token)
        await self.post(f"/api/users/{self.ids[1]}/follow/", self.tokens[0])

    async def write(self, content: str) -> None:
        await self.post("/api/posts/", self.tokens[1], content=content)

    async def publish(self, count: int) -> None:
        """Have the writer post until there are so many posts."""
        while self.published < count:
            await self.write(f"post {self.published}: what one says of an evening")
            self.published += 1

    async def talk(self) -> int:
        """A conversation of its own."""
        reader, writer = self.tokens
        asked = {"participants": [self.ids[1]], "title": "bench"}
        talk = int((await self.post("/api/messages/", reader, **asked))["id"])
        await self.say(talk, 1, writer)
        return talk

    async def say(self, talk: int, count: int, token: str | None = None) -> None:
        path = f"/api/messages/{talk}/send_message/"
        numbers = iter(range(count))

        async def writer() -> None:
            for number in numbers:
                text = f"message {number}: what one says of an evening, with a word or two more"
                await self.post(path, token or self.tokens[1], content=text)

        await asyncio.gather(*(writer() for _ in range(WRITERS)))


async def log_in(browser: Browser, url: str) -> Page:
    page = await browser.new_page(service_workers="block")
    page.set_default_timeout(60_000)
    await page.goto(url)
    await page.click("#register [data-form=login]")
    await page.fill("#login [name=username]", "reader")
    await page.fill("#login [name=password]", PASSWORD)
    await page.click("#login [type=submit]")
    await page.wait_for_selector("#shell:not([hidden]) .view")
    return page


class Tab:
    """A tab of the browser, and what its main thread has to do."""

    def __init__(self, page: Page, session: CDPSession) -> None:
        self.page = page
        self.session = session

    @classmethod
    async def of(cls, page: Page) -> "Tab":
        session = await page.context.new_cdp_session(page)
        await session.send("Performance.enable", {"timeDomain": "threadTicks"})
        await page.evaluate(WATCH)
        return cls(page, session)

    async def busy(self, of: str = "TaskDuration") -> float:
        """Milliseconds of the processor for tasks so far, or for a part of them."""
        found = (await self.session.send("Performance.getMetrics"))["metrics"]
        return float(next(one["value"] for one in found if one["name"] == of) * 1e3)

    async def longest(self) -> float:
        return max(await self.page.evaluate("window.long"), default=0.0)


async def burst(tab: Tab) -> tuple[float, float, float, int]:
    """Milliseconds until all are shown, of tasks, of their longest, and how many were long."""
    before = await tab.busy()
    shown = asyncio.create_task(tab.page.evaluate(BACK, BURST))
    await asyncio.sleep(SETTLED_SECONDS)  # the page listens
    await tab.page.context.set_offline(False)
    took, long = await shown
    return took, await tab.busy() - before, max(long, default=0.0), len(long)


async def load(page: Page, talk: int, count: int) -> None:
    """Open a conversation and go back until so many messages are shown."""
    await page.goto(page.url.partition("/messages")[0].rstrip("/") + f"/messages/{talk}")
    await page.wait_for_selector(".bubble")
    while await page.locator(".bubble").count() < count:
        await page.evaluate("document.querySelector('.log').scrollTo(0, 0)")
        await asyncio.sleep(0.01)
    await page.evaluate(
        "() => { const log = document.querySelector('.log'); log.scrollTo(0, log.scrollHeight) }"
    )


async def of_bursts(browser: Browser, community: Community, shown: int) -> None:
    found: list[tuple[float, ...]] = []
    talk = await community.talk()
    await community.say(talk, max(0, shown - 1))
    count = max(1, shown)
    page = await log_in(browser, community.url)
    for _ in range(ROUNDS):
        await load(page, talk, count)
        tab = await Tab.of(page)
        await page.context.set_offline(True)
        await community.say(talk, BURST)
        count += BURST
        found.append(await burst(tab))
    took, busy, longest, long = (statistics.median(one) for one in zip(*found, strict=True))
    print(
        f"{shown:5} shown, {BURST} more: main thread {busy:5.0f} ms in all, "
        f"longest task {longest:4.0f} ms ({long:.0f} over 50 ms), "
        f"all shown after {took:5.0f} ms",
        flush=True,
    )
    if count * 30 > SCROLL_PIXELS:
        await of_scrolling(tab, shown)
    await page.close()


async def of_scrolling(tab: Tab, shown: int) -> None:
    await tab.page.evaluate("window.long = []")
    box = await tab.page.locator(".log").bounding_box()
    assert box is not None
    await tab.page.evaluate(FRAMES)
    before = await tab.busy()
    await tab.session.send(
        "Input.synthesizeScrollGesture",
        {
            "x": box["x"] + box["width"] / 2,
            "y": box["y"] + box["height"] / 2,
            "yDistance": SCROLL_PIXELS,
            "speed": SCROLL_SPEED,
            "preventFling": True,
        },
    )
    busy = await tab.busy() - before
    frames = await tab.page.evaluate("cancelAnimationFrame(window.looking), window.frames_")
    late = sum(1 for frame in frames if frame > FRAME_LATE_MS)
    print(
        f"{shown:5} shown, scrolled by {SCROLL_PIXELS} pixels at {SCROLL_SPEED}/s: "
        f"{len(frames) / sum(frames) * 1e3:3.0f} frames a second, "
        f"{busy / len(frames):4.1f} ms of the main thread each, {late} of {len(frames)} late, "
        f"longest task {await tab.longest():3.0f} ms",
        flush=True,
    )


async def of_posts(browser: Browser, community: Community, cards: int) -> None:
    """What each new post costs where so many are shown."""
    page = await log_in(browser, community.url)
    while await page.locator("#main [data-post]").count() < cards:
        await page.evaluate("scrollTo(0, document.body.scrollHeight)")
        await asyncio.sleep(0.05)
    await page.evaluate("scrollTo(0, 0)")
    await asyncio.sleep(SETTLED_SECONDS)
    tab = await Tab.of(page)
    parts = ("TaskDuration", "ScriptDuration", "LayoutDuration", "RecalcStyleDuration")
    before = [await tab.busy(part) for part in parts]
    for number in range(POSTS):
        pause = asyncio.create_task(asyncio.sleep(POST_SECONDS / POSTS))
        await community.write(f"post {number} about #benches")
        await pause
    after = [await tab.busy(part) for part in parts]
    busy, script, layout, style = (
        (now - was) / POSTS for now, was in zip(after, before, strict=True)
    )
    shown = await page.locator("#main [data-post]").count()
    print(
        f"{cards:5} posts shown, {POSTS} more in {POST_SECONDS} s: "
        f"main thread {busy:4.1f} ms each, "
        f"of which scripts {script:4.1f}, layout {layout:4.1f}, style {style:4.1f}; "
        f"longest task {await tab.longest():3.0f} ms, {shown} shown at last",
        flush=True,
    )
    await page.close()


async def of_loading(browser: Browser, community: Community) -> None:
    """When the first post is seen, by visitors and in somebody's feed, at first and again."""
    visitor = await browser.new_page(service_workers="block")
    reader = await log_in(browser, community.url)
    for page in (visitor, reader):
        await page.add_init_script(SEEN)
    views = ((visitor, "/@writer"), (visitor, "/explore"), (reader, "/"))
    for page, path in views:
        session = await page.context.new_cdp_session(page)
        await session.send("Network.enable")
        for visit in ("first", "second"):
            found = []
            for _ in range(ROUNDS):
                await page.goto("about:blank")
                if visit == "first":
                    await session.send("Network.clearBrowserCache")
                await session.send("Network.emulateNetworkConditions", SLOW)
                await page.goto(community.url + path, wait_until="commit")
                await page.wait_for_selector("#main [data-post]")
                found.append(await page.evaluate(LOADED))
                await session.send("Network.emulateNetworkConditions", FAST)
                await page.wait_for_load_state("networkidle")
            took, files, loaded = sorted(found)[len(found) // 2]
            print(
                f"400 ms, 400 kbit/s, {path}, {visit} visit: first post after "
                f"{took / 1000:4.1f} s, by then {files} files and requests of "
                f"{loaded / 1000:3.0f} KB",
                flush=True,
            )
        await session.detach()


async def main() -> None:
    parser = argparse.ArgumentParser(
        description="What a busy conversation and a busy feed cost the page."
    )
    parser.add_argument("--shown", type=int, nargs="*", default=SHOWN)
    parser.add_argument("--cards", type=int, nargs="*", default=CARDS)
    parser.add_argument("--no-loading", dest="loading", action="store_false")
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
                await of_bursts(browser, community, shown)
            for cards in sorted(options.cards):
                await community.publish(cards)
                await of_posts(browser, community, cards)
            if options.loading:
                await community.publish(20)
                await of_loading(browser, community)
            await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
