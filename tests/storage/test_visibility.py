"""docs/visibility.md names every statement by which a post could be seen."""

import re
from pathlib import Path

from storage.database.query import Command
from tests.storage.database.test_queries import PROGRAM, name_of

DOCUMENT = Path(__file__).parents[2] / "docs" / "visibility.md"
READS_POSTS = re.compile(
    r"\b(?:FROM|JOIN)\s+(?:posts|feed_entries|post_words|post_hashtags|mentions|likes|bookmarks"
    r"|post_versions)\b"
)


def test_every_statement_that_reads_posts_says_whether_it_has_to_ask() -> None:
    reading = {
        name_of(statement).partition("[")[0].removeprefix("storage.")
        for statement in PROGRAM
        if not isinstance(statement, Command) and READS_POSTS.search(statement.sql)
    }
    reading = {name for name in reading if re.fullmatch(r"[a-z_.]+\.[A-Z_]+", name)}
    listed = re.findall(r"`([a-z_.]+\.[A-Z_]+)`", DOCUMENT.read_text())
    assert sorted(listed) == sorted(reading)
