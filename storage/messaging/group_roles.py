"""Who is what in a group, what each may do, and how a group is changed by one at a time."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

import asyncpg

from storage.database.pool import Database
from storage.database.query import Executor, Query
from storage.errors import NotAGroup, NotFound, RoleRequired
from storage.events import log
from storage.messaging.conversations import STAFF

Role = Literal["owner", "admin", "member"]
WhoMay = Literal["members", "admins"]


@dataclass(frozen=True, slots=True)
class Group:
    """A conversation and who is in it: staff are the owner, who comes first, and the admins."""

    kind: str
    rank: int
    who_may_add: str
    who_may_rename: str
    members: list[int]
    staff: list[int]

    def role(self, user_id: int) -> Role:
        """Return the role of somebody who is in the group."""
        if user_id not in self.staff:
            return "member"
        return "owner" if user_id == self.staff[0] else "admin"

    def require(self, user_id: int, who_may: str) -> None:
        """RoleRequired unless the user is among those who may: members or admins."""
        if who_may != "members" and user_id not in self.staff:
            raise RoleRequired

    def require_above(self, user_id: int, other_id: int) -> None:
        """RoleRequired unless the user may remove the other: the owner all, an admin members."""
        self.require(user_id, "admins")
        if other_id in self.staff and self.role(user_id) != "owner":
            raise RoleRequired


GROUP = Query(
    f"""
    SELECT c.kind, c.rank, c.who_may_add, c.who_may_rename, ARRAY(
        SELECT user_id FROM participants p
         WHERE p.conversation_id = c.id AND p.left_at IS NULL) AS members, ARRAY(
        SELECT s.user_id FROM {STAFF} ORDER BY s.place) AS staff
      FROM conversations c WHERE c.id = $1""",
    Group,
)


async def get(db: Executor, user_id: int, conversation_id: int) -> Group:
    """Return a group as it is. NotFound unless the user is in it; NotAGroup."""
    return _seen(await GROUP.maybe(db, conversation_id), user_id)


def _seen(group: Group | None, user_id: int) -> Group:
    if group is None or user_id not in group.members:
        raise NotFound("conversation")
    if group.kind == "direct":
        raise NotAGroup
    return group


@asynccontextmanager
async def changing(
    db: Database, user_id: int, conversation_id: int, others: Iterable[int] = ()
) -> AsyncIterator[tuple[asyncpg.Connection, Group]]:
    """Begin a transaction in which nobody else changes the group, and all counters are locked.

    Those are of all who are in it, of the user and of the others. NotFound unless the user is in
    the group; NotAGroup.
    """
    async with _locked(db, {user_id, *others}, conversation_id) as (connection, group):
        yield connection, _seen(group, user_id)


@asynccontextmanager
async def entering(
    db: Database, user_id: int, conversation_id: int, what: str
) -> AsyncIterator[tuple[asyncpg.Connection, Group]]:
    """Begin the same for who need not be in the group; NotFound of what, if there is none."""
    async with _locked(db, {user_id}, conversation_id) as (connection, group):
        if group is None or group.kind == "direct":
            raise NotFound(what)
        yield connection, group


@asynccontextmanager
async def _locked(
    db: Database, users: set[int], conversation_id: int
) -> AsyncIterator[tuple[asyncpg.Connection, Group | None]]:
    """Lock all in the group: anew, from the lowest id on, when somebody has joined meanwhile."""
    while True:
        async with db.transaction() as connection:
            before = await GROUP.maybe(connection, conversation_id)
            locked = {*users, *(before.members if before else ())}
            await log.lock(connection, locked)
            group = await GROUP.maybe(connection, conversation_id)
            if group is None or locked.issuperset(group.members):
                yield connection, group
                return
