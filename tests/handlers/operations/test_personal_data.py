"""No table or column that refers to a user is forgotten by export or purge."""

import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from io import BytesIO
from ipaddress import IPv4Address
from typing import Any

import asyncpg
import pytest

from handlers.edges.rest.routes import ROUTES
from storage.accounts import purge
from storage.database.pool import Database
from tests.handlers.media.image_helpers import encoded, form, halves
from tests.handlers.message_index import fill
from tests.handlers.operations.personal_data import GONE, IMPERSONAL, TABLES, Table
from tests.handlers.operations.test_deactivation import delete
from tests.handlers.operations.test_export import exported
from tests.handlers.token_helpers import make_token
from tests.people import Instance, Person
from tests.server.jobs.push_service import Browser

COLUMNS = """
    SELECT c.relname AS table, a.attname AS column, EXISTS (
           SELECT FROM pg_constraint f WHERE f.contype = 'f' AND f.conrelid = c.oid
              AND f.confrelid = 'users'::regclass AND a.attnum = ANY(f.conkey)) AS to_user
      FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
     WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
       AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped"""

# Where what the account wrote may still stand after the purge, with the reasons that TABLES gives.
TEXT_STAYS = {
    "messages",
    "message_words",
    "media",
    "reports",
    "conversations",
    "audit_log",
    "hashtags",
    "hashtag_names",
}


async def schema(db: Database) -> dict[str, dict[str, bool]]:
    """Every column of every table, and whether it is a foreign key to users."""
    found: dict[str, dict[str, bool]] = {}
    for table, column, to_user in await db.fetch(COLUMNS):
        found.setdefault(table, {})[column] = to_user
    return found


async def test_every_table_is_reviewed(db: Database) -> None:
    assert set(await schema(db)) == {*TABLES, *IMPERSONAL}
    assert not {*TABLES} & {*IMPERSONAL}


async def test_every_column_of_what_is_personal_is_reviewed(db: Database) -> None:
    found = await schema(db)
    for name, table in TABLES.items():
        assert set(found[name]) == table.columns, name
        assert set(table.wiped) <= table.columns, name


async def test_every_reference_to_a_user_has_its_fate(db: Database) -> None:
    for name, columns in (await schema(db)).items():
        references = {column for column, to_user in columns.items() if to_user}
        assert references <= set(TABLES[name].purge if name in TABLES else ()), name


def verbs(path: str) -> set[str]:
    """All that can be done to a user or a post by a route of its own, and undone by another."""
    below = {route.path.removeprefix(path)[:-1] for route in ROUTES if route.path.startswith(path)}
    return {verb for verb in below if f"un{verb}" in below}


class Life:
    """Somebody of whom there is something in every table; `mark` is in all that they wrote."""

    def __init__(self, instance: Instance, db: Database) -> None:
        self.instance = instance
        self.db = db
        self.mark = secrets.token_hex(8)

    async def live(self) -> None:
        self.ann, self.bob, self.eve = await self.instance.people("ann", "bob", "eve")
        # Before they are looked up the first time: a session is trusted for half a second.
        admins = "UPDATE users SET is_admin = true WHERE id = ANY($1::bigint[])"
        await self.db.execute(admins, [self.ann.id, self.bob.id])
        await self._profile()
        await self._relations()
        await self._words()
        await self._posts()
        await self._messages()
        await self._moderation()
        await self._mails_and_presence()

    async def _post(self, path: str, by: Person, json: Any = None) -> Any:
        return (await self.instance.post(f"/api/{path}/", by, json)).body

    async def _profile(self) -> None:
        text = dict.fromkeys(("bio", "location", "display_name"), self.mark)
        data = form("avatar", encoded(halves(), "PNG"), website=f"https://{self.mark}.org/", **text)
        data.add_field("banner", BytesIO(encoded(halves(), "PNG")), filename="banner.png")
        path = "/api/users/profiles/update_my_profile/"
        await self.instance.call("PATCH", path, self.ann, data=data)
        other = await self.instance.log_in(self.ann.id, self.ann.username)
        await self._post("users/token/revoke", self.ann, {"refresh": other.refresh})
        await self._post("users/bots", self.ann, {"username": f"bot_{secrets.token_hex(4)}"})
        token = await make_token(self.instance, self.ann, name=self.mark, expires_in_days=9)
        await self.instance.get("/api/users/me/", replace(self.ann, access=token["token"]))
        browser = Browser(f"https://{self.mark}.example/").subscription
        await self.instance.call("PUT", "/api/push/subscription/", self.ann, json=browser)

        hook = {"url": f"https://{self.mark}.example/", "events": ["message.created"]}
        made = await self._post("webhooks", self.ann, {**hook, "name": self.mark})
        await self._post(f"webhooks/{made['id']}/test", self.ann)
        failing = """
            UPDATE webhooks SET failing_since = now(), last_success_at = now(),
                   disabled_at = now(), disabled_because = 'failing',
                   previous_secret_until = now() + interval '1 hour', previous_secret = secret
             WHERE user_id = $1"""
        await self.db.execute(failing, self.ann.id)

    async def _relations(self) -> None:
        await self.instance.follow(self.ann, self.bob)
        await self.instance.follow(self.bob, self.ann)
        stranger = await self.instance.person("stranger")
        for one, other in ((self.ann, stranger), (stranger, self.ann)):
            for verb in sorted(verbs("/api/users/{id}/") - {"follow"}):
                await self._post(f"users/{other.id}/{verb}", one)

    async def _words(self) -> None:
        for text in (self.mark, f"#{self.mark}"):
            muted = {"text": text, "expires_in": 3600}
            await self.instance.post("/api/users/me/muted_words/", self.ann, muted)

    async def _posts(self) -> None:
        theirs = await self.instance.write(self.bob, f"hello @{self.ann.username}")
        for verb in sorted(verbs("/api/posts/{id}/") - {"pin"}):
            await self._post(f"posts/{theirs['id']}/{verb}", self.ann)
        quote = await self.instance.write(self.ann, self.mark, quote_id=theirs["id"])
        await self._post(f"posts/{quote['id']}/pin", self.ann)
        await self.instance.write(self.bob, "look", quote_id=quote["id"])
        poll = {"options": ["yes", self.mark], "expires_in": 300}
        asked = await self.instance.write(self.bob, "?", poll=poll | {"options": ["yes", "no"]})
        await self._post(f"posts/{asked['id']}/vote", self.ann, {"choices": [0]})
        asked = await self.instance.write(self.ann, self.mark, poll=poll)
        await self._post(f"posts/{asked['id']}/vote", self.bob, {"choices": [0]})
        image = form("image", encoded(halves(), "PNG"), content=f"#{self.mark} first")
        mine = await self.instance.call("POST", "/api/posts/", self.ann, data=image)
        media = {"media_ids": [await self._picture()], "sensitive": True}
        await self.instance.write(self.ann, f"{self.mark} third", **media)
        answer = await self.instance.write(
            self.ann, self.mark, reply_to=theirs["id"], client_id=self.mark
        )
        for post in (mine, answer):
            edited = {"content": f"#{self.mark} second"}
            await self.instance.call("PUT", f"/api/posts/{post['id']}/", self.ann, json=edited)
            await self._post(f"posts/{post['id']}/like", self.bob)

    async def _picture(self) -> int:
        data = form("file", encoded(halves(), "PNG"), alt=f"{self.mark}, painted")
        sent = await self.instance.call("POST", "/api/media/", self.ann, data=data)
        return int(sent["id"])

    async def _messages(self) -> None:
        group = await self.instance.chat(self.ann, self.bob, self.eve, title=self.mark)
        await self.instance.say(self.bob, group, f"@{self.ann.username}, look")
        await self._group_left()
        await self._group_come_back_to()
        await self._into_groups()
        direct = await self.instance.chat(self.ann, self.bob)
        asked = await self.instance.say(self.bob, direct, "what is it?")
        comes = {"name": self.mark, "conversation_id": direct}
        url = (await self._post("webhooks/incoming", self.ann, comes))["url"]
        path = url[url.index("/api/") :]
        await self.instance.post(path, json={"text": self.mark})
        more = {"client_id": f"{self.mark}-2", "media_ids": [await self._picture()]}
        more["reply_to_id"] = asked["id"]
        sent = await self.instance.say(self.ann, direct, self.mark, **more)
        path = f"/api/messages/{direct}/messages/{sent['id']}/"
        await self.instance.call("PATCH", path, self.ann, json={"content": f"{self.mark}!"})
        react = f"messages/{direct}/messages/{asked['id']}/react"
        await self._post(react, self.ann, {"emoji": "👍"})
        await self._post(f"messages/{direct}/messages/{asked['id']}/pin", self.ann)
        await self.instance.say(self.bob, direct, "unread")

    async def _group_left(self) -> int:
        group = await self.instance.chat(self.bob, self.ann, self.eve, title="left")
        said = await self.instance.say(self.ann, group, f"{self.mark} before leaving")
        await self.instance.say(self.ann, group, f"{self.mark}, too", reply_to_id=said["id"])
        path = f"/api/messages/{group}/"
        await self.instance.call("PATCH", path, self.ann, json={"leave": True})
        return group

    async def _group_come_back_to(self) -> None:
        path = f"/api/messages/{await self._group_left()}/"
        await self.instance.call("PATCH", path, self.bob, json={"add": [self.ann.id]})
        await self.instance.post(f"{path}accept/", self.ann)

    async def _into_groups(self) -> None:
        """Invited, inviting, asking to join, with a link of one's own, banned."""
        again = {"add": [self.ann.id]}
        path = f"/api/messages/{await self._group_left()}/"
        await self.instance.call("PATCH", path, self.bob, json=again)
        await self.instance.post(
            f"/api/messages/{await self._group_left()}/ban/", self.bob, {"user_id": self.ann.id}
        )
        mine = f"/api/messages/{await self.instance.chat(self.ann, self.bob, title=self.mark)}/"
        await self.instance.call("PATCH", mine, self.bob, json={"leave": True})
        await self.instance.call("PATCH", mine, self.ann, json={"add": [self.bob.id]})
        link = {"name": self.mark, "max_uses": 2, "expires_in": 3600}
        await self.instance.post(f"{mine}links/", self.ann, link)
        theirs = f"/api/messages/{await self.instance.chat(self.bob, self.eve, title='of bob')}/"
        made = await self.instance.post(f"{theirs}links/", self.bob, {"needs_approval": True})
        await self.instance.post("/api/messages/join/", self.ann, {"token": made["token"]})

    async def _moderation(self) -> None:
        theirs = await self.instance.write(self.bob, "rude")
        said = await self.instance.say(self.bob, await self.instance.chat(self.ann, self.bob), "!")
        for subject in ({"post_id": theirs["id"]}, {"message_id": said["id"]}):
            mine = await self._post("reports", self.ann, {**subject, "reason": self.mark})
        await self._post("reports", self.bob, {"user_id": self.ann.id, "reason": "rude"})
        await self._post(f"admin/users/{self.eve.id}/restore", self.ann, {"reason": self.mark})
        await self._post(f"admin/users/{self.ann.id}/restore", self.bob, {})
        await self._post(f"admin/reports/{mine['id']}/close", self.ann, {"status": "resolved"})

    async def _mails_and_presence(self) -> None:
        """What comes of a mail that is sent and of a socket that closes."""
        seen = "UPDATE users SET email_verified_at = now(), last_seen_at = now() WHERE id = $1"
        names = "INSERT INTO former_usernames (username, user_id) VALUES ($2, $1)"
        factor = "INSERT INTO second_factors (user_id, secret) VALUES ($1, $2::text::bytea)"
        code = "INSERT INTO recovery_codes (user_id, hash) VALUES ($1, $2::text::bytea)"
        pending = "UPDATE users SET pending_email = $2 WHERE id = $1"
        mail = "INSERT INTO mails (user_id, kind, cause) VALUES ($1, 'verify', $2)"
        token = """
            INSERT INTO mail_tokens (hash, user_id, purpose, email, expires_at)
            VALUES ($2::text::bytea, $1, 'email_verify', $2, now() + interval '1 hour')"""
        await self.db.execute(seen, self.ann.id)
        await self.db.execute(mail, self.ann.id, self.mark)
        await self.db.execute(token, self.ann.id, self.mark)
        for secret in (names, factor, code):
            await self.db.execute(secret, self.ann.id, self.mark)
        await self.db.execute(pending, self.ann.id, f"{self.mark}@example.org")


@pytest.fixture
async def life(instance: Instance, db: Database) -> Life:
    one = Life(instance, db)
    await one.live()
    await fill(db)
    return one


def at(data: Any, path: str) -> Iterator[Any]:
    """All values at a path such as `posts[].author.id`."""
    if data is None:
        return
    name, _, rest = path.partition(".")
    found = data[name.removesuffix("[]")]
    for one in found if name.endswith("[]") else [found]:
        yield from at(one, rest) if rest else [one]


def in_file(value: Any, told: list[Any]) -> bool:
    """Whether a value of a column is among those of the file, as JSON has it."""
    if isinstance(value, datetime):
        return value in [datetime.fromisoformat(one) for one in told if one is not None]
    if isinstance(value, str) and value.endswith(".webp"):
        return any(one is not None and one.endswith(f"/{value}") for one in told)
    if isinstance(value, IPv4Address):
        value = str(value)
    return value in told


async def test_every_exported_column_is_in_the_file(life: Life) -> None:
    data = await exported(life.instance, life.ann)
    for name, table in TABLES.items():
        for column, paths in table.exported.items():
            sql = f"SELECT {column} FROM {name} WHERE {table.rows}"
            values = [row[column] for row in await life.db.fetch(sql, life.ann.id)]
            assert any(value is not None for value in values), f"nothing in {name}.{column}"
            told = [one for path in paths.split(", ") for one in at(data, path)]
            missing = [value for value in values if not in_file(value, told)]
            assert not missing, f"{name}.{column} is not at {paths}"


async def referring(db: Database, name: str, table: Table, column: str, user_id: int) -> int:
    sql = f"SELECT count(*) FROM {name} WHERE {table.condition(column)}"
    count: int = await db.fetchval(sql, user_id)
    return count


async def purged(life: Life) -> None:
    await delete(life.instance, life.ann)
    while not await purge.purge_account(life.db, life.ann.id, 10):
        pass


async def test_every_reference_ends_or_stays_as_was_reviewed(life: Life) -> None:
    fates = [(name, table, column) for name, table in TABLES.items() for column in table.purge]
    for name, table, column in fates:
        before = await referring(life.db, name, table, column, life.ann.id)
        assert before, f"nothing in {name} refers to the account by {column}"
    await purged(life)
    for name, table, column in fates:
        left = await referring(life.db, name, table, column, life.ann.id)
        gone = table.purge[column] == GONE
        assert (left == 0) == gone, f"{left} rows of {name} refer to the account by {column}"


async def wiped_values(life: Life, name: str, table: Table) -> dict[str, object]:
    sql = f"SELECT * FROM {name} WHERE {table.rows}"
    row: asyncpg.Record | None = await life.db.fetchrow(sql, life.ann.id)
    assert row is not None
    return {column: row[column] for column in table.wiped}


async def test_what_stays_of_the_account_is_wiped(life: Life) -> None:
    await purged(life)
    for name, table in TABLES.items():
        expected = {
            column: value.format(id=life.ann.id) if isinstance(value, str) else value
            for column, value in table.wiped.items()
        }
        if expected:
            assert await wiped_values(life, name, table) == expected, name


async def test_nothing_that_the_account_wrote_or_was_called_is_left_elsewhere(life: Life) -> None:
    await purged(life)
    for name in await schema(life.db):
        sql = f"SELECT count(*) FROM {name} t WHERE t::text ~ $1"
        hexed = life.mark.encode().hex()  # as bytea is shown
        left = await life.db.fetchval(sql, f"{life.mark}|{hexed}|{life.ann.username}@")
        assert bool(left) <= (name in TEXT_STAYS), name
