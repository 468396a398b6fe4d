"""`python -m server COMMAND`, also installed as `mini-twitter`."""

import signal
import sys

from server.commandline import build_parser
from server.config import ConfigError
from server.embedded import EmbeddedError


def main(arguments: list[str] | None = None) -> int:
    """Run one command. 0 when done or stopped, 1 when it failed, 2 when it was asked wrongly."""
    # Until a command has handlers of its own, SIGTERM unwinds the stack as Ctrl-C does, so that
    # embedded servers are stopped whenever it comes.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    options = build_parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except ConfigError as error:
        print(f"mini-twitter: {error}", file=sys.stderr)
        return 2
    except EmbeddedError as error:
        print(f"mini-twitter: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main())
