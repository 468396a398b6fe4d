"""Break mechanisms one at a time, and see that the test of each fails: `make mutants`.

A test that fails without its mutant proves nothing, so each passes before it has to fail.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from tests.mutants.copies import copy_of_the_repository, patched, run_test
from tests.mutants.mutants import MUTANTS, Mutant

PASSED, FAILED = 0, 1  # what pytest ends with
SECONDS = 300  # for a test, broken or whole


def main() -> int:
    """Return 1 where a mutant survives, or is not found out by a test that passes without it."""
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("names", nargs="*", help="words of a mechanism; all without any")
    parser.add_argument("--quick", action="store_true", help="do not run tests without a mutant")
    arguments = parser.parse_args()
    chosen = [
        mutant
        for mutant in MUTANTS
        if not arguments.names or any(name in mutant.name for name in arguments.names)
    ]
    survived = 0
    with copy_of_the_repository() as copy:
        for mutant in chosen:
            verdict = verdict_on(copy, mutant, quick=arguments.quick)
            survived += verdict != "killed"
            print(f"{verdict:10} {mutant.name}", flush=True)
    print(f"{len(chosen) - survived} of {len(chosen)} killed")
    return int(survived > 0)


def verdict_on(copy: Path, mutant: Mutant, *, quick: bool) -> str:
    """What becomes of it: `killed` is well."""
    if not quick:
        code, said = run_test(sys.executable, copy, mutant.test, SECONDS)
        if code != PASSED:
            print(said)
            return "not proven"
    with patched(copy, mutant):
        try:
            code, said = run_test(sys.executable, copy, mutant.test, SECONDS)
        except subprocess.TimeoutExpired:
            return "killed"  # it waits for what never comes
    if code not in (PASSED, FAILED):
        print(said)
    return {PASSED: "SURVIVED", FAILED: "killed"}.get(code, "not run")


if __name__ == "__main__":
    sys.exit(main())
