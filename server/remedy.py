"""What to do when Python lacks what the program needs; with the standard library alone.

Read by any Python from 3.7 on, so that one that is too old can say so.
"""

from __future__ import annotations

import sys
from pathlib import Path

PYTHON_MIN = (3, 11)
ROOT = Path(__file__).resolve().parents[1]  # of a checkout; of an installation a site-packages
PYTHON_OF_VENV = ".venv/bin/python"


def remedy(arguments: list[str] | None = None) -> str:
    """Return what to type instead, with these arguments of the program."""
    if not (ROOT / "Makefile").is_file():
        return "pip install mini-twitter, with Python 3.11 or later"
    typed = sys.argv[1:] if arguments is None else arguments
    again = " ".join([PYTHON_OF_VENV, "-m", "server", *typed])
    in_venv = Path(sys.prefix).resolve() == (ROOT / ".venv").resolve()
    if in_venv or not (ROOT / PYTHON_OF_VENV).exists():
        return f"run `make install`, then `{again}`"
    return f"run `{again}`"


def check_python() -> str | None:
    """Return what is wrong with this Python's version; None if it will do."""
    if sys.version_info >= PYTHON_MIN:
        return None
    needed, found = (".".join(map(str, one[:2])) for one in (PYTHON_MIN, sys.version_info))
    return f"{sys.executable} is Python {found}, and {needed} or later is needed"
