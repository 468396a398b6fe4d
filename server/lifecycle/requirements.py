"""Refuses to start with libraries whose internals are not those that we know.

A library of which we use more than it documents has an upper bound in setup.cfg (docs/upstream.md
says what for). `pip install` respects it, until somebody installs another version beside or over
it; and then the server may say that it is ready and deliver nothing.
"""

import re
import sys
from collections.abc import Iterable
from configparser import ConfigParser
from importlib import metadata
from pathlib import Path

from server.lifecycle.startup import StartError
from server.remedy import remedy

DISTRIBUTION = "mini-twitter"
SETUP_CFG = Path(__file__).parents[2] / "setup.cfg"  # of a source checkout; else there is none

# What we write in setup.cfg, and what setuptools makes of it: a subset of PEP 508.
_REQUIREMENT = re.compile(r"(?P<name>[\w.-]+)(\[.*?\])?\s*(?P<bounds>[^;]*)(?P<marker>;.*)?")
_BOUND = re.compile(r"\s*(?P<operator>==|>=|<)\s*(?P<version>[\w.]+)\s*")
_RELEASE = re.compile(r"\d+(\.\d+)*")


def check_requirements() -> None:
    """Refuse what is not installed, and versions outside of bounds that have an upper one.

    Takes some 10 ms, and imports none of the libraries.

    Raises:
        StartError: names the library, what is installed and what is needed.
    """
    for requirement in own_requirements():
        if ";" in requirement:  # not for every system: done without where it is not there
            continue
        name, bounds = parse_requirement(requirement)
        try:
            installed = metadata.version(name)
        except metadata.PackageNotFoundError:
            raise StartError(
                f"{name} is not installed for {sys.executable}, {_described(bounds)} is needed: "
                f"{remedy()}"
            ) from None
        if not any(operator in ("<", "==") for operator, _ in bounds):
            continue
        if not all(fulfils(installed, operator, version) for operator, version in bounds):
            raise StartError(
                f"{name} {installed} is installed, {_described(bounds)} is needed: "
                "other versions are not known to work inside as this program relies on"
            )


def own_requirements() -> Iterable[str]:
    """Return what our distribution requires, without extras: nothing when it is not known.

    A source checkout says so itself: what is installed of it may be older.
    """
    if SETUP_CFG.is_file():
        config = ConfigParser(interpolation=None)
        config.read(SETUP_CFG, encoding="utf-8")
        return config["options"]["install_requires"].split("\n")[1:]
    try:
        requirements = metadata.requires(DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        return []
    return [one for one in requirements if "extra ==" not in one]


def parse_requirement(requirement: str) -> tuple[str, list[tuple[str, str]]]:
    """Return the name and the (operator, version) pairs of a requirement. Raises ValueError."""
    found = _REQUIREMENT.fullmatch(requirement.strip())
    parts = found["bounds"].split(",") if found else [requirement]
    bounds = [_BOUND.fullmatch(part) for part in parts if part.strip()]
    if found is None or None in bounds:
        raise ValueError(f"cannot read the requirement {requirement!r}")
    return found["name"], [(one["operator"], one["version"]) for one in bounds if one]


def fulfils(installed: str, operator: str, version: str) -> bool:
    """Return whether a version is within a bound, by the numbers that it begins with.

    So a pre-release counts as its release, which no `<` of ours lets in.
    """
    if operator == "==":
        return installed == version
    return (_release(installed) >= _release(version)) == (operator == ">=")


def _release(version: str) -> tuple[int, ...]:
    found = _RELEASE.match(version)
    numbers = [int(number) for number in found[0].split(".")] if found else [0]
    while len(numbers) > 1 and numbers[-1] == 0:  # 3.15 is 3.15.0
        numbers.pop()
    return tuple(numbers)


def _described(bounds: Iterable[tuple[str, str]]) -> str:
    words = {">=": "{} or later", "<": "below {}", "==": "{}"}
    return " ".join(words[operator].format(version) for operator, version in bounds)
