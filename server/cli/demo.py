"""`demo`: a community to try the server with, in the database that is served."""

import argparse
import asyncio
import json
import logging
import os
import urllib.request
from functools import partial
from pathlib import Path

from server import logs
from server.cli.commands import configured, serve
from server.config import Config, ConfigError
from server.lifecycle import signals
from server.lifecycle.listen import Listen
from server.lifecycle.served import served_at
from server.lifecycle.startup import StartError

DATA_DIR = Path("data")
ANSWER_SECONDS = 2

logger = logging.getLogger(__name__)


def demo(options: argparse.Namespace) -> int:
    """Fill a community and print how to log in; or, --live, have it post until a signal comes."""
    try:
        from demo.errors import DemoError, NameTakenError
    except ModuleNotFoundError as error:
        raise StartError(
            f"the demo community is not part of this installation: {error}; "
            "pip install 'mini-twitter[demo]'"
        ) from error
    try:
        return _play(options.url) if options.live else _fill(options)
    except NameTakenError as error:
        raise ConfigError(str(error)) from error
    except DemoError as error:
        raise StartError(str(error)) from error


def _fill(options: argparse.Namespace) -> int:
    """Fill what is served; with --serve, serve it where nobody does."""
    from demo.fill import Size, fill
    from server.lifecycle import startup

    async def prepare_and_fill(config: Config) -> str:
        await startup.prepare_database(config)
        size = Size(options.users, options.posts, options.seed)
        logger.info("filling a community, up to a minute for %d posts", size.posts)
        return await fill(config, size, more=options.more)

    given, options.data_dir = options.data_dir, options.data_dir or DATA_DIR
    url = served_at(options.data_dir)
    if url is None and not os.environ.get("DATABASE_URL", "").strip():
        _refuse_another_server(options, certain=given is not None and not options.serve)
    with configured(options.data_dir, with_redis=options.serve and url is None) as config:
        print(asyncio.run(prepare_and_fill(config)), flush=True)
        if url is not None:
            print(f"at {url}", flush=True)
        elif options.serve:
            return serve(options)
    return 0


def _refuse_another_server(options: argparse.Namespace, *, certain: bool) -> None:
    """Raise ConfigError where a server runs that keeps its data elsewhere, unless that is meant."""
    url = Listen(options.host, options.port).url if options.serve else options.url
    if not certain and _is_ours(url):
        raise ConfigError(
            f"the server at {url} does not keep its data in {options.data_dir}: "
            "give the --data-dir (`make demo DATA=...`) or the DATABASE_URL that it was started "
            "with"
        )


def _is_ours(url: str) -> bool:
    """Whether a server of this program answers there."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(f"{url.rstrip('/')}/healthz", timeout=ANSWER_SECONDS) as answer:
            return bool(json.load(answer) == {"status": "ok"})
    except (OSError, ValueError):
        return False


def _play(url: str) -> int:
    from demo.live import play
    from server.lifecycle.serve import run_in_loop

    logs.configure_logging("warning", "text")

    async def play_until_stopped() -> int:
        await signals.Shutdown().run_until_requested(play(url, partial(print, flush=True)))
        return 0

    return run_in_loop(play_until_stopped())
