"""What was written, kept until the server has stored it or it is discarded.

Over a lost connection, a restart, a crash, a reset of the session, another account's log-in.
"""

import asyncio
import time
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Literal, TypedDict, cast

from mini_twitter_client.backoff import backoff
from mini_twitter_client.calls import new_client_id
from mini_twitter_client.emitter import Emitter
from mini_twitter_client.errors import LoggedOutError, ProblemError, UnreachableError
from mini_twitter_client.operations import OPERATIONS
from mini_twitter_client.storage import Storage

SEND_SECONDS = 10.0
UPLOAD_SECONDS = 120.0
FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0
KNOWN_SECONDS = 23 * 3600  # the server knows a client_id again for 24 hours
UNKNOWN = {
    "type": "about:blank",
    "title": "Nobody knows whether it was sent",
    "status": 0,
    "code": "outcome_unknown",
    "detail": "It was tried more than a day ago, and no answer came. "
    "Sent again, it may be there twice.",
}


class Entry(TypedDict):
    """Something to send. Times are seconds since the epoch; problem: why it was refused."""

    id: str
    account: int
    operation: str
    input: dict[str, Any]
    created_at: float
    tried_at: float | None
    state: Literal["waiting", "sending", "refused"]
    problem: dict[str, Any] | None


class Outbox(Emitter):
    """Emits "change" with an entry, "sent" with {entry, result}, "gone" with one discarded."""

    def __init__(
        self, storage: Storage, call: Callable[[str, dict[str, Any], float], Awaitable[Any]]
    ) -> None:
        super().__init__()
        self._storage = storage
        self._deliver_by = call
        self._account: int | None = None
        self._entries: dict[str, Entry] = {}
        self._due = asyncio.Event()
        self._sender: asyncio.Task[None] | None = None
        self._attempt = 0

    @property
    def entries(self) -> list[Entry]:
        """What is not stored yet, in the order in which it was written."""
        return list(self._entries.values())

    async def open(self, account: int | None) -> None:
        """Take up what this user has left to send; None when nobody is logged in."""
        if account == self._account:
            return
        await self.close()
        self._account = account
        if account is None:
            return
        for _, stored in await self._storage.entries(f"outbox {account} "):
            entry = cast(Entry, stored)
            self._entries[entry["id"]] = entry
        self._sender = asyncio.create_task(self._send_all())
        self.flush()

    async def close(self) -> None:
        """Stop sending; what is left stays in the storage."""
        sender, self._sender, self._account = self._sender, None, None
        self._entries.clear()
        if sender is not None:
            sender.cancel()
            await asyncio.wait([sender])

    async def send(self, operation: str, **fields: Any) -> Entry:
        """Send this, now or as soon as can be.

        Returns its entry once that would survive a crash. pictures, a list of dicts with a file
        (Path or bytes) and alt, are kept with it, sent first, and named in media_ids. Raises
        LoggedOutError.
        """
        if not OPERATIONS[operation].client_id:
            raise TypeError(f"{operation} has no client_id, by which a retry is known.")
        if self._account is None:
            raise LoggedOutError("Nobody is logged in.")
        if pictures := fields.get("pictures"):
            fields["pictures"] = [_kept(picture) for picture in pictures]
        name = fields.get("client_id") or new_client_id()
        entry = Entry(
            id=name,
            account=self._account,
            operation=operation,
            input={**fields, "client_id": name},
            created_at=time.time(),
            tried_at=None,
            state="waiting",
            problem=None,
        )
        await self._keep(entry)
        self._entries[name] = entry
        await self.emit("change", entry)
        self.flush()
        return entry

    async def retry(self, id: str, **changes: Any) -> Entry:
        """Send again what was refused, with changes to its input; return its new entry."""
        old = self._entries[id]
        fields = {key: value for key, value in old["input"].items() if key != "client_id"}
        entry = await self.send(old["operation"], **{**fields, **changes})
        await self.discard(id)
        return entry

    async def discard(self, id: str) -> None:
        """Give it up. What is being sent may be stored all the same."""
        entry = self._entries.pop(id, None)
        if entry is not None:
            await self._storage.delete(_key(entry))
            await self.emit("gone", entry)

    def flush(self) -> None:
        """Try now, if anything waits."""
        self._due.set()

    async def drained(self) -> None:
        """Wait until nothing waits to be sent."""
        changed = asyncio.Event()
        for name in ("change", "sent", "gone"):
            self.on(name, lambda _: changed.set())
        while any(entry["state"] != "refused" for entry in self.entries):
            await changed.wait()
            changed.clear()

    async def _send_all(self) -> None:
        while True:
            await self._due.wait()
            self._due.clear()
            lanes: dict[tuple[str, Any], list[Entry]] = {}
            for entry in self.entries:
                if entry["state"] == "waiting":
                    # Each conversation has an order of its own.
                    lane = (entry["operation"], entry["input"].get("conversation_id"))
                    lanes.setdefault(lane, []).append(entry)
            pauses = await asyncio.gather(*(self._drain(lane) for lane in lanes.values()))
            waits = [pause for pause in pauses if pause is not None]
            if waits:
                asyncio.get_running_loop().call_later(min(waits), self.flush)
            else:
                self._attempt = 0

    async def _drain(self, lane: list[Entry]) -> float | None:
        """Send in order; return the seconds after which to go on, None when it is done."""
        for entry in lane:
            if entry["id"] in self._entries:
                pause = await self._deliver(entry)
                if pause is not None:
                    return pause
        return None

    async def _deliver(self, entry: Entry) -> float | None:
        tried = entry["tried_at"]
        if tried is not None and time.time() - tried > KNOWN_SECONDS:
            await self._refused(entry, UNKNOWN)
            return None
        await self._become(entry, "sending")
        try:
            fields = await self._with_pictures(entry)
            if tried is None:
                entry["tried_at"] = time.time()
                await self._keep(entry)
            result = await self._deliver_by(entry["operation"], fields, SEND_SECONDS)
        except LoggedOutError:
            await self._become(entry, "waiting")  # until somebody logs in
            return None
        except UnreachableError:
            await self._become(entry, "waiting")
            return self._backoff()
        except ProblemError as error:
            if await self._picture_expired(entry, error):
                return 0.0
            if not error.passes and error.status != 401:
                await self._refused(entry, error.problem)
                return None
            await self._become(entry, "waiting")
            return max(self._backoff(), error.retry_after or 0)
        await self._storage.delete(_key(entry))
        self._entries.pop(entry["id"], None)
        await self.emit("sent", {"entry": entry, "result": result})
        return None

    async def _with_pictures(self, entry: Entry) -> dict[str, Any]:
        """Return its input, once its pictures are with the server.

        Each that is, is not sent again after a restart.
        """
        fields = dict(entry["input"])
        pictures = fields.pop("pictures", None)
        if not pictures:
            return fields
        for picture in pictures:
            if "id" not in picture:
                upload = {"file": b64decode(picture["data"]), "alt": picture["alt"]}
                sent = await self._deliver_by("media.upload", upload, UPLOAD_SECONDS)
                picture["id"] = sent["id"]
                await self._keep(entry)
        return {**fields, "media_ids": [picture["id"] for picture in pictures]}

    async def _picture_expired(self, entry: Entry, error: ProblemError) -> bool:
        """Have its pictures sent once more where the server, which keeps them a day, has none.

        Had it been stored, that would have been the answer.
        """
        pictures = entry["input"].get("pictures") or []
        errors = error.problem.get("errors") or {}
        if not any(field.startswith("media_ids.") for field in errors) or any(
            picture.get("again") for picture in pictures
        ):
            return False
        for picture in pictures:
            picture.pop("id", None)
            picture["again"] = True
        await self._keep(entry)
        await self._become(entry, "waiting")
        return bool(pictures)

    async def _refused(self, entry: Entry, problem: dict[str, Any]) -> None:
        entry["problem"] = problem
        if entry["id"] in self._entries:
            await self._keep({**entry, "state": "refused"})
        await self._become(entry, "refused")

    async def _become(self, entry: Entry, state: Literal["waiting", "sending", "refused"]) -> None:
        if entry["state"] != state:
            entry["state"] = state
            await self.emit("change", entry)

    async def _keep(self, entry: Entry) -> None:
        state = "waiting" if entry["state"] == "sending" else entry["state"]
        await self._storage.set(_key(entry), {**entry, "state": state})

    def _backoff(self) -> float:
        self._attempt += 1
        return backoff(self._attempt - 1, FIRST_WAIT, LONGEST_WAIT)


def _kept(picture: dict[str, Any]) -> dict[str, Any]:
    """Return a picture as JSON holds it, so that it outlives its file and this process."""
    if "data" in picture:
        return {"data": picture["data"], "alt": picture["alt"]}
    file = picture["file"]
    data = file.read_bytes() if isinstance(file, Path) else file
    return {"data": b64encode(data).decode(), "alt": picture.get("alt", "")}


def _key(entry: Entry) -> str:
    return f"outbox {entry['account']} {entry['created_at']:020.6f} {entry['id']}"
