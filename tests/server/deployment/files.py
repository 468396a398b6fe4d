"""The files that deploy us, taken apart."""

import configparser
import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from tests.processes import ROOT

SECRET = {"JWT_SECRET": "x" * 32}

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
SERVERS = [name for name, service in OURS.items() if service["command"][0] == "serve"]

PROXY = (ROOT / "docker/nginx.conf").read_text()

SETUP = configparser.ConfigParser()
SETUP.read(ROOT / "setup.cfg")


# Reading the files


def filled(value: Any, variables: Mapping[str, str]) -> str:
    """`${NAME:-default}`, `${NAME-default}` and `${NAME:?reason}`, as compose fills them in."""

    def fill(found: re.Match[str]) -> str:
        name, operator, rest = found.groups()
        if "?" in operator and not variables.get(name):
            raise KeyError(name)
        return variables.get(name) or rest

    return re.sub(r"\$\{(\w+)(:?[-?])([^}]*)\}", fill, str(value))


def environment(service: str) -> dict[str, str]:
    """What a service is told where .env has no more than the secret."""
    given = SERVICES[service].get("environment", {})
    return {name: filled(value, SECRET) for name, value in given.items() if value is not None}


def dockerfile() -> list[tuple[str, str]]:
    """(instruction, its arguments) of each."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    lines = re.sub(r"\\\n\s*", " ", text).splitlines()
    words = [line.split(maxsplit=1) for line in lines if line]
    return [(instruction, arguments) for instruction, arguments in words]


def arguments_of(instruction: str) -> list[str]:
    return [arguments for name, arguments in dockerfile() if name == instruction]


def directives(text: str) -> list[tuple[tuple[str, ...], list[Any]]]:
    """nginx's: (words, directives in its braces) of each."""
    tokens = shlex.shlex(text, posix=True, punctuation_chars=";{}")
    tokens.whitespace_split = True

    def block() -> Iterator[tuple[tuple[str, ...], list[Any]]]:
        words: list[str] = []
        for token in tokens:
            # Two of these side by side are one token.
            if token.startswith("}"):
                return
            if token in (";", "{"):
                yield tuple(words), list(block()) if token == "{" else []
                words = []
            else:
                words.append(token)

    return list(block())


def inside(where: list[Any], *words: str) -> list[Any]:
    """What stands in the braces behind these words."""
    found: list[list[Any]]
    found = [block for head, block in where if head[: len(words)] == words]
    (block,) = found
    return block


def value(where: list[Any], *words: str) -> str:
    """What stands behind these words, which are there once."""
    (found,) = [head[len(words) :] for head, _ in where if head[: len(words)] == words]
    return " ".join(found)


def seconds(text: str) -> float:
    assert text.endswith("s")
    return float(text.removesuffix("s"))


HTTP = inside(directives(PROXY), "http")
SITE = inside(HTTP, "server")
