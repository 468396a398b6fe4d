"""docs/security.md names tests that exist, and the limits that hold."""

import ast
import re

import pytest

from handlers.rate_limits import Bucket
from tests.processes import ROOT

TEXT = (ROOT / "docs/security.md").read_text()
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py(?:::\w+)?)`", TEXT)))


@pytest.mark.parametrize("named", NAMED)
def test_each_test_that_is_named_exists(named: str) -> None:
    path, _, name = named.partition("::")
    tree = ast.parse((ROOT / path).read_text())
    tests = {
        one.name
        for one in tree.body
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) and one.name.startswith("test_")
    }
    assert tests
    assert not name or name in tests


def test_the_page_names_tests_at_each_point() -> None:
    assert len(NAMED) > 40
    rows = [line for line in TEXT.splitlines() if line.startswith("| ") and "---" not in line]
    limits = {f"`{bucket.value.name}`" for bucket in Bucket}
    for row in rows:
        first = row.split("|")[1].strip()
        heading = row.endswith(("| test |", "| by |"))
        assert heading or first in limits or "**not met**" in row or ".py" in row, row


def test_limits_are_those_of_the_code() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \| ([\d.]+) \| (\w+)", TEXT, re.MULTILINE)
    quotas = [bucket.value for bucket in Bucket]
    assert [(name, int(burst), float(rate)) for name, burst, rate, _ in rows] == [
        (quota.name, quota.burst, quota.per_second) for quota in quotas
    ]
    by = {name: whom for name, _, _, whom in rows}
    for quota in quotas:
        assert (by[quota.name] == "address") is quota.by_address
