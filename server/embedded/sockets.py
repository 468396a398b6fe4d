"""Where the Unix sockets of embedded servers lie."""

import hashlib
import os
import stat
from pathlib import Path

from server.embedded.failure import EmbeddedError

# sun_path holds 104 bytes on macOS and 108 on Linux, the closing NUL included.
SOCKET_PATH_MAX = 103

# Not tempfile.gettempdir(): every process must come to the same answer, whatever its TMPDIR is.
SHORT_ROOT = Path("/tmp")


def socket_dir(directory: Path, socket_name: str, owner: int) -> Path:
    """`directory` itself, or a private one under /tmp where a socket in it has too long a path.

    `owner` is the uid of the server, the only one to be let in: whoever reaches a socket is
    trusted. asyncpg takes a comma in the path for the end of a host name, so that moves it, too.
    """
    if len(os.fsencode(directory / socket_name)) <= SOCKET_PATH_MAX and "," not in str(directory):
        return directory
    digest = hashlib.sha256(os.fsencode(directory)).hexdigest()[:16]
    short = SHORT_ROOT / f"mini-twitter-{digest}"
    try:
        short.mkdir(mode=0o700)
    except FileExistsError:
        pass
    else:
        os.chown(short, owner, -1)
    found = short.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner or found.st_mode & 0o077:
        raise EmbeddedError(f"{short} is not a directory of this user alone: remove it")
    return short
