"""REST and commands behind one call."""

import asyncio
import json
import re
import secrets
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import aiohttp

from mini_twitter_client.connection import Connection
from mini_twitter_client.errors import LoggedOutError, ProblemError, UnreachableError
from mini_twitter_client.operations import OPERATIONS, Operation

TIMEOUT = 10.0  # seconds
UPLOAD_TIMEOUT = 60.0
AGAIN = 1.0  # where the server names no time
FIRST_WAIT, LONGEST_WAIT = 0.2, 2.0  # where it was not reached
# Done twice these are two: with an unknown outcome nobody but the caller may try again. Whatever
# else is not named by a client_id is the same when done twice.
ONCE = {"conversation.create", "report.create", "user.register", "session.rotate"}


def new_client_id() -> str:
    """Return a name for a write, by which the server knows a retry for one."""
    return secrets.token_hex(16)


class Calls:
    """access(stale) returns a token, None when nobody is logged in; connection() the socket."""

    def __init__(
        self,
        url: str,
        http: Callable[[], aiohttp.ClientSession],
        access: Callable[[str | None], Awaitable[str | None]],
        connection: Callable[[], Connection | None],
    ) -> None:
        self._url = url
        self._http = http
        self._access = access
        self._connection = connection

    async def call(
        self,
        name: str,
        fields: dict[str, Any],
        timeout: float | None = None,
        *,
        rest: bool = False,
        token: str | None = None,
    ) -> Any:
        """Call an operation; return its result, where `next` is the cursor of the next page.

        It goes by the socket where that is up and has the operation, else (or with rest=True) by
        REST. Where the server says when to come again, and timeout (seconds, for all tries) leaves
        the time, the call is made again; likewise when the answer is lost, if doing it twice is
        doing it once. token: instead of the session's. Raises ProblemError, LoggedOutError, and
        UnreachableError when nobody knows whether it was done.
        """
        operation = OPERATIONS[name]
        has_file = any(fields.get(key) is not None for key in operation.files)
        given = timeout or (UPLOAD_TIMEOUT if has_file else TIMEOUT)
        ends = time.monotonic() + given
        if operation.client_id and not fields.get("client_id"):
            fields = {**fields, "client_id": new_client_id()}
        by_socket = operation.command and not has_file and not rest
        for attempt in range(1_000_000):
            left = max(0.001, ends - time.monotonic())
            try:
                if by_socket and (self._live() or not operation.method):
                    return _with_cursor(await self._command(name, fields, left))
                return _with_cursor(await self._rest(operation, fields, left, token))
            except (ProblemError, UnreachableError) as error:
                wait = _again(name, error, attempt, ends - time.monotonic())
                if wait is None:
                    raise
                if isinstance(error, UnreachableError):
                    by_socket = operation.method is None
            await asyncio.sleep(wait)
        raise AssertionError

    def _live(self) -> bool:
        connection = self._connection()
        return connection is not None and connection.live

    async def _command(self, name: str, fields: dict[str, Any], timeout: float) -> Any:
        connection = self._connection()
        if connection is None:
            raise UnreachableError("Not connected.")
        return await connection.command(name, fields, timeout)

    async def _rest(
        self, operation: Operation, fields: dict[str, Any], timeout: float, token: str | None
    ) -> Any:
        if operation.open or token is not None:
            return await self._ask(operation, fields, timeout, token)
        token = await self._access(None)
        try:
            return await self._ask(operation, fields, timeout, token)
        except ProblemError as error:
            if error.status != 401:
                raise
            if token is None:
                raise LoggedOutError("Nobody is logged in.") from error
            return await self._ask(operation, fields, timeout, await self._access(token))

    async def _ask(
        self, operation: Operation, fields: dict[str, Any], timeout: float, token: str | None
    ) -> Any:
        left = dict(fields)
        path = re.sub(r"\{(\w+)\}", lambda key: quote(str(left.pop(key[1]))), operation.path)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        body: Any = None
        if operation.query:
            path += _query(left)
        elif any(left.get(key) is not None for key in operation.files):
            body = _form(left, operation.files)
        else:
            body = json.dumps(left)
            headers["Content-Type"] = "application/json"
        assert operation.method is not None
        try:
            async with self._http().request(
                operation.method,
                self._url + path,
                data=body,
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=timeout),
            ) as response:
                text = await response.text()
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise UnreachableError(f"The server cannot be reached ({error!r}).") from error
        if response.ok:
            return json.loads(text) if text else None
        raise ProblemError(_problem(response, text), _seconds(response.headers.get("Retry-After")))


def _again(name: str, error: Exception, attempt: int, left: float) -> float | None:
    """After how many seconds it is worth another try; None for not at all."""
    if isinstance(error, UnreachableError):
        wait = min(FIRST_WAIT * 2 ** min(attempt, 16), LONGEST_WAIT)
        return wait if name not in ONCE and wait < left else None
    assert isinstance(error, ProblemError)
    if error.status not in (429, 503):
        return None
    wait = AGAIN if error.retry_after is None else error.retry_after
    return wait if wait < left else None


def _query(fields: dict[str, Any]) -> str:
    given = {
        name: str(value).lower() if isinstance(value, bool) else value
        for name, value in fields.items()
        if value is not None
    }
    return f"?{urlencode(given)}" if given else ""


def _form(fields: dict[str, Any], files: tuple[str, ...]) -> aiohttp.FormData:
    form = aiohttp.FormData()
    for name, value in fields.items():
        if value is None:
            continue
        if name in files:
            data = value.read_bytes() if isinstance(value, Path) else value
            filename = value.name if isinstance(value, Path) else name
            form.add_field(name, data, filename=filename, content_type="application/octet-stream")
        else:
            form.add_field(name, str(value))
    return form


def _with_cursor(result: Any) -> Any:
    """REST answers the address of the next page, a command its cursor."""
    if isinstance(result, dict) and str(result.get("next") or "").startswith("/"):
        cursors = parse_qs(urlsplit(result["next"]).query).get("cursor", [None])
        return {**result, "next": cursors[0]}
    return result


def _problem(response: aiohttp.ClientResponse, text: str) -> dict[str, Any]:
    """Return the problem that was answered: by a proxy in between, perhaps, in no JSON."""
    try:
        problem = json.loads(text)
    except ValueError:
        problem = None
    if isinstance(problem, dict) and isinstance(problem.get("status"), int):
        return problem
    return {"status": response.status, "title": response.reason, "code": None}


def _seconds(text: str | None) -> float | None:
    return float(text) if text and text.isdigit() else None
