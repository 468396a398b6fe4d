"""What each command does. Its parts are imported when it runs, so that none pays for another."""

import argparse
import asyncio
import getpass
import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from server import logs
from server.config import load
from server.config.load import Config, ConfigError
from server.config.settings import table
from server.embedded import embedded
from server.lifecycle import signals
from server.lifecycle.listen import ANY_ADDRESS, Listen, url
from server.lifecycle.requirements import check_requirements


def services(options: argparse.Namespace) -> int:
    """Print one JSON line {"DATABASE_URL", "REDIS_URL"}, then keep both servers until SIGTERM."""
    logs.set_up("warning", "text")
    with _urls(options.data_dir) as urls:
        print(json.dumps(dict(urls)), flush=True)
        signals.wait_without_loop(options.lifeline)
    return 0


def serve(options: argparse.Namespace) -> int:
    """Listen until SIGTERM; with several workers, supervise the processes that do."""
    check_requirements()

    from server.lifecycle.serve import run_in_loop
    from server.lifecycle.serve import serve as serve_here
    from server.lifecycle.supervisor import supervise

    listen = Listen(options.host, options.port, shared=options.member)
    jobs = not options.no_jobs
    with _configured(options.data_dir, listen=listen) as settings:
        if options.workers > 1:
            return asyncio.run(supervise(settings, listen, options.workers, jobs, options.lifeline))
        running = serve_here(
            settings,
            listen,
            jobs=jobs,
            lifeline=options.lifeline,
            migrate=not options.member,
            announce=partial(_announce, options.lifeline if options.member else None),
        )
        return run_in_loop(running)


def worker(options: argparse.Namespace) -> int:
    """Background jobs until SIGTERM."""
    check_requirements()

    from server.lifecycle.serve import run_in_loop, work

    with _configured(options.data_dir) as settings:
        return run_in_loop(work(settings, options.lifeline))


def migrate(options: argparse.Namespace) -> int:
    """Apply what is missing and print the name of each migration applied."""
    from server.lifecycle import startup

    with _configured(options.data_dir, with_redis=False) as settings:
        for name in asyncio.run(startup.prepare(settings)):
            print(name)
    return 0


def settings(_options: argparse.Namespace) -> int:
    """Print the table of settings that README.md repeats."""
    print(table(), end="")
    return 0


def create_superuser(options: argparse.Namespace) -> int:
    """Make an account with is_admin out of flags, SUPERUSER_PASSWORD and answers to prompts.

    Raises ConfigError if the account is not acceptable or taken.
    """
    username = options.username or _ask("username")
    email = options.email or _ask("email")
    password = options.password or os.environ.get("SUPERUSER_PASSWORD") or _ask_password()

    from server.cli import superuser
    from server.lifecycle import startup

    async def create(settings: Config) -> None:
        await startup.prepare(settings)
        await superuser.create(settings, username, email, password)

    with _configured(options.data_dir) as settings:
        asyncio.run(create(settings))
    print(f"{username} is an administrator now")
    return 0


def demo(options: argparse.Namespace) -> int:
    """Fill a community and say how to log in; or, --live, have it talk until SIGTERM or SIGINT."""
    return _demo_live(options.url) if options.live else _demo_fill(options)


def _demo_fill(options: argparse.Namespace) -> int:
    from demo import filling
    from server.lifecycle import startup

    async def fill(settings: Config) -> str:
        await startup.prepare(settings)
        size = filling.Size(options.users, options.posts, options.seed)
        return await filling.fill(settings, size, more=options.more)

    with _configured(options.data_dir, with_redis=False) as settings:
        print(asyncio.run(fill(settings)))
    return 0


def _demo_live(url: str) -> int:
    from demo.live import keep_talking
    from server.lifecycle.serve import run_in_loop

    logs.set_up("warning", "text")

    async def live() -> int:
        await signals.Stop().unless_asked(keep_talking(url, partial(print, flush=True)))
        return 0

    return run_in_loop(live())


@contextmanager
def _configured(
    data_dir: Path, *, with_redis: bool = True, listen: Listen | None = None
) -> Iterator[Config]:
    """Settings with the URLs of running servers. A bad one is refused before a server starts."""
    settings = load.load(_reachable(listen) | os.environ, data_dir)
    logs.set_up(settings.log_level, settings.log_format)
    with _urls(data_dir, with_redis=with_redis) as urls:
        yield replace(
            settings,
            database_url=urls["DATABASE_URL"],
            redis_url=urls.get("REDIS_URL", ""),
        )


def _reachable(listen: Listen | None) -> dict[str, str]:
    """PUBLIC_URL as it is unless the environment knows better: where we listen."""
    if listen is None or listen.port == 0:
        return {}
    host = "127.0.0.1" if listen.host in ANY_ADDRESS else listen.host
    return {"PUBLIC_URL": url(host, listen.port)}


@contextmanager
def _urls(data_dir: Path, *, with_redis: bool = True) -> Iterator[Mapping[str, str]]:
    """Both URLs: what the environment names, and embedded servers for what it does not."""
    named = {
        name: url
        for name in ("DATABASE_URL", "REDIS_URL")
        if (url := os.environ.get(name, "").strip())
    }
    with_postgres = "DATABASE_URL" not in named
    with_redis = with_redis and "REDIS_URL" not in named
    if not (with_postgres or with_redis):
        yield named
        return
    with embedded(data_dir, with_postgres=with_postgres, with_redis=with_redis) as started:
        yield {**named, **started}


def _announce(supervisor: int | None, url: str) -> None:
    """One of several processes tells the one above it, which speaks for all."""
    if supervisor is None:
        print(f"ready on {url}", flush=True)
    else:
        signals.tell_ready(supervisor)


def _ask(name: str) -> str:
    if not sys.stdin.isatty():
        raise ConfigError(f"{name} is missing: give --{name}")
    while not (answer := input(f"{name.capitalize()}: ").strip()):
        pass
    return answer


def _ask_password() -> str:
    if not sys.stdin.isatty():
        raise ConfigError("password is missing: set SUPERUSER_PASSWORD or give --password")
    while True:
        password = getpass.getpass("Password: ")
        if password == getpass.getpass("Password again: "):
            return password
        print("They differ.", file=sys.stderr)
