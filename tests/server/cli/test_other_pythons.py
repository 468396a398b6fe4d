"""Started with a Python that lacks something: one line that says what, of which, and what to do."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from server import remedy
from server.__main__ import main
from tests.processes import ROOT, environment

COMMANDS = [[], ["serve"], ["worker"], ["migrate"], ["demo", "--users", "20"], ["--version"]]


@pytest.mark.parametrize("package", ["server", "mini_twitter"])
@pytest.mark.parametrize("command", COMMANDS)
def test_a_python_without_the_packages_is_told_which_one_to_use(
    package: str, command: list[str]
) -> None:
    # -S leaves out what is installed, as in an interpreter of the system's.
    bare = [sys.executable, "-S", "-m", package, *command]
    done = subprocess.run(
        bare, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("mini-twitter: ")
    assert f" is not installed for {sys.executable}: run `" in line
    assert line.endswith(" ".join([".venv/bin/python -m server", *command]) + "`")


# A module that a library is built of does not load, as after an update of the system.
BLOCKED = """
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name == {name!r}:
            raise {error}
sys.meta_path.insert(0, Blocked())
sys.argv = ["server", *{command!r}]
from server.__main__ import main
sys.exit(main())
"""
MISSING = "ModuleNotFoundError('No module named x', name=name)"
BROKEN = "ImportError('libx.so.1: cannot open shared object file', name=name)"


@pytest.mark.parametrize("error", [MISSING, BROKEN])
@pytest.mark.parametrize("name", ["asyncpg", "idna"])
def test_whatever_cannot_be_imported_is_named_in_one_line(
    name: str, error: str, tmp_path: Path
) -> None:
    script = BLOCKED.format(name=name, error=error, command=["demo", "--data-dir", str(tmp_path)])
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"mini-twitter: {name} ")
    assert sys.executable in line


def test_a_python_that_is_too_old_is_told_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 14, "final", 0))
    assert main(["serve"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"mini-twitter: {sys.executable} is Python 3.10, and 3.11 or later is")
    assert ".venv/bin/python -m server serve`" in line


EARLY = (
    "mini_twitter/__init__.py",
    "mini_twitter/__main__.py",
    "server/__init__.py",
    "server/__main__.py",
    "server/remedy.py",
)


@pytest.mark.parametrize("module", EARLY)
def test_what_is_read_before_the_version_is_checked_is_in_the_syntax_of_old_pythons(
    module: str,
) -> None:
    tree = ast.parse((ROOT / module).read_text(), module, feature_version=(3, 7))
    evaluated = [node for node in ast.walk(tree) if getattr(node, "annotation", None)]
    lazy = any(
        isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in tree.body
    )
    assert lazy or not evaluated


def test_before_there_is_a_venv_it_is_to_be_made(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "Makefile").touch()
    monkeypatch.setattr(remedy, "ROOT", tmp_path)
    assert remedy.remedy(["serve"]).startswith("run `make install`, then `.venv/bin/python -m")
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/python").touch()
    assert remedy.remedy(["serve"]) == "run `.venv/bin/python -m server serve`"
    (tmp_path / "Makefile").unlink()
    assert remedy.remedy(["serve"]).startswith("pip install mini-twitter")
