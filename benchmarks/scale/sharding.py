"""Which statements would cross shards: `python -m benchmarks.scale.sharding URL`.

Every statement of the program is planned for any arguments, and the plan's conditions say what each
table's distribution column is equal to. A statement whose tables all have theirs equal to one
argument is one shard's. One whose tables agree among themselves, if not on an argument, each shard
could answer alone, so all are asked. What is left needs rows of several shards at once: Citus would
move rows, refuse it, or have it be several statements. Nothing is read of a table, so no data are
needed; the database has to be migrated, and nothing in it is changed.

What it does not see is taken as crossing: equality by way of a CTE or a function.
"""

import argparse
import asyncio
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import orjson

from benchmarks.rest.plans import connect, nodes
from storage.database.query import Statement

DOCUMENT = Path(__file__).parents[2] / "docs" / "scaling.md"

# On every machine: small, or read by everything.
REFERENCE = "reference"
# On one machine, the coordinator.
LOCAL = "local"

# The distribution column by table: of users, of whom one machine has all.
USER = {
    "users": "id",
    "profiles": "user_id",
    "user_seq": "user_id",
    "events": "user_id",
    "sessions": "user_id",
    "personal_tokens": "user_id",
    "push_subscriptions": "user_id",
    "mail_tokens": "user_id",
    "session_changes": "user_id",
    "former_usernames": "user_id",
    "second_factors": "user_id",
    "recovery_codes": "user_id",
    "mails": "user_id",
    "media": "owner_id",
    "idempotency_keys": "user_id",
    "notifications": "user_id",
    "feed_versions": "user_id",
    "follows": "follower_id",
    "blocks": "blocker_id",
    "mutes": "muter_id",
    "muted_words": "user_id",
    "bookmarks": "user_id",
    "pinned_posts": "user_id",
    "likes": "user_id",
    "user_names": "user_id",
    "webhooks": "user_id",
    "incoming_webhooks": "user_id",
}
CONVERSATION = {
    "conversations": "id",
    "participants": "conversation_id",
    "messages": "conversation_id",
    "message_words": "conversation_id",
    "group_bans": "conversation_id",
    "group_links": "conversation_id",
    "group_candidates": "conversation_id",
    "message_pins": "conversation_id",
}
MESSAGE = {"message_reactions": "message_id", "reactions_to_tell": "message_id"}
BY_AUTHOR = {
    "posts": "author_id",
    "post_words": "author_id",
    "post_hashtags": "author_id",
    "feed_entries": "actor_id",
}
POST = {
    "post_versions": "post_id",
    "mentions": "post_id",
    "polls": "post_id",
    "poll_votes": "post_id",
    "poll_tallies": "post_id",
}
BY_POST = POST | {
    "posts": "id",
    "post_words": "post_id",
    "post_hashtags": "post_id",
    "feed_entries": "post_id",
    "likes": "post_id",
}
EVERYWHERE = ("hashtags", "hashtag_names", "freed_usernames", "log_partitions", "migrations")
AT_ONE = (
    *(
        "jobs",
        "webhook_deliveries",
        "job_schedules",
        "housekeeping_steps",
        "search_backfill",
        "message_index",
    ),
    *("reports", "audit_log", "uncounted"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where rows of a table are: tables of a group with equal values are together."""

    group: str
    column: str = ""


def _places(
    *groups: tuple[str, Mapping[str, str]], copied: tuple[str, ...] = ()
) -> dict[str, Place]:
    found = {
        table: Place(group, column) for group, tables in groups for table, column in tables.items()
    }
    found |= {table: Place(REFERENCE) for table in (*EVERYWHERE, *copied)}
    return found | {table: Place(LOCAL) for table in AT_ONE}


WHO = ("users", "profiles")
SCHEMES = {
    "posts by author": _places(
        ("user", USER | BY_AUTHOR),
        ("conversation", CONVERSATION),
        ("message", MESSAGE),
        ("post", POST),
    ),
    "posts by author, users on every machine": _places(
        ("user", USER | BY_AUTHOR),
        ("conversation", CONVERSATION),
        ("message", MESSAGE),
        ("post", POST),
        copied=WHO,
    ),
    "posts by id, users on every machine": _places(
        ("user", USER),
        ("conversation", CONVERSATION),
        ("message", MESSAGE),
        ("post", BY_POST),
        copied=WHO,
    ),
}

NOT_SHARDED, ONE, EACH, CROSSING = VERDICTS = (
    "of no sharded table",
    "one shard",
    "each shard alone",
    "crossing",
)

CONDITIONS = ("Index Cond", "Recheck Cond", "Filter", "Join Filter", "Hash Cond", "Merge Cond")
EQUAL = re.compile(r"(\w+\.\w+) = (\w+\.\w+|\$\d+)\b(?![.(])")
# Which of the two ways an EXISTS or IN is planned depends on what ANALYZE has found in the tables.
HASHED = re.compile(r"(\w+\.\w+) = \(hashed (SubPlan \d+)\)\.col1\b")
CAST = re.compile(r"\(((?:\w+\.)?\w+|\$\d+)\)::\w+(?: \w+)*|::\w+")


class Classes:
    """Values that are equal, as a union-find."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}

    def find(self, value: str) -> str:
        parent = self._parent.setdefault(value, value)
        return value if parent == value else self.find(parent)

    def join(self, one: str, other: str) -> None:
        self._parent[self.find(one)] = self.find(other)

    def arguments(self) -> set[str]:
        return {self.find(value) for value in list(self._parent) if value.startswith("$")}


@dataclass(frozen=True, slots=True)
class Plan:
    """The tables of a statement by their aliases, and what is equal in it."""

    tables: dict[str, str]
    equal: Classes

    def verdict(self, scheme: Mapping[str, Place]) -> str:
        places = {alias: scheme[table] for alias, table in self.tables.items()}
        sharded = {a: p for a, p in places.items() if p.group not in (REFERENCE, LOCAL)}
        if not sharded:
            return NOT_SHARDED
        if any(place.group == LOCAL for place in places.values()):
            return CROSSING
        classes = {self.equal.find(f"{alias}.{place.column}") for alias, place in sharded.items()}
        if len({place.group for place in sharded.values()}) > 1 or len(classes) > 1:
            return CROSSING
        return ONE if classes <= self.equal.arguments() else EACH


async def plan(connection: asyncpg.Connection, sql: str, columns: Mapping[str, list[str]]) -> Plan:
    """Have a statement planned for any arguments."""
    statement = await connection.prepare(sql)
    values = ", ".join("NULL" for _ in statement.get_parameters())
    await connection.execute(f"PREPARE sharded AS {sql}")
    try:
        found = await connection.fetchval(
            f"EXPLAIN (VERBOSE, FORMAT JSON) EXECUTE sharded{f'({values})' if values else ''}"
        )
    finally:
        await connection.execute("DEALLOCATE sharded")
    tables: dict[str, str] = {}
    equal = Classes()
    planned = list(nodes(orjson.loads(found)[0]["Plan"]))
    first_output = {
        node["Subplan Name"]: next(iter(node.get("Output", ())), "")
        for node in planned
        if "Subplan Name" in node
    }
    for node in planned:
        if (table := node.get("Relation Name")) and node["Schema"] == "public":
            table = _parent(table)
            tables[node["Alias"]] = table
            if node.get("Operation") == "Insert":
                _join_inserted(equal, node, columns[table])
        for condition in CONDITIONS:
            text = CAST.sub(lambda match: match[1] or "", node.get(condition, ""))
            for one, other in EQUAL.findall(text):
                equal.join(one, other)
            for one, subplan in HASHED.findall(text):
                equal.join(one, first_output[subplan])
    return Plan(tables, equal)


def _join_inserted(equal: Classes, node: dict[str, Any], columns: list[str]) -> None:
    """What an INSERT's columns are equal to: the output of the node below, in their order."""
    below = next(child for child in node["Plans"] if child["Parent Relationship"] == "Outer")
    for column, value in zip(columns, below.get("Output", ()), strict=False):
        text = CAST.sub(lambda match: match[1] or "", value)
        if re.fullmatch(r"\w+\.\w+|\$\d+", text):
            equal.join(f"{node['Alias']}.{column}", text)


COLUMNS = """
    SELECT relname, array_agg(attname::text ORDER BY attnum)
      FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0
     WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
       AND NOT relispartition AND NOT attisdropped
     GROUP BY relname"""
UNIQUE = """
    SELECT c.relname, i.relname,
           (SELECT array_agg(attname::text) FROM pg_attribute
             WHERE attrelid = c.oid AND attnum = ANY(x.indkey))
      FROM pg_index x JOIN pg_class c ON c.oid = indrelid JOIN pg_class i ON i.oid = indexrelid
     WHERE x.indisunique AND c.relnamespace = 'public'::regnamespace AND NOT c.relispartition"""
REFERENCES = """
    SELECT conname::text, conrelid::regclass::text, confrelid::regclass::text,
           (SELECT array_agg(attname::text ORDER BY n) FROM unnest(conkey) WITH ORDINALITY k(a, n)
              JOIN pg_attribute ON attrelid = conrelid AND attnum = a),
           (SELECT array_agg(attname::text ORDER BY n) FROM unnest(confkey) WITH ORDINALITY k(a, n)
              JOIN pg_attribute ON attrelid = confrelid AND attnum = a)
      FROM pg_constraint WHERE contype = 'f' AND conparentid = 0"""


@dataclass(frozen=True, slots=True)
class Report:
    """By scheme: the statements of each verdict; keys that are unique only within a shard."""

    statements: dict[str, dict[str, list[str]]]
    unique: dict[str, list[str]]
    references: dict[str, list[str]]

    def table(self) -> str:
        """Return it as docs/scaling.md has it."""
        head = f"| | {' | '.join(self.statements)} |\n| --- |{' ---: |' * len(self.statements)}\n"
        rows = {
            **{v: [len(found[v]) for found in self.statements.values()] for v in VERDICTS},
            "unique keys without the distribution column": map(len, self.unique.values()),
            "references that no shard could check alone": map(len, self.references.values()),
        }
        return head + "".join(
            f"| {name} | {' | '.join(map(str, counts))} |\n" for name, counts in rows.items()
        )


async def report(connection: asyncpg.Connection, statements: Mapping[str, Statement]) -> Report:
    """Look at all statements, by their names."""
    columns = dict(map(tuple, await connection.fetch(COLUMNS)))
    for name, scheme in SCHEMES.items():
        if missing := columns.keys() - scheme.keys():
            raise ValueError(f"where are {', '.join(sorted(missing))}? ({name})")
    plans: dict[str, Plan] = {}
    await connection.execute("SET plan_cache_mode = force_generic_plan")
    for name, statement in statements.items():
        plans[name] = await plan(connection, statement.sql, columns)
    unique = [tuple(row) for row in await connection.fetch(UNIQUE)]
    references = [tuple(row) for row in await connection.fetch(REFERENCES)]
    found: dict[str, dict[str, list[str]]] = {}
    for name, scheme in SCHEMES.items():
        found[name] = {verdict: [] for verdict in VERDICTS}
        for statement_name, planned in plans.items():
            found[name][planned.verdict(scheme)].append(statement_name)
    return Report(
        found,
        {name: list(_not_unique(scheme, unique)) for name, scheme in SCHEMES.items()},
        {name: list(_crossing(scheme, references)) for name, scheme in SCHEMES.items()},
    )


def _not_unique(scheme: Mapping[str, Place], keys: list[Any]) -> Iterator[str]:
    for table, index, columns in keys:
        place = scheme[table]
        if place.column and place.column not in (columns or ()):
            yield index


def _crossing(scheme: Mapping[str, Place], references: list[Any]) -> Iterator[str]:
    for name, table, other, columns, others in references:
        one, two = scheme[_parent(table)], scheme[_parent(other)]
        if two.group == REFERENCE or one.group == two.group == LOCAL:
            continue
        pairs = list(zip(columns, others, strict=True))
        if one.group != two.group or (one.column, two.column) not in pairs:
            yield f"{table}.{name}"


def _parent(table: str) -> str:
    return "events" if table.startswith("events_") else table


async def _print(url: str, *, names: bool, write: bool) -> None:
    from tests.storage.database.test_queries import PROGRAM, name_of

    connection = await connect(url)
    try:
        found = await report(connection, unambiguous(PROGRAM, name_of))
    finally:
        await connection.close()
    print(found.table())
    print(by_module(found))
    if write:
        text = DOCUMENT.read_text()
        for table in (found.table(), by_module(found)):
            head = table.split("\n", 1)[0]
            text = re.sub(
                rf"^{re.escape(head)}\n(\|.*\n)+", table.replace("\\", r"\\"), text, flags=re.M
            )
        DOCUMENT.write_text(text)
    if names:
        for scheme, by_verdict in found.statements.items():
            for verdict, members in by_verdict.items():
                print(f"\n{scheme}: {verdict}", *sorted(members), sep="\n  ")


def unambiguous(statements: Sequence[Statement], name_of: Any) -> dict[str, Statement]:
    """Return statements by names; those without one are numbered."""
    seen: Counter[str] = Counter()
    found = {}
    for statement in statements:
        name = name_of(statement)
        seen[name] += 1
        found[name if seen[name] == 1 else f"{name} ({seen[name]})"] = statement
    return found


def by_module(found: Report) -> str:
    """Return how many of each module's statements cross, by scheme."""
    counts: dict[str, Counter[str]] = {}
    for scheme, by_verdict in found.statements.items():
        for name in by_verdict[CROSSING]:
            where = ".".join(name.split(".")[:2]) if name.startswith("storage.") else "unnamed"
            counts.setdefault(where, Counter())[scheme] += 1
    head = f"| crossing, of | {' | '.join(SCHEMES)} |\n| --- |{' ---: |' * len(SCHEMES)}\n"
    return head + "".join(
        f"| `{where}` | {' | '.join(str(count[scheme]) for scheme in SCHEMES)} |\n"
        for where, count in sorted(counts.items())
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Count the statements that would cross shards.")
    parser.add_argument("url", help="a migrated database")
    parser.add_argument("--names", action="store_true", help="which ones")
    parser.add_argument("--write", action="store_true", help="into docs/scaling.md")
    given = parser.parse_args()
    asyncio.run(_print(given.url, names=given.names, write=given.write))


if __name__ == "__main__":
    main()
