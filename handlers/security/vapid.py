"""The key that says to push services who sends (VAPID, RFC 8292), as text in base64url."""

import base64
import binascii

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CURVE = ec.SECP256R1()
KEY_BYTES = 32
AUTH_BYTES = 16


def new_private_key() -> str:
    """Return a private key that nobody has had."""
    number = ec.generate_private_key(CURVE).private_numbers().private_value
    return _encode(number.to_bytes(KEY_BYTES))


def public_key(private_key: str) -> str:
    """Return the public key, as a browser takes it for its applicationServerKey.

    Raises:
        ValueError: This is no private key.
    """
    raw = _decode(private_key)
    if len(raw) != KEY_BYTES:
        raise ValueError("not 32 bytes")
    public = ec.derive_private_key(int.from_bytes(raw), CURVE).public_key()
    point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return _encode(point)


def check_p256dh(text: str) -> None:
    """Raise ValueError unless this is the public key of a browser: a point of the curve."""
    ec.EllipticCurvePublicKey.from_encoded_point(CURVE, _decode(text))


def check_auth(text: str) -> None:
    """Raise ValueError unless this is the authentication secret of a browser."""
    if len(_decode(text)) != AUTH_BYTES:
        raise ValueError("not 16 bytes")


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    """Return what base64url stands for, padded or not; ValueError for what is none."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError(str(error)) from error
