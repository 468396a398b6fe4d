"""The page's styles: a browser leaves out what it cannot read, and does not say so."""

import re
from pathlib import Path

import pytest

import server.web

STYLES = sorted(Path(server.web.__file__).parent.glob("*.css"))


@pytest.mark.parametrize("style", STYLES, ids=lambda style: str(style.name))
def test_each_rule_of_a_style_is_closed_and_none_begins_within_a_selector(style: Path) -> None:
    css = re.sub(r"/\*.*?\*/", "", style.read_text(), flags=re.DOTALL)
    assert css.count("{") == css.count("}")
    selectors = re.findall(r"[^{};]*(?=\{)", css)
    assert [one for one in selectors if re.search(r"\S\s*@", one)] == []
    assert any(one.strip() for one in selectors)
