"""FastAPI with asyncpg: an application as its documentation has it, in one file."""

import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated

import asyncpg
import jwt
import uvicorn
from fastapi import Depends, FastAPI, HTTPException, Request, status
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, Field

SECRET = os.environ["JWT_SECRET"]
PAGE = 20

POST = """
    SELECT p.id, p.content, p.image, p.reply_to, p.likes_count, p.retweets_count,
           p.replies_count, p.created_at, p.edited_at,
           u.id AS author_id, u.username, u.display_name, u.avatar,
           ARRAY(SELECT h.tag FROM post_hashtags t JOIN hashtags h ON h.id = t.hashtag_id
                  WHERE t.post_id = p.id ORDER BY t.position) AS hashtags,
           EXISTS (SELECT FROM likes WHERE user_id = $1 AND post_id = p.id) AS liked
      FROM posts p JOIN users u ON u.id = p.author_id"""
ONE = f"{POST} WHERE p.id = $2"
FEED = f"""{POST} JOIN follows f ON f.followed_id = p.author_id
     WHERE f.follower_id = $1 ORDER BY p.id DESC LIMIT $2"""
ME = """
    SELECT u.id, u.username, u.display_name, u.avatar, u.email, u.created_at, f.bio,
           f.followers_count, f.following_count, f.posts_count
      FROM users u JOIN profiles f ON f.user_id = u.id WHERE u.id = $1"""
PROFILE = """
    SELECT u.id, u.username, u.display_name, u.avatar, f.bio, f.location, f.website,
           f.followers_count, f.following_count, f.posts_count
      FROM profiles f JOIN users u ON u.id = f.user_id WHERE f.user_id = $1"""
IS_IN = "SELECT 1 FROM participants WHERE conversation_id = $1 AND user_id = $2"
SENDER = "SELECT id, username, display_name, avatar FROM users WHERE id = $1"
SEND = """
    INSERT INTO messages (conversation_id, sender_id, content, client_id) VALUES ($1, $2, $3, $4)
    RETURNING id, conversation_id, content, client_id, created_at, edited_at"""
MOVED = "UPDATE conversations SET updated_at = now() WHERE id = $1"
LIKE = "INSERT INTO likes (user_id, post_id) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING id"
COUNT = "UPDATE posts SET likes_count = likes_count + 1 WHERE id = $1 RETURNING author_id"
NOTIFY = """
    INSERT INTO notifications (user_id, kind, actor_id, post_id)
    VALUES ($1, 'like', $2, $3) ON CONFLICT DO NOTHING"""


class UserRef(BaseModel):
    id: int
    username: str
    display_name: str
    avatar: str | None


class Post(BaseModel):
    id: int
    author: UserRef
    content: str
    image: str | None
    reply_to: int | None
    hashtags: list[str]
    likes_count: int
    retweets_count: int
    replies_count: int
    liked: bool
    created_at: datetime
    edited_at: datetime | None


class Page(BaseModel):
    results: list[Post]
    next: str | None


class Profile(BaseModel):
    user: UserRef
    bio: str
    location: str
    website: str
    followers_count: int
    following_count: int
    posts_count: int


class Me(UserRef):
    email: str
    created_at: datetime
    bio: str
    followers_count: int
    following_count: int
    posts_count: int


class NewMessage(BaseModel):
    content: str = Field(min_length=1, max_length=4000)
    client_id: str | None = Field(default=None, max_length=128)


class Message(BaseModel):
    id: int
    conversation_id: int
    sender: UserRef
    content: str
    client_id: str | None
    created_at: datetime
    edited_at: datetime | None


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with asyncpg.create_pool(
        os.environ["DATABASE_URL"], server_settings={"application_name": "fastapi"}
    ) as pool:
        app.state.pool = pool
        yield


app = FastAPI(lifespan=lifespan)
bearer = HTTPBearer()


async def current_user(given: Annotated[HTTPAuthorizationCredentials, Depends(bearer)]) -> int:
    try:
        claims = jwt.decode(given.credentials, SECRET, algorithms=["HS256"], issuer="mini-twitter")
    except jwt.InvalidTokenError as error:
        raise HTTPException(status.HTTP_401_UNAUTHORIZED) from error
    return int(claims["sub"])


async def connection(request: Request) -> AsyncIterator[asyncpg.Connection]:
    async with request.app.state.pool.acquire() as acquired:
        yield acquired


User = Annotated[int, Depends(current_user)]
Connection = Annotated[asyncpg.Connection, Depends(connection)]


def author(row: asyncpg.Record) -> UserRef:
    return UserRef(
        id=row["author_id"],
        username=row["username"],
        display_name=row["display_name"],
        avatar=row["avatar"],
    )


def post(row: asyncpg.Record) -> Post:
    return Post(author=author(row), **row)


async def one_post(db: asyncpg.Connection, viewer_id: int, id: int) -> Post:
    row = await db.fetchrow(ONE, viewer_id, id)
    if row is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND)
    return post(row)


@app.get("/api/posts/feed/")
async def feed(user_id: User, db: Connection) -> Page:
    rows = await db.fetch(FEED, user_id, PAGE + 1)
    more = str(rows[PAGE - 1]["id"]) if len(rows) > PAGE else None
    return Page(results=[post(row) for row in rows[:PAGE]], next=more)


@app.get("/api/posts/{id}/")
async def get_post(id: int, user_id: User, db: Connection) -> Post:
    return await one_post(db, user_id, id)


@app.post("/api/posts/{id}/like/")
async def like(id: int, user_id: User, db: Connection) -> Post:
    await one_post(db, user_id, id)
    async with db.transaction():
        if await db.fetchval(LIKE, user_id, id):
            author_id = await db.fetchval(COUNT, id)
            if author_id != user_id:
                await db.execute(NOTIFY, author_id, user_id, id)
    return await one_post(db, user_id, id)


@app.get("/api/users/me/")
async def me(user_id: User, db: Connection) -> Me:
    return Me(**await db.fetchrow(ME, user_id))


@app.get("/api/users/profiles/{id}/")
async def profile(id: int, user_id: User, db: Connection) -> Profile:
    row = await db.fetchrow(PROFILE, id)
    if row is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND)
    return Profile(user=UserRef(**row), **row)


@app.post("/api/messages/{id}/send_message/", status_code=status.HTTP_201_CREATED)
async def send_message(id: int, new: NewMessage, user_id: User, db: Connection) -> Message:
    if not await db.fetchval(IS_IN, id, user_id):
        raise HTTPException(status.HTTP_404_NOT_FOUND)
    async with db.transaction():
        row = await db.fetchrow(SEND, id, user_id, new.content, new.client_id)
        await db.execute(MOVED, id)
    sender = UserRef(**await db.fetchrow(SENDER, user_id))
    return Message(sender=sender, **row)


if __name__ == "__main__":
    listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
    config = uvicorn.Config(app, log_level="warning", access_log=False)
    print(f"ready on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    uvicorn.Server(config).run(sockets=[listener])
