"""A real browser, where there is one."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, async_playwright, expect


def _found(*programs: str) -> str | None:
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, programs)), None)


WINDOWED = _found("chromium", "google-chrome")
# Without the windows, which nobody sees, a page costs a third less.
CHROMIUM = _found("chromium-headless-shell") or WINDOWED
# A page that a test makes up has no address, from which connecting to this machine would be
# allowed. The others are pages of the address bar that each window draws, though it is not seen:
# two thirds of what a window costs.
WITHOUT = ("LocalNetworkAccessChecks", "WebUIOmniboxPopup", "WebUIOmniboxAimPopup")
# Nothing that it does by itself may leave the machine.
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync",
    "--disable-component-update", "--no-first-run", "--disable-quic",
    f"--disable-features={','.join(WITHOUT)}",
)  # fmt: skip

SECONDS = 20.0  # in which what should be seen is seen, on a busy machine, too
LONG = SECONDS * 1000  # as Playwright takes it
expect.set_options(timeout=LONG)

needs_browser = pytest.mark.skipif(
    CHROMIUM is None, reason="there is no Chromium: install it, or set CHROMIUM to its path"
)


@asynccontextmanager
async def chromium(program: str | None = CHROMIUM) -> AsyncIterator[Browser]:
    """A headless Chromium."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        try:
            yield browser
        finally:
            await browser.close()
