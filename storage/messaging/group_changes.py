"""What a change of a group tells whom: appended to their logs in the transaction of the change."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

import asyncpg

from storage.events import log
from storage.events.declaration import DurableEvent
from storage.events.types import (
    ConversationCreated,
    ConversationUpdated,
    InvitationEnded,
    JoinRequestEnded,
    MemberChanged,
)
from storage.messaging import conversations
from storage.messaging.group_roles import Group
from storage.records import Conversation

Outcome = Literal["accepted", "declined", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Told:
    """An event, and where it came to stand in the log of whom it tells."""

    event: DurableEvent
    logged: log.AppendedEvent


@dataclass(frozen=True, slots=True)
class GroupChange:
    """The group as the one who changed it sees it, and what was told of the change."""

    conversation: Conversation
    told: list[Told]


@dataclass(slots=True)
class Announcement:
    """What is to be told of a change that one user makes to a group, in this order."""

    conversation_id: int
    actor_id: int
    _entries: list[tuple[log.EventDraft, DurableEvent | None]] = field(default_factory=list)

    def updated(self, user_ids: Iterable[int], fewer_unread: dict[int, int] | None = None) -> None:
        """Tell these that the group has changed; to who is out of it, it is the last event."""
        for user_id in sorted(user_ids):
            unread = -(fewer_unread or {}).get(user_id, 0)
            self._add(user_id, ConversationUpdated, None, unread_messages=unread)

    def created(self, user_ids: Iterable[int]) -> None:
        """Tell these that they are in it now."""
        for user_id in sorted(user_ids):
            self._add(user_id, ConversationCreated, None)

    def member_changed(self, user_ids: Iterable[int], event: MemberChanged) -> None:
        """Tell these what somebody has become."""
        data: dict[str, Any] = {"user_id": event.user_id, "change": event.change}
        for user_id in sorted(user_ids):
            self._add(user_id, MemberChanged, event, data=data)

    def invitation_ended(self, user_id: int, outcome: Outcome) -> None:
        """Tell the one who was invited."""
        event = InvitationEnded(self.conversation_id, outcome)
        data = {"conversation_id": self.conversation_id, "outcome": outcome}
        draft = log.EventDraft(user_id, InvitationEnded, self.actor_id, None, data)
        self._entries.append((draft, event))

    def request_ended(
        self, group: Group, user_id: int, outcome: Literal["approved", "refused", "withdrawn"]
    ) -> None:
        """Tell the staff."""
        event = JoinRequestEnded(self.conversation_id, user_id, outcome)
        data: dict[str, Any] = {"user_id": user_id, "outcome": outcome}
        for one in sorted(group.staff):
            self._add(one, JoinRequestEnded, event, data=data)

    def about(self, user_id: int, ref: int, event: DurableEvent) -> None:
        """Tell one of an invitation or a request, by its id."""
        draft = log.EventDraft(user_id, type(event), self.actor_id, ref)
        self._entries.append((draft, event))

    def _add(
        self,
        user_id: int,
        kind: type[DurableEvent],
        event: DurableEvent | None,
        *,
        data: dict[str, Any] | None = None,
        unread_messages: int = 0,
    ) -> None:
        draft = log.EventDraft(
            user_id=user_id,
            event=kind,
            actor_id=self.actor_id,
            ref=self.conversation_id,
            data=data,
            unread_messages=unread_messages,
        )
        self._entries.append((draft, event))

    async def done(self, connection: asyncpg.Connection) -> GroupChange:
        """Append it; return the group as the one who has changed it sees it now."""
        told, views = await self._append(connection, {self.actor_id})
        return GroupChange(views[self.actor_id], told)

    async def append(self, connection: asyncpg.Connection) -> list[Told]:
        """Append it to the logs, whose counters are locked."""
        told, _ = await self._append(connection, set())
        return told

    async def _append(
        self, connection: asyncpg.Connection, viewers: set[int]
    ) -> tuple[list[Told], dict[int, Conversation]]:
        """Return also the group as these see it, among those who are told how they see it."""
        appended = await log.append(connection, [draft for draft, _ in self._entries])
        viewers |= {draft.user_id for draft, event in self._entries if event is None}
        views = {}
        if viewers:
            views = await conversations.own_views(connection, self.conversation_id, list(viewers))
        told = [
            Told(event if event is not None else _seen(draft, views), logged)
            for (draft, event), logged in zip(self._entries, appended, strict=True)
        ]
        return told, views


def _seen(draft: log.EventDraft, views: dict[int, Conversation]) -> DurableEvent:
    kind = ConversationCreated if draft.event is ConversationCreated else ConversationUpdated
    return kind(views[draft.user_id])
