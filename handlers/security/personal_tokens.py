"""What personal access tokens look like: known to secret scanners, and for what they are.

`mt_pat_`, 30 characters at random, and a checksum of these in 6, as GitHub's have it: a token that
was typed wrongly or made up is refused before anything is looked up.
"""

import secrets
import string
import zlib

PREFIX = "mt_pat_"
RANDOM_CHARACTERS = 30  # of 62: 178 bits
CHECKSUM_CHARACTERS = 6
HINT_CHARACTERS = 4
ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase


def new_token() -> str:
    """Return a new token."""
    random = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_CHARACTERS))
    return f"{PREFIX}{random}{_checksum(random)}"


def is_well_formed(token: str) -> bool:
    """Tell whether this may be a token: whether its checksum is right."""
    random = token[len(PREFIX) : -CHECKSUM_CHARACTERS]
    return (
        token.startswith(PREFIX)
        and token.isascii()
        and len(random) == RANDOM_CHARACTERS
        and token.endswith(_checksum(random))
    )


def hint(token: str) -> str:
    """Return what a token ends in, by which its owner recognises it."""
    return token[-HINT_CHARACTERS:]


def _checksum(text: str) -> str:
    number = zlib.crc32(text.encode())
    digits = ""
    for _ in range(CHECKSUM_CHARACTERS):
        number, digit = divmod(number, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    return digits
