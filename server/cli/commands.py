"""What each command does. Its parts are imported when it runs, so that none pays for another."""

import argparse
import asyncio
import getpass
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from server import logs
from server.config import Config, ConfigError, load_config
from server.config.settings import settings_table
from server.embedded import embedded
from server.lifecycle import signals
from server.lifecycle.listen import Listen
from server.lifecycle.requirements import check_requirements
from server.lifecycle.served import serving


def services(options: argparse.Namespace) -> int:
    """Print one JSON line {"DATABASE_URL", "REDIS_URL"}, then keep both servers until SIGTERM."""
    logs.configure_logging("warning", "text")
    with _service_urls(options.data_dir) as urls:
        print(json.dumps(dict(urls)), flush=True)
        signals.wait_for_signal(options.lifeline)
    return 0


def serve(options: argparse.Namespace) -> int:
    """Listen until SIGTERM; with several processes, supervise those that do."""
    check_requirements()
    is_member = options.member is not None
    if is_member:
        from server.metrics.processes import take_place

        take_place(options.member)

    from server.lifecycle.serve import run_in_loop, serve_http
    from server.lifecycle.supervisor import supervise
    from server.telemetry import exporting

    listen = Listen(options.host, options.port, shared=is_member)
    jobs = not options.no_jobs
    with (
        configured(options.data_dir, listen=listen) as config,
        serving(config.data_dir) as announce_to_demo,
    ):
        if options.workers > 1:
            announce_to_demo(listen.url)
            return asyncio.run(supervise(config, listen, options.workers, jobs, options.lifeline))
        server = serve_http(
            config,
            listen,
            jobs=jobs,
            lifeline=options.lifeline,
            migrate=not is_member,
            on_ready=partial(_announce, options.lifeline if is_member else None, announce_to_demo),
        )
        with exporting(config):
            return run_in_loop(server)


def worker(options: argparse.Namespace) -> int:
    """Run background jobs until SIGTERM."""
    check_requirements()

    from server.lifecycle.serve import run_in_loop, serve_jobs
    from server.telemetry import exporting

    with configured(options.data_dir) as config, exporting(config):
        return run_in_loop(serve_jobs(config, options.lifeline))


def migrate(options: argparse.Namespace) -> int:
    """Apply what is missing and print the name of each migration applied."""
    from server.lifecycle import startup

    with configured(options.data_dir, with_redis=False) as config:
        for name in asyncio.run(startup.prepare_database(config)):
            print(name)
    return 0


def settings(_options: argparse.Namespace) -> int:
    """Print the table of settings that README.md repeats."""
    print(settings_table(), end="")
    return 0


def create_superuser(options: argparse.Namespace) -> int:
    """Make an account with is_admin out of flags, SUPERUSER_PASSWORD and answers to prompts.

    Raises:
        ConfigError: if the account is not acceptable or taken.
    """
    username = options.username or _prompt("username")
    email = options.email or _prompt("email")
    password = options.password or os.environ.get("SUPERUSER_PASSWORD") or _prompt_password()

    from server.cli import superuser
    from server.lifecycle import startup

    async def create(config: Config) -> None:
        await startup.prepare_database(config)
        await superuser.create_superuser(config, username, email, password)

    with configured(options.data_dir) as config:
        asyncio.run(create(config))
    print(f"{username} is an administrator now")
    return 0


@contextmanager
def configured(
    data_dir: Path, *, with_redis: bool = True, listen: Listen | None = None
) -> Iterator[Config]:
    """Yield the configuration with URLs of running servers. A bad one starts no server."""
    config = load_config(_default_public_url(listen) | os.environ, data_dir)
    logs.configure_logging(config.log_level, config.log_format)
    with _service_urls(data_dir, with_redis=with_redis) as urls:
        yield replace(
            config,
            database_url=urls["DATABASE_URL"],
            redis_url=urls.get("REDIS_URL", ""),
        )


def _default_public_url(listen: Listen | None) -> dict[str, str]:
    """Return PUBLIC_URL as it is unless the environment knows better: where we listen."""
    if listen is None or listen.port == 0:
        return {}
    return {"PUBLIC_URL": listen.url}


@contextmanager
def _service_urls(data_dir: Path, *, with_redis: bool = True) -> Iterator[Mapping[str, str]]:
    """Yield both URLs: what the environment names, and embedded servers for what it does not."""
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


def _announce(supervisor: int | None, to_demo: Callable[[str], None], url: str) -> None:
    """Print the ready line; one of several processes tells its supervisor, which prints for all."""
    if supervisor is None:
        to_demo(url)
        print(f"ready on {url}", flush=True)
    else:
        signals.notify_ready(supervisor)


def _prompt(name: str) -> str:
    if not sys.stdin.isatty():
        raise ConfigError(f"{name} is missing: give --{name}")
    while not (answer := input(f"{name.capitalize()}: ").strip()):
        pass
    return answer


def _prompt_password() -> str:
    if not sys.stdin.isatty():
        raise ConfigError("password is missing: set SUPERUSER_PASSWORD or give --password")
    while True:
        password = getpass.getpass("Password: ")
        if password == getpass.getpass("Password again: "):
            return password
        print("They differ.", file=sys.stderr)
