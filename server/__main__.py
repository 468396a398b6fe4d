"""`python -m server COMMAND`, also installed as `mini-twitter`."""

from __future__ import annotations  # an old Python has to get as far as to say so

import signal
import sys
from argparse import Namespace

from server.remedy import check_python, remedy

OURS = frozenset({"demo", "handlers", "mini_twitter", "realtime", "server", "storage"})


def main(arguments: list[str] | None = None) -> int:
    """Run one command.

    Returns:
        0 when done or stopped, 1 when it failed, 2 when it was asked wrongly.
    """
    too_old = check_python()
    if too_old:
        return _refuse(f"{too_old}: {remedy(arguments)}", 1)
    try:
        return _run(arguments)
    except ImportError as error:
        if error.name is None or error.name.partition(".")[0] in OURS:
            raise
        missing = isinstance(error, ModuleNotFoundError)
        why = "is not installed" if missing else f"does not work ({error})"
        return _refuse(f"{error.name} {why} for {sys.executable}: {remedy(arguments)}", 1)


def _run(arguments: list[str] | None) -> int:
    """Run one command; ImportError where what we depend on is not installed."""
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
