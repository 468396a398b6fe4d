"""The list of mutants: patches apply, tests exist, and no promise is without one."""

import ast
import re

import pytest

from tests.mutants.copies import broken
from tests.mutants.mutants import MUTANTS, Mutant
from tests.processes import ROOT

PROMISED = {name: (ROOT / name).read_text() for name in ("README.md", "docs/contract.md")}


def names() -> list[str]:
    return [mutant.name for mutant in MUTANTS]


def is_function(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)


def test_no_mutant_is_listed_twice() -> None:
    assert len(set(names())) == len(MUTANTS)


@pytest.mark.parametrize("mutant", MUTANTS, ids=names())
def test_its_patch_applies_and_its_test_and_promise_are_there(mutant: Mutant) -> None:
    whole = (ROOT / mutant.file).read_text()
    patch = broken(mutant, whole)
    assert patch != whole
    if mutant.file.endswith(".py"):
        ast.parse(patch)
    file, _, test = mutant.test.partition("::")
    functions = [node for node in ast.parse((ROOT / file).read_text()).body if is_function(node)]
    assert test in [getattr(function, "name", None) for function in functions]
    assert any(mutant.promise in text for text in PROMISED.values())


def test_every_promise_has_a_mechanism_and_a_test() -> None:
    guarantees = PROMISED["docs/contract.md"].partition("### Guarantees")[2]
    table = PROMISED["README.md"].partition("## What is promised")[2].partition("\nHow: ")[0]
    promises = re.findall(r"^\d\. \*\*([^.*]+)", guarantees, re.MULTILINE)
    promises += re.findall(r"^\| ([A-Z][^|]+?) \|", table, re.MULTILINE)
    assert len(promises) >= 11
    assert set(promises) <= {mutant.promise for mutant in MUTANTS}
