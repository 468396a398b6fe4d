"""A real browser, where there is one."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, async_playwright

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
# Nothing that it does by itself may leave the machine; and a page that a test makes up has no
# address, from which connecting to this machine would be allowed.
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync",
    "--disable-component-update", "--no-first-run",
    "--disable-features=LocalNetworkAccessChecks", "--disable-quic",
)  # fmt: skip

needs_browser = pytest.mark.skipif(
    CHROMIUM is None, reason="there is no Chromium: install it, or set CHROMIUM to its path"
)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A headless Chromium."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        try:
            yield browser
        finally:
            await browser.close()
