"""Codes that are good once: of a program of the user's (TOTP, RFC 6238), and to recover with."""

import base64
import hashlib
import io
import secrets
import time

import segno
from cryptography.hazmat.primitives import constant_time
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

# What every program for it takes, and some take nothing else.
DIGITS = 6
STEP_SECONDS = 30
SECRET_BYTES = 20  # as long as what the codes are made by (RFC 4226, section 4)
STEPS_EARLY, STEPS_LATE = 1, 1  # that a clock may be off

RECOVERY_CODES = 10
RECOVERY_BYTES = 10  # 80 bits: nobody guesses one, even who has its hash
ISSUER = "Mini-Twitter"


def new_secret() -> bytes:
    """Return a secret for a user's program."""
    return secrets.token_bytes(SECRET_BYTES)


def spell(secret: bytes) -> str:
    """Return a secret as people type it into their program, in Base32."""
    return base64.b32encode(secret).decode()


def uri(secret: bytes, username: str) -> str:
    """Return the `otpauth` address that programs read out of a link or a QR code."""
    return _totp(secret).get_provisioning_uri(username, ISSUER)


def qr_code(text: str) -> str:
    """Return a text as a QR code: an SVG image."""
    image = io.BytesIO()
    segno.make(text, micro=False).save(image, kind="svg", xmldecl=False, scale=4, light="#fff")
    return image.getvalue().decode()


def step(secret: bytes, code: str, after: int) -> int | None:
    """Return the number of the step that this is the code of; None when it is of none.

    Args:
        secret: The user's.
        code: As typed; spaces do not count.
        after: The step of the code that was used last: it and those before are over.
    """
    typed = "".join(code.split()).encode()
    now = int(time.time()) // STEP_SECONDS
    found = None
    for one in range(now - STEPS_LATE, now + STEPS_EARLY + 1):
        is_it = constant_time.bytes_eq(_totp(secret).generate(one * STEP_SECONDS), typed)
        if is_it and one > after and found is None:
            found = one
    return found


def new_recovery_codes() -> tuple[list[str], list[bytes]]:
    """Return codes to show, in groups of four characters, and their hashes to store."""
    codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
    return codes, [recovery_hash(one) for one in codes]


def recovery_hash(code: str) -> bytes:
    """Return what of a recovery code is stored; spaces, hyphens and capitals do not count."""
    plain = "".join(c for c in code.upper() if c.isalnum())
    return hashlib.sha256(plain.encode()).digest()


def _recovery_code() -> str:
    text = base64.b32encode(secrets.token_bytes(RECOVERY_BYTES)).decode().lower()
    return "-".join(text[at : at + 4] for at in range(0, len(text), 4))


def _totp(secret: bytes) -> TOTP:
    return TOTP(secret, DIGITS, SHA1(), STEP_SECONDS)
