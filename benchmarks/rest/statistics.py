"""What PostgreSQL knows of the data: `python -m benchmarks.rest.statistics URL` writes it down.

With it a database of some hundred people is planned for as one of 25,000 (PostgreSQL 18): a test
looks at plans so, in a second. The file is to be written anew where the schema has changed, on a
copy of the data: it gathers coarser statistics there, which say the same in a tenth of the space.
"""

import argparse
import asyncio
import gzip
from pathlib import Path
from typing import Any

import asyncpg
import orjson

FILE = Path(__file__).with_name("statistics.json.gz")
TARGET = 10  # values, and bounds of histograms, for each column

RELATIONS = """
    SELECT relname AS relation, reltuples AS rows FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i') AND reltuples > 0
     ORDER BY 1"""
# The names are those of the arguments of pg_restore_attribute_stats.
ARGUMENTS = {
    "null_frac": "real",
    "avg_width": "integer",
    "n_distinct": "real",
    "most_common_vals": "text",
    "most_common_freqs": "real[]",
    "histogram_bounds": "text",
    "correlation": "real",
    "most_common_elems": "text",
    "most_common_elem_freqs": "real[]",
    "elem_count_histogram": "real[]",
}
ATTRIBUTES = f"""
    SELECT tablename AS relation, attname AS attribute,
           {", ".join(f"{name}::text" for name in ARGUMENTS)}
      FROM pg_stats WHERE schemaname = 'public' ORDER BY 1, 2"""

# As many rows as there would be, on as many pages as there are: the planner looks at how large a
# file is, and multiplies.
RESTORE_RELATION = """
    SELECT pg_restore_relation_stats(
        'schemaname', 'public', 'relname', $1::text, 'reltuples', $2::real,
        'relpages', greatest(1, pg_relation_size(format('%I', $1)::regclass) / 8192)::integer)
     WHERE to_regclass(format('%I', $1)) IS NOT NULL"""


async def write(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(f"SET default_statistics_target = {TARGET}; ANALYZE")
        relations = await connection.fetch(RELATIONS)
        attributes = await connection.fetch(ATTRIBUTES)
    finally:
        await connection.close()
    found = {"relations": list(map(dict, relations)), "attributes": list(map(dict, attributes))}
    FILE.write_bytes(gzip.compress(orjson.dumps(found, option=orjson.OPT_INDENT_2), mtime=0))


async def restore(connection: asyncpg.Connection) -> None:
    """Have PostgreSQL plan for the large data; autovacuum should be off where it is to last."""
    found: dict[str, list[dict[str, Any]]] = orjson.loads(gzip.decompress(FILE.read_bytes()))
    for relation in found["relations"]:
        await connection.execute(RESTORE_RELATION, relation["relation"], relation["rows"])
    known = set(
        await connection.fetchval("""
            SELECT array_agg(attrelid::regclass || '.' || attname) FROM pg_attribute
             WHERE attrelid IN (SELECT oid FROM pg_class
                                 WHERE relnamespace = 'public'::regnamespace)""")
    )
    for attribute in found["attributes"]:
        relation, name = attribute.pop("relation"), attribute.pop("attribute")
        if f"{relation}.{name}" not in known:
            continue
        given = {key: value for key, value in attribute.items() if value is not None}
        pairs = "".join(
            f", '{key}', ${at}::text::{ARGUMENTS[key]}" for at, key in enumerate(given, 3)
        )
        await connection.execute(
            f"""SELECT pg_restore_attribute_stats('schemaname', 'public', 'relname', $1::text,
                       'attname', $2::text, 'inherited', false{pairs})""",
            relation,
            name,
            *given.values(),
        )


def main() -> None:
    parser = argparse.ArgumentParser(description="Write down the statistics of the data.")
    parser.add_argument("url", help="a copy of the data, as a superuser")
    asyncio.run(write(parser.parse_args().url))


if __name__ == "__main__":
    main()
