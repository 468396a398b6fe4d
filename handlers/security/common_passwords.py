"""Passwords that are tried first: those that many people have, and the names of the account itself.

NIST SP 800-63B (section 3.1.1.2, "blocklist") asks for both, and for nothing about which kinds of
characters a password is made of.
"""

import unicodedata
from functools import cache
from pathlib import Path

LIST = Path(__file__).with_name("common_passwords.txt")
LICENCE_ENDS = "\n--------\n"
SERVICE = frozenset({"mini-twitter", "minitwitter", "mini twitter", "mini_twitter"})


def is_common(password: str) -> bool:
    """Return whether a password is one of the list, whatever its case, or the service's name."""
    folded = _fold(password)
    return folded in _common() or folded in SERVICE


def is_own_name(password: str, username: str, email: str) -> bool:
    """Return whether a password is a name of its account: username, address, or its local part."""
    names = (username, email, email.rpartition("@")[0])
    return _fold(password) in {_fold(name) for name in names}


@cache
def _common() -> frozenset[str]:
    return frozenset(LIST.read_text("utf-8").partition(LICENCE_ENDS)[2].splitlines())


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
