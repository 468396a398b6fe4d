"""Deleting what has served its time, in portions: however much it is, no statement is long."""

from storage.database.pool import Database
from storage.database.query import Command

PORTION = 2_000  # rows that one statement deletes


def trimming(table: str, condition: str) -> str:
    """Return a statement that deletes a portion of the rows for which the condition holds."""
    return f"""
    DELETE FROM {table} WHERE {condition} AND ctid = ANY(ARRAY(
        SELECT ctid FROM {table} WHERE {condition} LIMIT {PORTION}))"""


async def in_portions(db: Database, statement: Command, *args: object) -> int:
    """Run a statement that deletes a portion until it finds none that is full; count the rows."""
    total = portion = await statement.run(db, *args)
    while portion == PORTION:
        portion = await statement.run(db, *args)
        total += portion
    return total
