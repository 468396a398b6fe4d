"""Which server, if any, is serving the data in a directory: so that `demo` fills what people see.

Whoever serves holds a lock on a file that says where. The kernel lets go of it however a process
ends, so what is left of one that was killed is never taken for a server.
"""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

FILE = "serving"


@contextmanager
def serving(data_dir: Path) -> Iterator[Callable[[str], None]]:
    """Hold, for the time of the block, that the data in this directory is served.

    Yields a function that says at which URL.
    """
    with (data_dir / FILE).open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_SH)

        def announce(url: str) -> None:
            file.truncate(0)
            file.write(url)
            file.flush()

        yield announce


def served_at(data_dir: Path) -> str | None:
    """Return the URL at which the data in this directory is served; None when it is not."""
    try:
        with (data_dir / FILE).open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return file.read()
    except FileNotFoundError:
        pass
    return None
