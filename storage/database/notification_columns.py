"""What is selected of notifications."""

from storage.database.columns import Columns
from storage.database.message_columns import MESSAGE_EXCERPT
from storage.database.user_columns import image_url, user_ref
from storage.database.visibility import is_active
from storage.records import Notification, PostExcerpt


def read_up_to(user_id: str) -> str:
    """Return up to which id a user has read all notifications."""
    return f"(SELECT notifications_read_up_to FROM user_seq WHERE user_id = {user_id})"


# That a notification n is unread: marked neither itself nor with all up to an id.
UNREAD = f"(n.read_at IS NULL AND n.id > {read_up_to('n.user_id')})"

# From posts p and their authors, users w.
EXCERPT = Columns(
    PostExcerpt,
    {
        "id": "p.id",
        "author": user_ref("w"),
        "content": "p.content",
        "image": image_url("p.image"),
        "sensitive": "p.sensitive",
    },
)

# From notifications n and their actors, users a.
NOTIFICATION = Columns(
    Notification,
    {
        "id": "n.id",
        "kind": "n.kind",
        "actor": user_ref("a"),
        "post_id": "n.post_id",
        "read": f"NOT {UNREAD}",
        "created_at": "n.created_at",
        "post": EXCERPT.within(f"""(
            SELECT {{}} FROM posts p JOIN users w ON w.id = p.author_id
             WHERE p.id = n.post_id AND {is_active("w")})"""),
        "message_id": "n.message_id",
        "conversation_id": """CASE WHEN n.message_id IS NOT NULL THEN (
            SELECT conversation_id FROM messages WHERE id = n.message_id) END""",
        "message": MESSAGE_EXCERPT.within("""CASE WHEN n.message_id IS NOT NULL THEN (
            SELECT {} FROM messages q JOIN users w ON w.id = q.sender_id
              JOIN participants v ON v.conversation_id = q.conversation_id
                   AND v.user_id = n.user_id
             WHERE q.id = n.message_id AND v.left_at IS NULL AND q.id > v.visible_after) END"""),
    },
)
