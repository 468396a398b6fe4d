"""The snippets of a README."""

import re
from pathlib import Path


def snippet(readme: Path, language: str) -> str:
    """The first block of this language."""
    found = re.search(rf"```{language}\n(.*?)```", readme.read_text(), re.DOTALL)
    assert found is not None
    return found[1]
