"""`python -m server COMMAND`, also installed as `mini-twitter`."""

import signal
import sys
from argparse import Namespace

OURS = frozenset({"demo", "handlers", "mini_twitter", "realtime", "server", "storage"})
SOURCE = __package__ == "server"  # as in the repository; a wheel has it below mini_twitter
REMEDY = "run `make run`, or use .venv/bin/python" if SOURCE else "pip install mini-twitter"


def main(arguments: list[str] | None = None) -> int:
    """Run one command.

    Returns:
        0 when done or stopped, 1 when it failed, 2 when it was asked wrongly.
    """
    try:
        return _run(arguments)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] in OURS:
            raise
        return _refuse(f"{error.name} is not installed for {sys.executable}: {REMEDY}", 1)


def _run(arguments: list[str] | None) -> int:
    """Run one command; ModuleNotFoundError where what we depend on is not installed."""
    from server.cli.parser import build_parser
    from server.config import ConfigError
    from server.embedded import EmbeddedError
    from server.lifecycle import signals
    from server.lifecycle.startup import StartError

    options: Namespace = build_parser().parse_args(arguments)
    for number in signals.SIGNALS:
        signal.signal(number, signals.raise_keyboard_interrupt)
    try:
        return int(options.run(options))
    except ConfigError as error:
        return _refuse(error, 2)
    except (EmbeddedError, StartError) as error:
        return _refuse(error, 1)
    except KeyboardInterrupt:
        return int(options.interrupted)


def _refuse(reason: object, code: int) -> int:
    print(f"mini-twitter: {reason}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
