"""What few rows have is read by a statement of its own, and only where a row has it."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass

from storage.database.columns import Apart, Columns
from storage.database.pool import Database
from storage.database.query import WHOLE_FOR, Query
from tests.storage.database.test_queries import NESTED, name_of


@dataclass(frozen=True)
class Pet:
    name: str


@dataclass(frozen=True)
class Owner:
    id: int
    favourite: Pet | None
    pets: list[Pet]
    visits: int


# Of the owners 1 to 4 the even ones have pets; 4 has no favourite, and only 2 has been visited.
OWNERS = "unnest(ARRAY[1, 2, 3, 4]::bigint[]) o (id)"
EMPTY = "(SELECT 0::bigint AS id WHERE false) o"
NAMED = Columns(Pet, {"name": "concat('pet ', o.id, ' as ', $1::bigint, ' has it')"})


OWNER = Columns(
    Owner,
    {
        "id": "o.id",
        "favourite": Apart(
            NAMED.within("CASE WHEN o.id = 2 THEN {} END"), "o.id % 2 = 0", "o.id", OWNERS
        ),
        "pets": Apart(
            NAMED.within("CASE WHEN o.id % 2 = 0 THEN ARRAY(SELECT {}) END"),
            "o.id % 2 = 0",
            "o.id",
            OWNERS,
        ),
        "visits": Apart(
            "CASE o.id WHEN 2 THEN 20 ELSE 0 END",
            "o.id = 2",
            "o.id",
            OWNERS,
            is_viewed=False,
            otherwise=0,
        ),
    },
)
BY_IDS = f"""
    SELECT {OWNER} FROM {OWNERS}
     WHERE o.id = ANY($2::bigint[]) AND ($1::bigint IS NULL OR true) ORDER BY o.id"""


@dataclass(frozen=True)
class House:
    owner: Owner | None
    lodgers: list[Owner]


HOUSE = Columns(
    House,
    {
        "owner": OWNER.within(f"(SELECT {{}} FROM {OWNERS} WHERE o.id = $2)"),
        "lodgers": OWNER.within(f"ARRAY(SELECT {{}} FROM {OWNERS} WHERE o.id > $2 ORDER BY o.id)"),
    },
)
HOUSE_OF = f"SELECT {HOUSE} WHERE $1::bigint IS NOT NULL"


class Counting:
    """A database that counts what it is asked."""

    def __init__(self, db: Database) -> None:
        self.asked = 0
        self._db = db

    async def fetch(self, sql: str, *args: object) -> Sequence[object]:
        self.asked += 1
        return await self._db.fetch(sql, *args)

    async def fetchrow(self, sql: str, *args: object) -> object:
        self.asked += 1
        return await self._db.fetchrow(sql, *args)

    def __getattr__(self, name: str) -> object:
        return getattr(self._db, name)


def pet(owner: int, viewer: int | None) -> Pet:
    return Pet(f"pet {owner} as {'' if viewer is None else viewer} has it")


def nothing(owner: int) -> Owner:
    return Owner(owner, None, [], 0)


async def owners(db: Database, viewer: int | None, ids: list[int]) -> list[Owner]:
    """These, as a statement returns them at first, and when it has found that some have more."""
    query = Query(BY_IDS, OWNER)
    first = await query.all(db, viewer, ids)
    assert await query.all(db, viewer, ids) == first
    assert [await query.maybe(db, viewer, [owner.id]) for owner in first] == first
    return first


async def test_rows_that_have_nothing_are_read_by_one_statement(db: Database) -> None:
    counting = Counting(db)
    query = Query(BY_IDS, OWNER)
    for times in range(1, 4):
        assert await query.all(counting, 7, [1, 3]) == [nothing(1), nothing(3)]  # type: ignore[arg-type]
        assert counting.asked == times


async def test_where_many_rows_have_something_one_statement_reads_all(db: Database) -> None:
    counting = Counting(db)
    query = Query(BY_IDS, OWNER)
    await query.all(counting, 7, [2])  # type: ignore[arg-type]
    assert counting.asked == 4  # the rows, and what each of three columns has
    for _ in range(WHOLE_FOR):
        assert await query.all(counting, 7, [1, 4]) == [nothing(1), Owner(4, None, [pet(4, 7)], 0)]  # type: ignore[arg-type]
    assert counting.asked == 4 + WHOLE_FOR
    await query.all(counting, 7, [2])  # type: ignore[arg-type]
    assert counting.asked == 4 + WHOLE_FOR + 4


async def test_each_row_is_given_what_is_its_own(db: Database) -> None:
    found = await owners(db, 7, [1, 2, 3, 4])
    assert found == [
        nothing(1),
        Owner(2, pet(2, 7), [pet(2, 7)], 20),
        nothing(3),
        Owner(4, None, [pet(4, 7)], 0),
    ]


async def test_a_row_alone_and_a_viewer_who_is_nobody_are_as_others(db: Database) -> None:
    assert await owners(db, None, [2]) == [Owner(2, pet(2, None), [pet(2, None)], 20)]
    query = Query(BY_IDS, OWNER)
    assert await query.maybe(db, None, [3]) == nothing(3)
    assert await query.maybe(db, None, [2]) == Owner(2, pet(2, None), [pet(2, None)], 20)
    assert await query.maybe(db, None, [5]) is None


async def test_records_within_records_have_theirs(db: Database) -> None:
    query = Query(HOUSE_OF, HOUSE)
    for _ in range(2):
        house = await query.one(db, 7, 2)
        assert house.owner == Owner(2, pet(2, 7), [pet(2, 7)], 20)
        assert house.lodgers == [nothing(3), Owner(4, None, [pet(4, 7)], 0)]


async def test_viewers_who_ask_at_once_are_each_given_their_own(db: Database) -> None:
    viewers = range(40)
    query = Query(BY_IDS, OWNER)
    found = await asyncio.gather(*(query.one(db, viewer, [2]) for viewer in viewers))
    assert [owner.favourite for owner in found] == [pet(2, viewer) for viewer in viewers]


async def test_what_is_gone_meanwhile_is_as_if_it_had_never_been(db: Database) -> None:
    gone = OWNER.replace(
        favourite=Apart(NAMED.within("{}"), "true", "o.id", EMPTY),
        pets=Apart(NAMED.within("ARRAY(SELECT {})"), "true", "o.id", EMPTY),
        visits="0",
    )
    query = Query(f"SELECT {gone} FROM {OWNERS} WHERE o.id = $2 AND $1::bigint > 0", gone)
    assert await query.one(db, 7, 2) == nothing(2)


READS_AS_VIEWER = re.compile(r"\b(?:user_id|actor_id|blocker_id|blocked_id) = \$1\b")


def test_the_first_parameter_of_whatever_reads_it_is_the_viewer() -> None:
    """What stands apart is read by a statement that is given the first parameter as the viewer."""
    wrong = [
        name_of(statement)
        for statement in NESTED
        if any(apart.is_viewed for apart in statement.apart)
        and not READS_AS_VIEWER.search(statement.sql)
    ]
    assert wrong == []
    assert [name_of(statement) for statement in NESTED if statement.apart]
