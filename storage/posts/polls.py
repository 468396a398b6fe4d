"""Polls: what a post asks, who chose what, and how many did.

A vote is one statement. It takes no lock that another voter waits for, but on its part of the
tally: that is spread over SHARDS rows by the voter, and read as their sum.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

from storage import jobs, notifications
from storage.database.columns import Columns
from storage.database.pool import Database
from storage.database.post_columns import LIVE_POLL, POLL_HAS_ENDED, POLL_SOURCES
from storage.database.query import Command, Query, Scalar
from storage.database.visibility import NOBODY, is_active, may_interact
from storage.errors import AlreadyVoted, Blocked, NotFound, OwnPoll, PollEnded, UnusableChoices
from storage.events import log
from storage.record import record
from storage.records import Poll
from storage.uncounted import SHARD, VOTES_CHANGED, is_counted

OPTIONS_MIN, OPTIONS_MAX = 2, 4
# By then what was still voting at the end has voted.
TOLD_AFTER = timedelta(seconds=2)
TOLD_AT_ONCE = 200  # voters, each with a row in the notifications and one in the log


@dataclass(frozen=True, slots=True)
class PollDraft:
    """A poll as it is asked for."""

    options: Sequence[str]
    multiple: bool
    hide_totals: bool
    lasts: timedelta

    def described(self) -> dict[str, object]:
        """Return it as plain JSON, to tell it from another."""
        return {
            "options": list(self.options),
            "multiple": self.multiple,
            "hide_totals": self.hide_totals,
            "lasts": self.lasts.total_seconds(),
        }


ATTACH_POLL = Scalar(
    """
    WITH flagged AS (UPDATE posts SET has_poll = true WHERE id = $1)
    INSERT INTO polls (post_id, options, multiple, hide_totals, ends_at)
    VALUES ($1, $2, $3, $4, now() + $5::interval) RETURNING ends_at""",
    datetime,
)


async def attach(connection: asyncpg.Connection, post_id: int, draft: PollDraft) -> None:
    """Give a new post its poll, and have its end told when it has come."""
    await ATTACH_POLL.one(
        connection, post_id, draft.options, draft.multiple, draft.hide_totals, draft.lasts
    )
    await jobs.enqueue(
        connection,
        "poll.end",
        {"post_id": post_id},
        dedupe_key=f"poll.end:{post_id}",
        execute_after=draft.lasts + TOLD_AFTER,
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """A poll as it is voted in: chosen is what the voter had chosen before, if anything."""

    author_id: int
    may_interact: bool
    options: int
    multiple: bool
    ended: bool
    chosen: list[int] | None
    done: bool


# A poll that is being deleted meanwhile is passed over, and one whose author is suspended.
VOTE = Query(
    f"""
    WITH asked AS MATERIALIZED (
        SELECT p.author_id, {may_interact("$1", "p.author_id")} AS may_interact,
               cardinality(ballot.options) AS options, ballot.multiple,
               {POLL_HAS_ENDED} AS ended
          FROM polls ballot JOIN posts p ON p.id = ballot.post_id
          JOIN users u ON u.id = p.author_id
         WHERE ballot.post_id = $2 AND {is_active("u")} FOR KEY SHARE OF ballot),
    vote AS (
        INSERT INTO poll_votes (user_id, post_id, choices)
        SELECT $1, $2, $3::smallint[] FROM asked
         WHERE may_interact AND NOT ended AND author_id <> $1
           AND options > ALL($3::smallint[]) AND (multiple OR cardinality($3::smallint[]) = 1)
        ON CONFLICT (user_id, post_id) DO NOTHING RETURNING *),
    counted AS (
        INSERT INTO poll_tallies AS t (post_id, shard, voters, votes_0, votes_1, votes_2, votes_3)
        SELECT post_id, {SHARD.format("user_id")}, 1, (0 = ANY(choices))::integer,
               (1 = ANY(choices))::integer, (2 = ANY(choices))::integer,
               (3 = ANY(choices))::integer
          FROM vote
        ON CONFLICT (post_id, shard) DO UPDATE
           SET voters = t.voters + 1, votes_0 = t.votes_0 + excluded.votes_0,
               votes_1 = t.votes_1 + excluded.votes_1, votes_2 = t.votes_2 + excluded.votes_2,
               votes_3 = t.votes_3 + excluded.votes_3)
    SELECT author_id, may_interact, options, multiple, ended,
           (SELECT choices FROM poll_votes WHERE user_id = $1 AND post_id = $2) AS chosen,
           EXISTS (SELECT FROM vote) AS done
      FROM asked""",
    _Asked,
)


@dataclass(frozen=True, slots=True)
class _Chosen:
    choices: list[int]


CHOSEN = Query("SELECT choices FROM poll_votes WHERE user_id = $1 AND post_id = $2", _Chosen)


async def vote(db: Database, user_id: int, post_id: int, choices: Sequence[int]) -> bool:
    """Vote in the poll of a post, for these places of its options, ascending and each once.

    Returns:
        False where the user has chosen the same before, so that nothing changes.

    Raises:
        NotFound: There is no such poll.
        Blocked: One of the two has blocked the other.
        OwnPoll: The user has asked it.
        UnusableChoices: No such option, or several where one is to be chosen.
        AlreadyVoted: The user has made another choice.
        PollEnded: It is too late.
    """
    asked = await VOTE.maybe(db, user_id, post_id, choices)
    if asked is None:
        raise NotFound("poll")
    if asked.done:
        return True
    if not asked.may_interact:
        raise Blocked
    if asked.author_id == user_id:
        raise OwnPoll
    if choices[-1] >= asked.options:
        raise UnusableChoices(f"This poll has {asked.options} options, counted from 0.")
    if len(choices) > 1 and not asked.multiple:
        raise UnusableChoices("In this poll one option is chosen.")
    # Where another vote of the user's came in between, the statement has not seen it.
    chosen = asked.chosen
    if chosen is None and (meanwhile := await CHOSEN.maybe(db, user_id, post_id)):
        chosen = meanwhile.choices
    if chosen == list(choices):
        return False
    if chosen is not None:
        raise AlreadyVoted
    raise PollEnded if asked.ended else NotFound("poll")


@record
class LivePoll:
    """A poll for those who watch its post."""

    author_id: int
    post_id: int
    poll: Poll


LIVE_POLLS_COLUMNS = Columns(
    LivePoll, {"author_id": "p.author_id", "post_id": "p.id", "poll": LIVE_POLL.within("{}")}
)
LIVE_POLLS = Query(
    f"""
    SELECT {LIVE_POLLS_COLUMNS}
      FROM {POLL_SOURCES} JOIN posts p ON p.id = ballot.post_id JOIN users u ON u.id = p.author_id
     WHERE ballot.post_id = ANY($1::bigint[]) AND {is_active("u")}""",
    LIVE_POLLS_COLUMNS,
)


async def live(db: Database, post_ids: Sequence[int]) -> list[LivePoll]:
    """Return the polls of those of these posts that are there and whose authors are active."""
    return await LIVE_POLLS.all(db, post_ids)


# Their part of the tally is that of the voter, who is locked: nobody else counts it meanwhile.
TAKE_BACK_VOTES = Scalar(
    f"""
    WITH gone AS (
        DELETE FROM poll_votes WHERE user_id = $1 AND post_id = ANY(ARRAY(
               SELECT post_id FROM poll_votes WHERE user_id = $1 ORDER BY post_id LIMIT $2))
        RETURNING *),
    counted AS (
        UPDATE poll_tallies t SET {VOTES_CHANGED.format(sign="-", vote="gone")}
          FROM gone
         WHERE t.post_id = gone.post_id AND t.shard = {SHARD.format("gone.user_id")}
           AND {is_counted("vote", "gone.id")})
    SELECT post_id FROM gone""",
    int,
)


async def take_back(connection: asyncpg.Connection, user_id: int, limit: int) -> int:
    """Delete so many votes of a user, whose counter is locked; return how many there were."""
    return len(await TAKE_BACK_VOTES.all(connection, user_id, limit))


@dataclass(frozen=True, slots=True)
class _Ended:
    author_id: int
    told_up_to: int | None


ENDED_POLL = Query(
    f"""
    SELECT p.author_id, ballot.told_up_to
      FROM polls ballot JOIN posts p ON p.id = ballot.post_id JOIN users u ON u.id = p.author_id
     WHERE ballot.post_id = $1 AND {POLL_HAS_ENDED} AND p.author_id <> {NOBODY}
       AND {is_active("u")}""",
    _Ended,
)
VOTERS_TO_TELL = Scalar(
    f"""
    SELECT v.user_id FROM poll_votes v WHERE v.post_id = $1 AND v.user_id > $2
     ORDER BY v.user_id LIMIT {TOLD_AT_ONCE}""",
    int,
)
ACTIVE_AMONG = Scalar(
    f"SELECT u.id FROM users u WHERE u.id = ANY($1::bigint[]) AND {is_active('u')}", int
)
SET_TOLD = Command("UPDATE polls SET told_up_to = $2 WHERE post_id = $1")


@dataclass(frozen=True, slots=True)
class Told:
    """Who has just been told that a poll has ended; is_first: nobody had been before."""

    notified: list[notifications.Notified]
    is_first: bool
    is_done: bool


async def tell_end(db: Database, post_id: int) -> Told:
    """Notify the author, and some of those who voted, that a poll has ended.

    Each is notified once: up to whom all are is stored with what they are told. Nobody is where
    the poll is gone or its author suspended.
    """
    async with db.transaction() as connection:
        poll = await ENDED_POLL.maybe(connection, post_id)
        if poll is None:
            return Told([], is_first=False, is_done=True)
        voters = await VOTERS_TO_TELL.all(connection, post_id, poll.told_up_to or 0)
        told = voters if poll.told_up_to is not None else [poll.author_id, *voters]
        await log.lock(connection, {poll.author_id, *told})
        if await ENDED_POLL.maybe(connection, post_id) != poll:  # another worker came before
            return Told([], is_first=False, is_done=False)
        active = set(await ACTIVE_AMONG.all(connection, told))
        notified = await notifications.add(
            connection,
            [
                notifications.NotificationDraft(user_id, "poll", poll.author_id, post_id)
                for user_id in told
                if user_id in active
            ],
        )
        last = voters[-1] if voters else poll.told_up_to or 0
        await SET_TOLD.run(connection, post_id, last)
        done = len(voters) < TOLD_AT_ONCE
        return Told(notified, is_first=poll.told_up_to is None, is_done=done)
