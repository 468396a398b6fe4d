"""The runbook has every alert, every metric and every line that the log may show."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.processes import ROOT
from tests.server.deployment.test_monitoring import ALERTS, PACKAGES, declared, family
from tests.server.docs.test_links import headings

PAGE = ROOT / "docs/operations.md"
TEXT = PAGE.read_text()
LEVELS = {"warning", "error", "exception", "critical"}


def test_each_alert_has_a_section_and_each_section_an_alert() -> None:
    names = [rule["alert"] for rule in ALERTS]
    section = TEXT.partition("\n## Alerts\n")[2].partition("\n## ")[0]
    assert re.findall(r"^### (.+)$", section, re.MULTILINE) == names
    assert {name.lower() for name in names} <= headings(PAGE)
    for part in section.split("\n### ")[1:]:
        assert "**Do" in part, part


def test_each_line_of_the_log_is_explained_and_each_explained_line_exists() -> None:
    table = TEXT.partition("\n## Log lines\n")[2].partition("\n## ")[0]
    explained = re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)
    assert sorted(explained) == sorted(logged())


def logged() -> set[str]:
    """What code may log as a warning or worse, with … for what varies."""
    return {
        line
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        for line in lines(path)
        if line.strip("…")
    }


def lines(path: Path) -> Iterator[str]:
    for call in ast.walk(ast.parse(path.read_text())):
        match call:
            case ast.Call(func=ast.Attribute(attr=level), args=[ast.Constant(value=str(text)), *_]):
                if level in LEVELS:
                    yield re.sub(r"%(?:\.\d)?[sdrf]", "…", text)


def test_every_metric_that_the_documents_name_exists() -> None:
    for page in (PAGE, ROOT / "docs/deployment.md", ROOT / "docs/accounts.md"):
        names = set(re.findall(r"\bmini_twitter_[a-z_]*[a-z]\b(?!\.)", page.read_text()))
        families = set(map(family, declared()))
        assert names - {"mini_twitter_client"} <= families, page


def test_every_metric_is_in_a_document() -> None:
    text = TEXT + (ROOT / "docs/deployment.md").read_text()
    for name in declared():
        if not name.startswith("mini_twitter_"):
            continue
        whole = family(name)
        short = re.sub("^mini_twitter_(broker|database|housekeeping)", "", whole)
        assert whole in text or f"`{short}" in text, name
