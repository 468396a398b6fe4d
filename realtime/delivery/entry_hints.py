"""Hints of new feed entries, and what each reader is sent of a quote.

A quote is one frame for all who may see what it quotes. From whom the quoted author is hidden gets
another, which says no more than why: there are as many as there are reasons, each made when
somebody needs it. Who that is tell the sets that audiences go by; the database is not asked. The
hint has a name of its own, which instances of a release before quotes do not know: they find the
entry in the database, and show it without what it quotes.
"""

from collections.abc import Iterable
from typing import TypeAlias

import orjson

from realtime.delivery.audiences import AudienceIndex
from realtime.delivery.user_stream import UserStream
from realtime.protocol import encoding
from storage.events.declaration import FeedEntryHint, QuoteEntryHint
from storage.events.types import QUOTE_ENTERED, PostCreated
from storage.posts.feed_entries import FeedEntry

EntryHint: TypeAlias = FeedEntryHint | QuoteEntryHint


def entry_hint(entry: FeedEntry) -> EntryHint:
    """Return the hint of an entry, which is that of a quote where there is something to hide."""
    post = entry.post
    tail = encoding.encode_tail(post.created_at, PostCreated(post))
    entered = FeedEntryHint(entry.entry_id, entry.xid, entry.actor_id, post.author.id, tail)
    if post.quoted is None or post.quoted.post is None:
        return entered
    return QuoteEntryHint(*entered[:-1], post.quoted.post.author.id, tail)


def name_of(hint: EntryHint) -> str:
    """Return the name under which a hint is published."""
    return QUOTE_ENTERED if isinstance(hint, QuoteEntryHint) else PostCreated.name


class Views:
    """Who is to be sent what of a feed entry; each is a hint whose tail one may see."""

    def __init__(self, hint: EntryHint, audiences: AudienceIndex) -> None:
        self._audiences = audiences
        self.quoted_author_id = None
        if isinstance(hint, QuoteEntryHint):
            self.quoted_author_id = hint.quoted_author_id
            hint = FeedEntryHint(*hint[:4], hint.tail)
        self.whole = hint
        self._hidden: dict[str, FeedEntryHint] = {}

    def of(self, user_id: int | None) -> FeedEntryHint:
        """Return what a local user is sent; None for somebody without a login."""
        if user_id is None or self.quoted_author_id is None:
            return self.whole
        state = self._audiences.hidden_as(user_id, self.quoted_author_id)
        if state is None:
            return self.whole
        if state not in self._hidden:
            self._hidden[state] = self.whole._replace(tail=_hidden(self.whole.tail, state))
        return self._hidden[state]

    def among(
        self, streams: Iterable[UserStream]
    ) -> Iterable[tuple[FeedEntryHint, Iterable[UserStream]]]:
        """Return what to send, with the users whom it is for."""
        if self.quoted_author_id is None:
            return [(self.whole, streams)]
        found: dict[FeedEntryHint, list[UserStream]] = {}
        for stream in streams:
            found.setdefault(self.of(stream.user_id), []).append(stream)
        return found.items()


def _hidden(tail: bytes, state: str) -> bytes:
    """Return a tail that says of what the post quotes why it is not shown, and nothing else."""
    ts, _, _ = tail.partition(b',"data":')
    data = encoding.data_of(tail)
    quoted = data["post"]["quoted"]
    post_id = None if state == "unauthorized" else quoted["post_id"]
    data["post"]["quoted"] = {"state": state, "post_id": post_id, "post": None}
    return b'%b,"data":%b}]' % (ts, orjson.dumps(data))
