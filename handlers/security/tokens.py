"""Access and refresh tokens: JWTs, signed with the installation's secret.

An access token names a session; a refresh token also the session's generation, which moves on when
it is used (storage/accounts/sessions.py has the rules).
"""

import base64
import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import jwt

from handlers.error_codes import ErrorCode
from handlers.errors import OperationError

ALGORITHM = "HS256"
ISSUER = "mini-twitter"
LEEWAY_SECONDS = 5  # for clocks of instances that differ
VERIFIED_MAX = 10_000  # access tokens whose signature is remembered to be good
REQUIRED = ["exp", "iat", "sub", "jti", "sid", "typ"]


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """What an access token says; expires_at in seconds of the Unix epoch."""

    user_id: int
    session_id: int
    expires_at: float


@dataclass(frozen=True, slots=True)
class RefreshClaims:
    """What a refresh token says."""

    user_id: int
    session_id: int
    generation: int


@dataclass(frozen=True, slots=True)
class TokenPair:
    """What a login or a refresh answers; expires_in is the access token's, in seconds.

    refresh is None where a cookie has it.
    """

    access: str
    refresh: str | None
    token_type: str
    expires_in: int
    user_id: int


class Tokens:
    """Signs and verifies the tokens of an installation, and the secrets of mailed links."""

    def __init__(self, secret: str, access_seconds: int, refresh_days: int) -> None:
        self._secret = secret
        self._verified: dict[str, AccessClaims] = {}
        self._access_seconds = access_seconds
        self.session_lifetime = timedelta(days=refresh_days)

    def issue(self, user_id: int, session_id: int, generation: int) -> TokenPair:
        """Return an access token, and the refresh token of this generation of the session."""
        claims = {"sub": str(user_id), "sid": session_id}
        return TokenPair(
            access=self._sign(claims, "access", self._access_seconds),
            refresh=self._sign(
                claims | {"gen": generation}, "refresh", self.session_lifetime.total_seconds()
            ),
            token_type="Bearer",
            expires_in=self._access_seconds,
            user_id=user_id,
        )

    def access(self, token: str) -> AccessClaims:
        """Return what an access token says. Raise TOKEN_INVALID or TOKEN_EXPIRED.

        A signature that was good is not verified again, which takes 38 us.
        """
        known = self._verified.get(token)
        if known is None:
            claims = self._verify(token, "access")
            known = AccessClaims(int(claims["sub"]), claims["sid"], float(claims["exp"]))
            if len(self._verified) >= VERIFIED_MAX:
                self._verified.clear()
            self._verified[token] = known
        elif known.expires_at <= time.time() - LEEWAY_SECONDS:
            del self._verified[token]
            raise _expired()
        return known

    def refresh(self, token: str) -> RefreshClaims:
        """Return what a refresh token says. Raise TOKEN_INVALID or TOKEN_EXPIRED."""
        claims = self._verify(token, "refresh")
        return RefreshClaims(int(claims["sub"]), claims["sid"], claims["gen"])

    def mailed(self, purpose: str, nonce: str) -> str:
        """Return the secret in a link that is good once.

        It is the same for the same nonce: a mail that is sent again has the same link, and the
        secret itself is kept nowhere.
        """
        return self._mac(f"{purpose}:{nonce}")

    def unsubscribing(self, user_id: int) -> str:
        """Return the secret in a link that is good for ever, for opting out of mails only."""
        return f"{user_id}.{self._mac(f'unsubscribe:{user_id}')}"

    def unsubscribed(self, token: str) -> int | None:
        """Return the user who was mailed this token; None when we made no such token."""
        digits, _, _ = token.partition(".")
        if not (digits.isascii() and digits.isdigit() and len(digits) < 19 and token.isascii()):
            return None
        genuine = hmac.compare_digest(token, self.unsubscribing(int(digits)))
        return int(digits) if genuine else None

    def _mac(self, message: str) -> str:
        key = hmac.digest(self._secret.encode(), b"mini-twitter mail links", hashlib.sha256)
        digest = hmac.digest(key, message.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    def _sign(self, claims: dict[str, Any], kind: str, seconds: float) -> str:
        now = int(time.time())
        more = {
            "typ": kind,
            "iss": ISSUER,
            "iat": now,
            "exp": now + int(seconds),
            "jti": secrets.token_urlsafe(12),
        }
        return jwt.encode(claims | more, self._secret, ALGORITHM)

    def _verify(self, token: str, kind: str) -> dict[str, Any]:
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self._secret,
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                leeway=LEEWAY_SECONDS,
                options={"require": REQUIRED},
            )
        except jwt.ExpiredSignatureError as error:
            raise _expired() from error
        except jwt.InvalidTokenError as error:
            raise OperationError(ErrorCode.TOKEN_INVALID, "Not a valid token.") from error
        if claims["typ"] != kind:
            raise OperationError(ErrorCode.TOKEN_INVALID, f"Not a valid {kind} token.")
        return claims


def _expired() -> OperationError:
    return OperationError(ErrorCode.TOKEN_EXPIRED, "The token has expired.")


def fingerprint(secret: str) -> bytes:
    """Return what is stored of a mailed secret: one of 256 random bits needs no salt."""
    return hashlib.sha256(secret.encode()).digest()
