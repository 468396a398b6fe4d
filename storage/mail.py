"""What mails say, read when they are sent."""

from dataclasses import dataclass

from storage.query import Query, Runs


@dataclass(frozen=True, slots=True)
class FollowMail:
    """To whom, and who the new follower is."""

    email: str
    username: str
    display_name: str
    follower_username: str
    follower_display_name: str


FOLLOW = Query(
    """
    SELECT u.email, u.username, u.display_name,
           f.username AS follower_username, f.display_name AS follower_display_name
      FROM notifications n
      JOIN users u ON u.id = n.user_id AND u.deleted_at IS NULL AND u.suspended_at IS NULL
      JOIN users f ON f.id = n.actor_id AND f.deleted_at IS NULL AND f.suspended_at IS NULL
      JOIN follows w ON w.follower_id = f.id AND w.followed_id = u.id
     WHERE n.id = $1 AND n.kind = 'follow'""",
    FollowMail,
)


async def follow(db: Runs, notification_id: int) -> FollowMail | None:
    """None when there is nothing to tell any more: unfollowed, or one of the two has gone."""
    return await FOLLOW.maybe(db, notification_id)
