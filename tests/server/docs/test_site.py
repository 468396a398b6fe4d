"""`make docs`: all is found, no link leads nowhere, nothing is loaded from elsewhere."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin

import pytest

from handlers.error_codes import ErrorCode
from handlers.operations import REGISTRY
from storage.events.types import EVENTS

ROOT = Path(__file__).resolve().parents[3]
LOADING = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src"}
ADDRESS = "http://site.invalid/"


class Links(HTMLParser):
    """What a page loads, what it links to, and its anchors."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if loaded := given.get(LOADING.get(tag, "")):
            self.loads.append(loaded)
        if tag == "a" and given.get("href"):
            self.links.append(given["href"] or "")
        self.anchors |= {value for name in ("id", "name") if (value := given.get(name))}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=180
    )
    assert done.returncode == 0, done.stderr
    assert "Documentation built" in done.stderr  # else warnings are not counted: not with --quiet
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, Links]:
    """Each page by its address."""
    return {
        str(path.parent.relative_to(site)).removeprefix(".") + "/": Links(path.read_text())
        for path in site.rglob("index.html")
    }


def inner(page: str, links: list[str]) -> Iterator[tuple[str, str]]:
    """The path within the site and the anchor of each link that does not lead elsewhere."""
    for link in links:
        path, _, anchor = urljoin(f"{ADDRESS}{page.lstrip('/')}", link).partition("#")
        if path.startswith(ADDRESS):
            yield unquote(path.removeprefix(ADDRESS)), unquote(anchor)


def test_every_document_is_a_page_in_the_navigation(site: Path, pages: dict[str, Links]) -> None:
    written = {path.stem for path in (ROOT / "docs").glob("*.md")} - {"index"}
    assert len(written) >= 15
    others = {"quickstart", "contributing", "changelog", "javascript", "python", "examples"}
    generated = {"rest", "events"}
    linked = {path.strip("/") for path, _ in inner("/", pages["/"].links)}
    for name in written | others | generated:
        assert f"{name}/" in pages, name
        assert name in linked, name


def test_every_link_and_anchor_within_the_site_leads_somewhere(
    site: Path, pages: dict[str, Links]
) -> None:
    seen = 0
    for page, found in pages.items():
        for path, anchor in inner(page, found.links):
            target = site / path
            assert target.exists(), (page, path)
            if anchor and (target / "index.html").exists():
                there = pages[f"{path.strip('/')}/" if path.strip("/") else "/"]
                assert anchor in there.anchors, (page, path, anchor)
                seen += 1
    assert seen > 500


def test_nothing_is_loaded_from_elsewhere(site: Path, pages: dict[str, Links]) -> None:
    for page, found in pages.items():
        assert found.loads
        for loaded in found.loads:
            assert not re.match(r"(?:\w+:)?//", loaded), (page, loaded)
    for style in site.rglob("*.css"):
        assert not re.findall(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//", style.read_text()), style


def test_what_people_look_for_is_found(site: Path) -> None:
    index = json.loads((site / "search/search_index.json").read_text())
    titles = {re.sub(r"<[^>]+>", "", entry["title"]) for entry in index["docs"]}
    assert {
        "Resume",
        "What to do on reset",
        "Refresh on a live socket",
        "Moderation guide",
    } <= titles
    assert {event.name for event in EVENTS} <= titles
    assert {code.value for code in ErrorCode} <= titles
    text = " ".join(entry["text"] for entry in index["docs"])
    assert [name for name in REGISTRY if name not in text and name not in titles] == []


def test_a_broken_link_fails_the_build(tmp_path: Path) -> None:
    """So that --strict is known to be strict about what stands outside docs/, too."""
    sys.path.insert(0, str(ROOT / "docs/site"))
    try:
        from hooks import PluginError, _target  # type: ignore[import-not-found]
    finally:
        sys.path.pop(0)
    assert _target("docs/clients.md", "../README.md") == "README.md"
    assert _target("README.md", "docs/contract.md") == "docs/contract.md"
    assert _target("README.md", "https://example.org/") is None
    with pytest.raises(PluginError, match="nowhere"):
        _target("docs/clients.md", "../nowhere.md")
