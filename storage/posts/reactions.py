"""Likes and retweets: each is done once, counted once, and notified to the author once.

Doing one is one statement, and undoing it another: it looks, locks the author's counter and writes.
Where somebody has changed something between its look and its lock it writes nothing, and is
repeated in a transaction that has locked the counter before (log.taken).
"""

from storage.accounts import push
from storage.database.columns import Columns
from storage.database.notification_columns import EXCERPT, NOTIFICATION, UNREAD
from storage.database.pool import Database
from storage.database.post_columns import POST
from storage.database.query import Executor, Query
from storage.database.user_columns import user_ref
from storage.database.visibility import is_active, may_interact, not_muted, visible_by_id
from storage.errors import Blocked, NotFound
from storage.events import log
from storage.events.types import NotificationCreated, NotificationDeleted
from storage.notifications import Notified
from storage.record import record
from storage.records import Post
from storage.uncounted import is_counted
from storage.withdrawn_notifications import Withdrawn


@record
class Reaction:
    """A reaction that was done or undone: the post as it is after it, and whom to tell.

    is_settled is false where another writer came in between: then nothing was done. id is of the
    row that says what was done, None where nothing changed; notified is the author's notification,
    if there is a new one, withdrawn one that was unread.
    """

    author_id: int
    may_interact: bool
    visible: bool
    is_settled: bool
    id: int | None
    notified: Notified | None
    withdrawn: Withdrawn | None
    post: Post


# A new one is unread, and its post is the one that is returned. It is about no message.
NEW_NOTIFICATION = NOTIFICATION.replace(
    read="false",
    post=EXCERPT.replace(author=user_ref("u")),
    message_id="NULL::bigint",
    conversation_id="NULL::bigint",
    message="NULL",
)
NOTIFIED = Columns(Notified, {"notification": NEW_NOTIFICATION, "logged": log.APPENDED})
WITHDRAWN = Columns(Withdrawn, {"ids": "ARRAY(SELECT id FROM withdrawn)", "logged": log.APPENDED})

# Of post $2 and its author, to user $1. `changed` is the row, if one was written.
REACTION = Columns(
    Reaction,
    {
        "author_id": "t.author_id",
        "may_interact": "t.may_interact",
        "visible": "t.visible",
        "is_settled": "EXISTS (SELECT FROM taken)",
        "id": "(SELECT id FROM changed)",
        "notified": "NULL",
        "withdrawn": "NULL",
        "post": POST,
    },
)


def _looked(may: str, visible: str, version: str) -> str:
    """Return how the statements begin; they take the author's counter where both conditions hold.

    Args:
        may: That neither of the two has blocked the other, where that matters.
        visible: That the user has the post by its id, of a block apart that `may` finds.
        version: Of the counter, as log.taken() compares it.
    """
    return f"""
    found AS MATERIALIZED (
        SELECT p.author_id, {version} AS version, {may} AS may_interact, {visible} AS visible
          FROM posts p JOIN users u ON u.id = p.author_id JOIN user_seq s ON s.user_id = u.id
         WHERE p.id = $2),
    target AS MATERIALIZED (SELECT * FROM found WHERE may_interact AND visible),
    taken AS MATERIALIZED ({log.taken(version)})"""


SELECTED = "FROM found t JOIN posts p ON p.id = $2 JOIN users u ON u.id = p.author_id"


class _Kind:
    """The statements of a kind of reaction, also called as its notification is.

    Args:
        name: The kind.
        counter: The column of posts that counts them.
        mark: The field of a post that says whether the viewer has done it.
        add: Adds the row to which `post`, locked, gives its id; nothing where it is there.
        remove: Removes it.
    """

    def __init__(self, name: str, *, counter: str, mark: str, add: str, remove: str) -> None:
        post = POST.replace(
            **{counter: f"coalesce((SELECT {counter} FROM counted), p.{counter})", mark: "true"}
        )
        done = REACTION.replace(
            post=post,
            notified=NOTIFIED.within("""(
                SELECT {} FROM notified n JOIN users a ON a.id = n.actor_id
                 CROSS JOIN numbered CROSS JOIN logged)"""),
        )
        # A post that is being deleted meanwhile, or given to nobody, is passed over.
        self.do = Query(
            f"""
            WITH {_looked(may_interact("$1", "p.author_id"), is_active("u"), log.QUIET)},
            post AS MATERIALIZED (
                SELECT p.id FROM taken JOIN posts p ON p.id = $2 AND p.author_id = taken.user_id
                   FOR NO KEY UPDATE OF p),
            changed AS ({add} RETURNING id),
            counted AS (
                UPDATE posts SET {counter} = {counter} + 1
                 WHERE id = $2 AND EXISTS (SELECT FROM changed) RETURNING {counter}),
            notified AS (
                INSERT INTO notifications (user_id, kind, actor_id, post_id)
                SELECT taken.user_id, '{name}', $1, $2 FROM taken CROSS JOIN changed
                 WHERE taken.user_id <> $1 AND {not_muted("taken.user_id", "$1")}
                ON CONFLICT ON CONSTRAINT notifications_once DO NOTHING RETURNING *),
            numbered AS (
                UPDATE user_seq SET seq = seq + 1, unread_notifications = unread_notifications + 1
                 WHERE user_id = (SELECT user_id FROM notified) RETURNING *),
            logged AS (
                INSERT INTO events (user_id, seq, kind, ref, actor_id)
                SELECT s.user_id, s.seq, '{NotificationCreated.name}', n.id, $1
                  FROM numbered s CROSS JOIN notified n RETURNING at),
            pushed AS (SELECT {push.EVENTS} AS events FROM numbered)
            SELECT {done} {SELECTED} CROSS JOIN pushed WHERE {push.enqueued("pushed.events")}""",
            done,
        )
        undone = REACTION.replace(
            post=post.replace(**{mark: "false"}),
            withdrawn=WITHDRAWN.within("(SELECT {} FROM numbered CROSS JOIN logged)"),
        )
        self.undo = Query(
            f"""
            WITH {_looked("true", visible_by_id("$1", "u"), log.CHANGED)},
            changed AS ({remove} AND EXISTS (SELECT FROM taken) RETURNING id),
            counted AS (
                UPDATE posts SET {counter} = {counter} - 1
                 WHERE id = $2 AND {is_counted(name, "(SELECT id FROM changed)")}
                   AND EXISTS (SELECT FROM changed) RETURNING {counter}),
            withdrawn AS (
                DELETE FROM notifications n USING taken
                 WHERE n.user_id = taken.user_id AND actor_id = $1 AND kind = '{name}'
                   AND post_id = $2 AND {UNREAD} AND EXISTS (SELECT FROM changed) RETURNING id),
            numbered AS (
                UPDATE user_seq SET seq = seq + 1, unread_notifications = unread_notifications - 1
                 WHERE user_id = (SELECT user_id FROM taken) AND EXISTS (SELECT FROM withdrawn)
                RETURNING *),
            logged AS (
                INSERT INTO events (user_id, seq, kind, actor_id, data)
                SELECT user_id, seq, '{NotificationDeleted.name}', user_id,
                       jsonb_build_object('ids', ARRAY(SELECT id FROM withdrawn))
                  FROM numbered RETURNING at)
            SELECT {undone} {SELECTED}""",
            undone,
        )


LIKE = _Kind(
    "like",
    counter="likes_count",
    mark="liked",
    add="""
        INSERT INTO likes (user_id, post_id) SELECT $1, id FROM post
        ON CONFLICT (user_id, post_id) DO NOTHING""",
    remove="DELETE FROM likes WHERE user_id = $1 AND post_id = $2",
)
RETWEET = _Kind(
    "retweet",
    counter="retweets_count",
    mark="retweeted",
    add="""
        INSERT INTO feed_entries (actor_id, post_id, kind) SELECT $1, id, 'retweet' FROM post
        ON CONFLICT (actor_id, post_id, kind) WHERE removed_xid IS NULL DO NOTHING""",
    remove="""
        UPDATE feed_entries SET removed_xid = pg_current_xact_id(), removed_at = now()
         WHERE actor_id = $1 AND post_id = $2 AND kind = 'retweet' AND removed_xid IS NULL""",
)


async def like(db: Database, user_id: int, post_id: int) -> Reaction:
    """Like a post. NotFound; Blocked where one of the two has blocked the other."""
    return await _settled(db, LIKE.do, user_id, post_id)


async def unlike(db: Database, user_id: int, post_id: int) -> Reaction:
    """Take a like back, if there is one, and its notification, if that is unread. NotFound."""
    return await _settled(db, LIKE.undo, user_id, post_id)


async def retweet(db: Database, user_id: int, post_id: int) -> Reaction:
    """Retweet a post; id is that of the new feed entry.

    NotFound; Blocked where one of the two has blocked the other.
    """
    return await _settled(db, RETWEET.do, user_id, post_id)


async def unretweet(db: Database, user_id: int, post_id: int) -> Reaction:
    """Take a retweet back, if there is one, and its notification, if that is unread. NotFound."""
    return await _settled(db, RETWEET.undo, user_id, post_id)


async def _settled(
    db: Database, statement: Query[Reaction], user_id: int, post_id: int
) -> Reaction:
    reaction = await _try(db, statement, user_id, post_id)
    if not reaction.is_settled:
        async with db.transaction() as connection:
            await log.lock(connection, [reaction.author_id])
            reaction = await _try(connection, statement, user_id, post_id)
    return reaction


async def _try(db: Executor, statement: Query[Reaction], user_id: int, post_id: int) -> Reaction:
    """NotFound; Blocked where the statement finds that one of the two blocks the other."""
    reaction = await statement.maybe(db, user_id, post_id)
    if reaction is not None and not reaction.may_interact:
        raise Blocked
    if reaction is None or not reaction.visible:
        raise NotFound("post")
    return reaction
