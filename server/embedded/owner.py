"""Under whose account the embedded PostgreSQL runs."""

import os
import pwd
import stat
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from server.embedded.failure import EmbeddedError

ACCOUNT = "embedded_postgres"


@dataclass(frozen=True, slots=True)
class Owner:
    """The account of the server, and what `subprocess.run` needs to act as it."""

    uid: int
    gid: int
    identity: dict[str, Any] = field(default_factory=dict)

    def admit(self, data_dir: Path, package: Path) -> None:
        """Let a separate account walk down to the data, and run the programs, but no more.

        A clone in /root, or a `pip install` under umask 077, is closed to it otherwise.
        """
        if not self.identity:
            return
        for start in (data_dir, package):
            for directory in (start, *start.parents):
                _allow(directory, stat.S_IXOTH)
        for tree in (package, package.with_name("embedded_postgres.libs")):
            for path in (tree, *tree.rglob("*")):
                runs = path.is_dir() or path.parent.name == "bin"
                _allow(path, stat.S_IROTH | (stat.S_IXOTH if runs else 0))


def find_owner() -> Owner:
    """Return this user; for root an unprivileged account, made if absent.

    Raises:
        EmbeddedError: if there is no such account and useradd does not make one.
    """
    if os.geteuid() != 0:
        return Owner(os.geteuid(), os.getegid())
    try:
        account = pwd.getpwnam(ACCOUNT)
    except KeyError:
        _create_account()
        account = pwd.getpwnam(ACCOUNT)
    identity = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    return Owner(account.pw_uid, account.pw_gid, identity)


def _create_account() -> None:
    try:
        subprocess.run(
            ["useradd", "--system", "--user-group", "--no-create-home", ACCOUNT],
            check=True,
            capture_output=True,
        )
    except (OSError, subprocess.CalledProcessError) as error:
        raise EmbeddedError(
            f"as root, embedded PostgreSQL needs an account named {ACCOUNT} and useradd did not "
            "make one: add it, run as another user, or set DATABASE_URL"
        ) from error


def _allow(path: Path, bits: int) -> None:
    mode = path.stat().st_mode
    if mode & bits != bits:
        path.chmod(mode | bits)
