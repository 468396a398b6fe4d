"""The servers that are compared, each as its community would start it, all on one database."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.delivery.machine import SERVER_CORE
from benchmarks.delivery.process import Failed, Server, server
from benchmarks.rest import installed
from benchmarks.rest.costs import BARE, OURS

HERE = Path(__file__).parents[2]
FEED = "feed page"
BCRYPT_ROUNDS = "4"


@dataclass(frozen=True, slots=True)
class Setting:
    """Where things are, and the environment that all servers are given."""

    keep: Path
    directory: Path
    environment: Mapping[str, str]

    @property
    def log(self) -> Path:
        return self.directory / "servers.log"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One that runs. only: the operations it takes part in, all by default.

    application: what PostgreSQL knows its connections by; nothing if it has none.
    """

    name: str
    server: Server
    application: str = ""
    only: tuple[str, ...] = ()

    def takes_part_in(self, operation: str) -> bool:
        return not self.only or operation in self.only


@contextmanager
def ours(setting: Setting, tree: Path = HERE, name: str = OURS) -> Iterator[Candidate]:
    """Everything on: tokens, sessions, limits, log, metrics."""
    data_dir = setting.directory / name
    command = ("-m", "server", "serve", "--port", "0", "--data-dir", str(data_dir))
    more = {"LOG_LEVEL": "warning", "BCRYPT_ROUNDS": BCRYPT_ROUNDS}
    with _started(setting, [sys.executable, *command], tree, more) as running:
        yield Candidate(name, running, "mini-twitter")


@contextmanager
def bare(
    setting: Setting, answers: Mapping[str, Sequence[Any]], name: str = BARE
) -> Iterator[Candidate]:
    """Answers, by path, bytes that it is given, after a statement where it has one (bare.py)."""
    script = Path(__file__).with_name("bare.py")
    given = setting.directory / f"{name}.json"
    given.write_text(json.dumps(answers))
    shell = ("sh", "-c", 'exec "$0" "$1" < "$2"', sys.executable)
    with _started(setting, [*shell, str(script), str(given)], HERE) as running:
        yield Candidate(name, running)


@contextmanager
def django(setting: Setting) -> Iterator[Candidate]:
    with _django(setting, {"PGAPPNAME": "django"}) as running:
        yield Candidate("Django", running, "django")


@contextmanager
def django_cached(setting: Setting) -> Iterator[Candidate]:
    """Keeps a reader's page in Redis for longer than the benchmark takes."""
    more = {"FEED_CACHE_SECONDS": "86400", "PGAPPNAME": "django-cached"}
    with _django(setting, more) as running:
        yield Candidate("Django, page cached", running, "django-cached", (FEED,))


def _django(setting: Setting, more: Mapping[str, str]) -> AbstractContextManager[Server]:
    python = installed.python("django", setting.keep)
    command = ("-m", "gunicorn", "--log-level", "error", "twitter.wsgi")
    return _started(setting, [python, *command], installed.PEERS / "django", more)


@contextmanager
def fastapi(setting: Setting) -> Iterator[Candidate]:
    python = installed.python("fastapi", setting.keep)
    with _started(setting, [python, "app.py"], installed.PEERS / "fastapi") as running:
        yield Candidate("FastAPI", running, "fastapi")


@contextmanager
def fastify(setting: Setting) -> Iterator[Candidate]:
    directory = installed.node("fastify", setting.keep)
    more = {"NODE_ENV": "production"}
    with _started(setting, ["node", "server.js"], directory, more) as running:
        yield Candidate("fastify", running, "fastify")


def _started(
    setting: Setting,
    command: Sequence[str | Path],
    cwd: Path,
    more: Mapping[str, str] | None = None,
) -> AbstractContextManager[Server]:
    environment = {**setting.environment, **(more or {})}
    return server(command, {SERVER_CORE}, setting.log, cwd=cwd, env=environment)


PEERS: dict[str, Callable[[Setting], AbstractContextManager[Candidate]]] = {
    "django": django,
    "django-cached": django_cached,
    "fastapi": fastapi,
    "fastify": fastify,
}


def peers(setting: Setting, names: Sequence[str], stack: ExitStack) -> Iterator[Candidate]:
    """Start each; say loudly of which it cannot be, and why."""
    for name in names:
        try:
            yield stack.enter_context(PEERS[name](setting))
        except Failed as reason:
            print(f"\n*** SKIPPED: {name}: {reason}\n", file=sys.stderr, flush=True)
