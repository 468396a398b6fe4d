"""Lists of columns: checked against their records when they are made, and what is made of them."""

from dataclasses import dataclass
from typing import NoReturn

import pytest

from storage.database.columns import Columns
from storage.database.decoder import decoder
from storage.database.paging import Ranked
from storage.database.pool import Database
from storage.database.query import Command, MissingRow, Query, Scalar


@dataclass(frozen=True)
class Pet:
    id: int
    name: str


@dataclass(frozen=True)
class Owner:
    id: int
    favourite: Pet | None
    pets: list[Pet]


PET = Columns(Pet, {"id": "p.id", "name": "lower(p.name)"})
OWNER = Columns(
    Owner,
    {
        "id": "o.id",
        "favourite": PET.within("CASE WHEN p.id > 0 THEN {} END"),
        "pets": PET.within("ARRAY(SELECT {} FROM pets p WHERE p.owner = o.id)"),
    },
)


def nothing_apart(*_: object) -> NoReturn:
    pytest.fail("nothing stands Apart")


def test_select_list_names_what_has_no_name_of_its_own() -> None:
    assert str(PET) == "p.id, lower(p.name) AS name"


def test_row_has_the_expressions_in_order_without_names() -> None:
    assert PET.row == "ROW(p.id, lower(p.name))"
    assert "ARRAY(SELECT ROW(p.id, lower(p.name)) FROM pets p WHERE p.owner = o.id)" in OWNER.row


def test_variant_is_the_same_but_for_what_it_replaces() -> None:
    assert PET.replace(name="NULL::text").row == "ROW(p.id, NULL::text)"
    assert PET.row == "ROW(p.id, lower(p.name))"


@pytest.mark.parametrize(
    "expressions",
    [
        {"name": "p.name", "id": "p.id"},
        {"id": "p.id"},
        {"id": "p.id", "name": "p.name", "age": "p.age"},
        {"id": "p.id", "named": "p.name"},
        {"id": "p.id", "name": PET},
    ],
)
def test_columns_that_are_not_the_fields_are_refused(expressions: dict[str, str]) -> None:
    with pytest.raises(TypeError):
        Columns(Pet, expressions)


@pytest.mark.parametrize("pets", ["p.pets", OWNER.within("ARRAY(SELECT {} FROM owners o)")])
def test_columns_of_another_record_are_refused(pets: str) -> None:
    with pytest.raises(TypeError):
        OWNER.replace(pets=pets)


def test_query_of_records_within_records_must_select_their_columns() -> None:
    with pytest.raises(TypeError):
        Query("SELECT 1 AS rank, ROW(1, 'Rex') AS item", Ranked[Pet])
    with pytest.raises(ValueError, match="not selected"):
        Query("SELECT p.id, p.name FROM pets p", PET)


def test_tuples_become_records_at_every_depth() -> None:
    decode = decoder(OWNER, nothing_apart)
    assert decode((1, (2, "Rex"), [(2, "Rex"), (3, "Tom")])) == Owner(
        1, Pet(2, "Rex"), [Pet(2, "Rex"), Pet(3, "Tom")]
    )
    assert decode((1, None, [])) == Owner(1, None, [])
    assert decode((1, None, None)) == Owner(1, None, [])


async def test_statement_without_its_row_is_an_error_of_the_program(db: Database) -> None:
    with pytest.raises(MissingRow):
        await Scalar("SELECT id FROM users WHERE id = -1", int).one(db)


async def test_command_counts_the_rows_that_it_changes(db: Database) -> None:
    lock = Command("SELECT FROM generate_series(1, 3)")
    assert await lock.run(db) == 3
    assert await Command("DELETE FROM users WHERE id = $1").run(db, -1) == 0
