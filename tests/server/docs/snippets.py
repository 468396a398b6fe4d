"""The blocks of code in the documents, and what is said of each in a comment above it.

`<!-- runs -->`: test_snippets.py runs it. `<!-- tested: PATH -->`: that test does.
`<!-- not run: WHY -->`: nothing does, but the commands of ours in it are there, with these flags.
An excerpt (its first line names a file) is compared with that file by test_links.py, and needs no
comment; nor does a block without a language, which is no code.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PAGES = sorted(
    path
    for folder in (".", "docs", "examples", "clients", "clients/javascript", "clients/python")
    for path in (ROOT / folder).glob("*.md")
)
BLOCK = re.compile(
    r"(?:^ *<!-- (?P<said>[^\n]*) -->\n)?^(?P<indent> *)```(?P<language>\w+)\n(?P<text>.*?)^ *```$",
    re.DOTALL | re.MULTILINE,
)
EXCERPT = re.compile(r"(?:#|--) \S+/\S+\n")


@dataclass(frozen=True, slots=True)
class Snippet:
    """A block: its page, its language, its text, what is said of it."""

    page: Path
    line: int
    language: str
    text: str
    said: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def snippets() -> Iterator[Snippet]:
    for page in PAGES:
        text = page.read_text()
        for found in BLOCK.finditer(text):
            line = text.count("\n", 0, found.start()) + 1
            said = "excerpt" if EXCERPT.match(found["text"]) else found["said"] or ""
            yield Snippet(page, line, found["language"], found["text"], said)
