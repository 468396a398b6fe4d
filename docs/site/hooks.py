"""What MkDocs is told beside mkdocs.yml: pages from elsewhere, and where links lead.

The documents are written to be read in the repository as well, so their links lead to files in it.
On the site, one to another document leads to its page, one to any other file to a copy of that.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from posixpath import dirname, normpath, relpath
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))  # to import the server, whose documents are shown

from server.docs import asyncapi, openapi, reference  # noqa: E402

# Pages of the site that stand elsewhere in the repository.
ELSEWHERE = {
    "README.md": "quickstart.md",
    "CHANGELOG.md": "changelog.md",
    "CODE_OF_CONDUCT.md": "code-of-conduct.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security-policy.md",
    "clients/README.md": "libraries.md",
    "clients/javascript/README.md": "javascript.md",
    "clients/python/README.md": "python.md",
    "examples/README.md": "examples.md",
}
GENERATED = {"rest.md": reference.rest, "events.md": reference.events}
# Addresses of a running server that this site has as well, seen from a page.
SERVED = {
    "/docs/errors/": "../errors/",
    "/docs/events/": "../events/",
    "/api/docs/openapi.json": "../openapi.json",
    "/api/docs/asyncapi.json": "../asyncapi.json",
}
LINK = re.compile(r"(\]\()([^)\s]+)(\))")
FENCE = re.compile(r"(^```.*?^```$)", re.DOTALL | re.MULTILINE)
HEADING = re.compile(r'<h([1-3]) id="([^"]+)">(.*?)</h\1>')


def on_config(config: MkDocsConfig) -> None:
    """Fit the nav to the documents that there are."""
    there = {path.name for path in (ROOT / "docs").glob("*.md")}
    there |= {*ELSEWHERE.values(), *GENERATED}
    config.nav = [
        {title: _there(items, there)} for one in config.nav for title, items in one.items()
    ]
    missing = there - set(_named(config.nav))
    if missing:
        config.nav.append({"More": sorted(missing)})


def _there(items: list[Any], there: set[str]) -> list[Any]:
    return [one for one in items if set(_named([one])) <= there]


def _named(nav: list[Any]) -> Iterator[str]:
    for one in nav:
        if isinstance(one, str):
            yield one
        else:
            for items in one.values():
                yield from _named(items if isinstance(items, list) else [items])


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what does not stand in docs/, with every file that a document links to."""
    for source, page in ELSEWHERE.items():
        files.append(File.generated(config, page, abs_src_path=str(ROOT / source)))
    for page, written in GENERATED.items():
        files.append(File.generated(config, page, content=_markdown(written())))
    for name, document in (
        ("openapi.json", openapi.document().to_dict()),
        ("asyncapi.json", asyncapi.document()),
    ):
        files.append(File.generated(config, name, content=json.dumps(document, indent=2)))
    for source in [*ELSEWHERE, *(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))]:
        for target in _targets(source):
            if _uri(target) not in files.src_uris:
                path = str(ROOT / target)
                files.append(File.generated(config, _uri(target), abs_src_path=path))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Lead the links of a page, which are meant for the repository, to where things are here."""
    here = page.file.src_uri
    source = {name: path for path, name in ELSEWHERE.items()}.get(here, f"docs/{here}")
    pieces = FENCE.split(markdown)
    pieces[::2] = [
        LINK.sub(lambda found: _led(found, source, here), piece) for piece in pieces[::2]
    ]
    return "".join(pieces)


def _led(found: re.Match[str], source: str, here: str) -> str:
    target, _, heading = found[2].partition("#")
    path = _target(source, target)
    if path is None:
        return found[0]
    led = relpath(_uri(path), dirname(here) or ".")
    return f"{found[1]}{led}{'#' + heading if heading else ''}{found[3]}"


def _target(source: str, link: str) -> str | None:
    """Return the path in the repository that a link leads to; None if it leads elsewhere."""
    if not link or link.startswith("/") or ":" in link:
        return None
    path = normpath(f"{dirname(source)}/{link}".lstrip("/"))
    if (ROOT / path).is_dir():
        path += "/README.md"
    if not (ROOT / path).is_file():
        raise PluginError(f"{source} links to {link}, which is not there")
    return path


def _targets(source: str) -> Iterator[str]:
    for _, link, _ in LINK.findall("".join(FENCE.split((ROOT / source).read_text())[::2])):
        path = _target(source, link.partition("#")[0])
        if path is not None:
            yield path


def _uri(path: str) -> str:
    """Return where a file of the repository is on the site."""
    if path.startswith("docs/"):
        return path.removeprefix("docs/")
    return ELSEWHERE.get(path, f"files/{path}")


def _markdown(html: str) -> str:
    """Return a generated page with headings that the table of contents knows of."""
    for served, here in SERVED.items():
        html = html.replace(f'href="{served}', f'href="{here}')
    return HEADING.sub(lambda found: f"\n{'#' * int(found[1])} {found[3]} {{#{found[2]}}}\n", html)
