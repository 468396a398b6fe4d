"""`python -m server COMMAND`, also installed as `mini-twitter`."""

import signal
import sys

from server.cli.parser import build_parser
from server.config.load import ConfigError
from server.embedded import EmbeddedError
from server.lifecycle import signals
from server.lifecycle.startup import StartError


def main(arguments: list[str] | None = None) -> int:
    """Run one command. 0 when done or stopped, 1 when it failed, 2 when it was asked wrongly."""
    options = build_parser().parse_args(arguments)
    for number in signals.SIGNALS:
        signal.signal(number, signals.interrupt)
    try:
        return int(options.run(options))
    except ConfigError as error:
        return _refuse(error, 2)
    except (EmbeddedError, StartError) as error:
        return _refuse(error, 1)
    except KeyboardInterrupt:
        return int(options.interrupted)


def _refuse(error: Exception, code: int) -> int:
    print(f"mini-twitter: {error}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
