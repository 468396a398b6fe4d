"""No table or column that refers to a user is forgotten by export or purge."""

import secrets
from collections.abc import Iterator
from datetime import datetime
from ipaddress import IPv4Address
from typing import Any

import asyncpg
import pytest

from handlers.edges.rest.routes import ROUTES
from storage.accounts import purge
from storage.database.pool import Database
from tests.handlers.media.image_helpers import encoded, form, halves
from tests.handlers.operations.personal_data import GONE, IMPERSONAL, TABLES, Table
from tests.handlers.operations.test_deactivation import delete
from tests.handlers.operations.test_export import exported
from tests.people import Instance, Person

COLUMNS = """
    SELECT c.relname AS table, a.attname AS column, EXISTS (
           SELECT FROM pg_constraint f WHERE f.contype = 'f' AND f.conrelid = c.oid
              AND f.confrelid = 'users'::regclass AND a.attnum = ANY(f.conkey)) AS to_user
      FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
     WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
       AND a.attnum > 0 AND NOT a.attisdropped"""

# Where what the account wrote may still stand after the purge, with the reasons that TABLES gives.
TEXT_STAYS = {"messages", "reports", "conversations", "audit_log", "hashtags", "hashtag_names"}


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
        await self._posts()
        await self._messages()
        await self._moderation()
        await self._mails_and_presence()

    async def _post(self, path: str, by: Person, json: Any = None) -> Any:
        return (await self.instance.post(f"/api/{path}/", by, json)).body

    async def _profile(self) -> None:
        text = dict.fromkeys(("bio", "location", "display_name"), self.mark)
        data = form("avatar", encoded(halves(), "PNG"), website=f"https://{self.mark}.org/", **text)
        path = "/api/users/profiles/update_my_profile/"
        await self.instance.call("PATCH", path, self.ann, data=data)
        other = await self.instance.log_in(self.ann.id, self.ann.username)
        await self._post("users/token/revoke", self.ann, {"refresh": other.refresh})

    async def _relations(self) -> None:
        await self.instance.follow(self.ann, self.bob)
        await self.instance.follow(self.bob, self.ann)
        stranger = await self.instance.person("stranger")
        for one, other in ((self.ann, stranger), (stranger, self.ann)):
            for verb in sorted(verbs("/api/users/{id}/") - {"follow"}):
                await self._post(f"users/{other.id}/{verb}", one)

    async def _posts(self) -> None:
        theirs = await self.instance.write(self.bob, f"hello @{self.ann.username}")
        for verb in sorted(verbs("/api/posts/{id}/")):
            await self._post(f"posts/{theirs['id']}/{verb}", self.ann)
        image = form("image", encoded(halves(), "PNG"), content=f"#{self.mark} first")
        mine = await self.instance.call("POST", "/api/posts/", self.ann, data=image)
        answer = await self.instance.write(
            self.ann, self.mark, reply_to=theirs["id"], client_id=self.mark
        )
        for post in (mine, answer):
            edited = {"content": f"#{self.mark} second"}
            await self.instance.call("PUT", f"/api/posts/{post['id']}/", self.ann, json=edited)
            await self._post(f"posts/{post['id']}/like", self.bob)

    async def _messages(self) -> None:
        await self.instance.chat(self.ann, self.bob, self.eve, title=self.mark)
        await self._group_left()
        await self._group_come_back_to()
        direct = await self.instance.chat(self.ann, self.bob)
        sent = await self.instance.say(self.ann, direct, self.mark, client_id=f"{self.mark}-2")
        path = f"/api/messages/{direct}/messages/{sent['id']}/"
        await self.instance.call("PATCH", path, self.ann, json={"content": f"{self.mark}!"})
        await self.instance.say(self.bob, direct, "unread")

    async def _group_left(self) -> int:
        group = await self.instance.chat(self.bob, self.ann, self.eve, title="left")
        await self.instance.say(self.ann, group, f"{self.mark} before leaving")
        path = f"/api/messages/{group}/"
        await self.instance.call("PATCH", path, self.ann, json={"leave": True})
        return group

    async def _group_come_back_to(self) -> None:
        path = f"/api/messages/{await self._group_left()}/"
        await self.instance.call("PATCH", path, self.bob, json={"add": [self.ann.id]})

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
        mail = "INSERT INTO mails (user_id, kind, cause) VALUES ($1, 'verify', $2)"
        token = """
            INSERT INTO mail_tokens (hash, user_id, purpose, email, expires_at)
            VALUES ($2::text::bytea, $1, 'email_verify', $2, now() + interval '1 hour')"""
        await self.db.execute(seen, self.ann.id)
        await self.db.execute(mail, self.ann.id, self.mark)
        await self.db.execute(token, self.ann.id, self.mark)


@pytest.fixture
async def life(instance: Instance, db: Database) -> Life:
    one = Life(instance, db)
    await one.live()
    return one


def at(data: Any, path: str) -> Iterator[Any]:
    """All values at a path such as `posts[].author.id`."""
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
