"""What the documents point to is there."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PAGES = sorted(
    path for folder in (".", "docs", "examples") for path in (ROOT / folder).glob("*.md")
)
ROOMS = (
    "server",
    "handlers",
    "realtime",
    "storage",
    "demo",
    "tests",
    "benchmarks",
    "docs",
    "docker",
    "deploy",
)
PATH = re.compile(rf"`((?:{'|'.join(ROOMS)}|examples|\.ci)/[\w./-]*)`")
PATTERN = re.compile(r"SUBJECT|000N|[/_]stars\.")  # stands for many names, or one to come
EXCERPT = re.compile(r"^```\w+\n(?:#|--) (\S+/\S+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def links(page: Path) -> Iterator[tuple[Path, str]]:
    """The file and the heading that each link to a place in this repository leads to."""
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not re.match(r"https?://|/", target):
            path, _, heading = target.partition("#")
            yield (page.parent / path if path else page), heading


def headings(page: Path) -> set[str]:
    """As the forge names their anchors."""
    found = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-") for one in found}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for path, heading in links(page):
        assert path.exists(), path
        assert not heading or heading in headings(path), (path, heading)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_path_that_is_named_exists(page: Path) -> None:
    for path in PATH.findall(page.read_text()):
        assert PATTERN.search(path) or (ROOT / path).exists(), path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_excerpt_stands_in_the_file_that_it_names(page: Path) -> None:
    for path, text in EXCERPT.findall(page.read_text()):
        assert text in (ROOT / path).read_text(), (path, text)


def test_pages_and_what_they_name_are_found() -> None:
    assert {"README.md", "CONTRIBUTING.md", "glossary.md"} <= {page.name for page in PAGES}
    assert len(list(links(ROOT / "README.md"))) >= 5
    assert len(EXCERPT.findall((ROOT / "CONTRIBUTING.md").read_text())) >= 5
    assert len(PATH.findall((ROOT / "docs" / "architecture.md").read_text())) >= 10
