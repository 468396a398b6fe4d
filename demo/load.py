"""Write a community into PostgreSQL as a whole: one transaction of COPYs, then counts.

No events are logged. The event log is for clients that were connected before; these people come
into being with the rows, so whoever logs in as one of them reads everything over REST and goes on
from seq 0. What is loaded therefore concerns nobody but those loaded with it.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import asyncpg

from demo import counts
from demo.community import Community
from demo.conversations import ScriptedConversation
from handlers.text.entities import hashtags, mentioned_usernames

EMAILS = "example.org"  # reserved: a mail to it reaches nobody
NEW_IDS = """
    SELECT nextval(pg_get_serial_sequence($1, 'id')) AS id FROM generate_series(1, $2::bigint)"""
NEW_TAGS = "INSERT INTO hashtags (tag) SELECT unnest($1::text[]) ON CONFLICT (tag) DO NOTHING"
TAGS = "SELECT tag, id FROM hashtags WHERE tag = ANY($1::text[])"


async def load(
    connection: asyncpg.Connection,
    community: Community,
    password_hash: str,
    avatars: Sequence[str | None],
    images: Sequence[str | None],
) -> None:
    """Write everything, with all notifications and counts.

    Args:
        connection: outside of a transaction.
        community: what is written.
        password_hash: of everybody.
        avatars: a key of media, or None, for each person.
        images: a key of media, or None, for each post.
    """
    # Before the transaction: whoever writes a post with a new tag would wait for its end.
    tags = await _create_tags(connection, community)
    async with connection.transaction():
        people = await _copy_people(connection, community, password_hash, avatars)
        await _copy_follows(connection, community, people)
        posts = await _copy_posts(connection, community, people, images)
        await _copy_links(connection, community, people, posts, tags)
        await _copy_reactions(connection, community, people, posts)
        await _copy_conversations(connection, community.conversations, people)
        looked_at = [person.looked_at for person in community.people]
        await counts.update_counts(connection, people, looked_at)


async def _create_tags(connection: asyncpg.Connection, community: Community) -> dict[str, int]:
    """Return the ids of all hashtags of the community's posts."""
    tags = sorted({tag for post in community.posts for tag in hashtags(post.content)})
    await connection.execute(NEW_TAGS, tags)
    return {row["tag"]: row["id"] for row in await connection.fetch(TAGS, tags)}


async def _copy_people(
    connection: asyncpg.Connection,
    community: Community,
    password_hash: str,
    avatars: Sequence[str | None],
) -> list[int]:
    """Return their ids. Their addresses count as verified, and they want no mails."""
    people = community.people
    ids = await _new_ids(connection, "users", len(people))
    await _copy(
        connection,
        "users",
        "id username email password_hash display_name avatar digest_mails email_verified_at"
        " last_seen_at created_at",
        (
            (
                id,
                person.username,
                f"{person.username}@{EMAILS}",
                password_hash,
                person.display_name,
                avatar,
                False,
                person.created_at,
                person.looked_at,
                person.created_at,
            )
            for id, person, avatar in zip(ids, people, avatars, strict=True)
        ),
    )
    profiles = (
        (id, person.bio, person.location, person.website)
        for id, person in zip(ids, people, strict=True)
    )
    await _copy(connection, "profiles", "user_id bio location website", profiles)
    await _copy(connection, "user_seq", "user_id", ((id,) for id in ids))
    return ids


async def _copy_follows(
    connection: asyncpg.Connection, community: Community, people: Sequence[int]
) -> None:
    follows = (
        (people[follow.follower], people[follow.followed], follow.at)
        for follow in community.follows
    )
    await _copy(connection, "follows", "follower_id followed_id created_at", follows)


async def _copy_posts(
    connection: asyncpg.Connection,
    community: Community,
    people: Sequence[int],
    images: Sequence[str | None],
) -> list[int]:
    """Return their ids. Feed entries of posts and retweets are one list, in order of time."""
    ids = await _new_ids(connection, "posts", len(community.posts))
    posts = (
        (
            id,
            people[post.author],
            post.content,
            image,
            None if post.reply_to is None else ids[post.reply_to],
            post.at,
        )
        for id, post, image in zip(ids, community.posts, images, strict=True)
    )
    await _copy(connection, "posts", "id author_id content image reply_to created_at", posts)
    entries = [
        (people[post.author], id, "post", post.at)
        for id, post in zip(ids, community.posts, strict=True)
    ]
    entries += [
        (people[retweet.person], ids[retweet.post], "retweet", retweet.at)
        for retweet in community.retweets
    ]
    entries.sort(key=lambda entry: entry[3])
    await _copy(connection, "feed_entries", "actor_id post_id kind created_at", entries)
    return ids


async def _copy_links(
    connection: asyncpg.Connection,
    community: Community,
    people: Sequence[int],
    posts: Sequence[int],
    tags: dict[str, int],
) -> None:
    """Write what the operation of posting finds in the content of each."""
    named = {
        person.username.lower(): id for person, id in zip(community.people, people, strict=True)
    }
    tagged = []
    mentions = []
    for id, post in zip(posts, community.posts, strict=True):
        for place, tag in enumerate(hashtags(post.content), 1):
            tagged.append((id, tags[tag], people[post.author], place, post.at))
        names = [name for name in mentioned_usernames(post.content) if name in named]
        mentions += [(id, named[name], place) for place, name in enumerate(names, 1)]
    columns = "post_id hashtag_id author_id position created_at"
    await _copy(connection, "post_hashtags", columns, tagged)
    await _copy(connection, "mentions", "post_id user_id position", mentions)


async def _copy_reactions(
    connection: asyncpg.Connection,
    community: Community,
    people: Sequence[int],
    posts: Sequence[int],
) -> None:
    for table, reactions in (("likes", community.likes), ("bookmarks", community.bookmarks)):
        rows = (
            (people[reaction.person], posts[reaction.post], reaction.at) for reaction in reactions
        )
        await _copy(connection, table, "user_id post_id created_at", rows)


async def _copy_conversations(
    connection: asyncpg.Connection,
    conversations: Sequence[ScriptedConversation],
    people: Sequence[int],
) -> None:
    """Write them. Beginnings and lines share one sequence in order of time: conversations.rank."""
    ids = await _new_ids(connection, "conversations", len(conversations))
    moments = sorted(
        (at, number, place)
        for number, conversation in enumerate(conversations)
        for place, at in enumerate([conversation.at, *(line.at for line in conversation.lines)])
    )
    ranks: list[list[int]] = [[] for _ in conversations]
    messages = []
    for rank, (at, number, place) in zip(
        await _new_ids(connection, "messages", len(moments)), moments, strict=True
    ):
        ranks[number].append(rank)
        if place:
            line = conversations[number].lines[place - 1]
            messages.append((rank, ids[number], people[line.sender], line.text, at))
    rows = []
    participants = []
    for id, conversation, drawn in zip(ids, conversations, ranks, strict=True):
        members = [people[member] for member in conversation.members]
        key = ":".join(map(str, sorted(members))) if conversation.title is None else None
        rows.append(
            (
                id,
                "group" if key is None else "direct",
                conversation.title,
                key,
                members[0],
                drawn[0],
                drawn[-1],
                conversation.at,
                conversation.lines[-1].at,
            )
        )
        for member, read in zip(members, conversation.read, strict=True):
            participants.append((id, member, conversation.at, drawn[read] if read else 0))
    columns = "id kind title direct_key creator_id created_rank rank created_at updated_at"
    await _copy(connection, "conversations", columns, rows)
    columns = "conversation_id user_id joined_at last_read_id"
    await _copy(connection, "participants", columns, participants)
    columns = "id conversation_id sender_id content created_at"
    await _copy(connection, "messages", columns, messages)


async def _new_ids(connection: asyncpg.Connection, table: str, number: int) -> list[int]:
    """Return new ids of a table, ascending."""
    return sorted(row["id"] for row in await connection.fetch(NEW_IDS, table, number))


async def _copy(
    connection: asyncpg.Connection, table: str, columns: str, rows: Iterable[tuple[Any, ...]]
) -> None:
    await connection.copy_records_to_table(table, columns=columns.split(), records=rows)
