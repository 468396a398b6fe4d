"""What the page says in English, divided among the files that say it.

A text is named by a script in full (`"settings.title"`), so that a file can be given those that its
modules name. What the file that all others need does not say itself goes with those that do.
"""

import re
from collections.abc import Iterable

CATALOGUE = "/web/languages/en.js"
_TEXT = re.compile(r'^  "([\w.]+)": .*,$', re.M)
_NAMED = re.compile(r'"(\w+\.[\w.]+)"')


def named(scripts: Iterable[str]) -> set[str]:
    """Return the names in these scripts that may be those of texts."""
    return {name for script in scripts for name in _NAMED.findall(script)}


def kept(code: str, names: set[str]) -> str:
    """Return a catalogue with these texts only; each stays in its line."""
    return _TEXT.sub(lambda text: text[0] if text[1] in names else "", code)


def added(code: str, names: set[str], to: str) -> str:
    """Return the statement that adds these texts of a catalogue to an object; "" for none."""
    texts = [text[0].strip() for text in _TEXT.finditer(code) if text[1] in names]
    return f"Object.assign({to}, {{ {' '.join(texts)} }});" if texts else ""
