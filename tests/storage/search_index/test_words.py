"""Which texts a query finds: PostgreSQL compares what one function has cut both into."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from server.config.load import Config
from storage.database.pool import Database, open_database
from storage.search_index.words import asked, tsvector


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_db(settings: Config) -> AsyncIterator[Database]:
    async with open_database(settings.database_url, 1) as database:
        yield database


LINK = "https://www.example.com/a/b_c?q=1&r=%20#part"
FOUND = {
    "我家在上海东边": [
        "上海",
        "我家在上海东边",
        "边",
        "我",
        "东边",
        '"上海东"',
        "上海 东边",
        '"上海 东边"',
    ],
    "我住在上海 and drink coffee": ["上海 coffee", "coffee -北京", '"上海 and"', "北京 or 上海"],
    "東京タワーへ行きました。": ["タワー", "東京", "行き", "京タ", "ﾀﾜｰ"],
    "ぼっち・ざ・ろっく": ["ぼっち", "ろっく", "ぼっち・ざ・ろっく"],
    "서울에서 고속버스를 탔다": ["서울", "버스", "고속버스", "탔"],
    "ฉันรักประเทศไทยมาก": ["ประเทศไทย", "รัก", "ไทย"],
    "ຂ້ອຍຮັກປະເທດລາວຫຼາຍ": ["ປະເທດລາວ", "ລາວ"],
    "ខ្ញុំស្រឡាញ់ភ្នំពេញណាស់": ["ភ្នំពេញ"],
    "ကျွန်တော်ရန်ကုန်မှာနေတယ်": ["ရန်ကုန်"],
    "བོད་ཡིག་གི་སྐད": ["ཡིག", "བོད་ཡིག"],
    "新しいiPhone15を買った": ["iphone15", "買った", "新しいiphone15"],
    "2024年度の計画": ["2024", "2024年", "年度", "計画", "２０２４年度"],
    f"see {LINK} now": [LINK, "example.com", "b_c", "part", "example", "www.example.com/a"],
    "http://example.org/Keys": ["https://example.org/keys", "example.org/keys/", "keys"],
    "example.org/keys": ["https://example.org/Keys", "https://www.example.org/Keys"],
    "and/orchid": ["orchid", "and", "and/orchid", "and orchid"],
    "github.com/org/repo/pull/5": ["repo", "pull/5", "org/repo", "github.com"],
    "/usr/lib/my_file.tar.gz C:\\Temp\\x.txt": ["lib", "my_file", "file.tar", "x.txt", "c:\\temp"],
    "write to ann.b+x@mail.example.com": ["ann.b+x@mail.example.com", "mail.example", "ann.b"],
    "a state-of-the-art idea": ["state-of-the-art", "art", "state of the art", "the-art"],
    "an e-mail": ["e-mail", "email", "mail", "E\u2011Mail"],
    "an email": ["e-mail"],
    "I don't, l’école": ["don't", "don’t", "dont", "école", "l'ecole", "lecole"],
    "I dont": ["don't"],
    "C++20 is not C": ["c++", "C++20", "c", "20"],
    "I know C# and F#": ["c#", "f#", "C"],
    "#tag @name_x ＃全角 ＠ann": ["#tag", "tag", "@name_x", "name", "#全角", "全角", "@ann"],
    "Python 3.11.7 for $5.00": ["3.11.7", "3.11", "python 3.11", "5.00", "$5"],
    "-5 degrees, +49 30": ['"-5"', "5", "+49", "+49 30"],
    "Zürich STRASSE ёлка": ["zurich", "Zu\u0308rich", "straße", "елка", "ЁЛКА"],
    "cafe\u0301": ["café", "cafe", "CAFÉ"],
    "ＦＵＬＬ": ["full", "ｆｕｌｌ"],
    "قال مُحَمَّدٌ مرحبـــا": ["محمد", "مرحبا"],
    "צה״ל שָׁלוֹם": ['צה"ל', "צהל", "שלום"],
    "party 🎉👩‍💻": ["🎉", "💻", "party 🎉"],
    "Foo™ x² ﬁn": ["foo", "x2", "fin"],
    "or and not": ["or", "and", "not", '"or and"', "or or x"],
    "one two three": [
        '"one two"',
        "“two three”",
        '"two three',
        "one -four",
        "four or two",
        "-x one",
    ],
}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("text", FOUND)
async def test_text_is_found_by_its_words_and_by_itself(shared_db: Database, text: str) -> None:
    missed = [query for query in (*FOUND[text], text) if not await found(shared_db, text, query)]
    if text.startswith("-5"):
        missed.remove(text)  # as a query that begins with a minus
    assert missed == []


NOT_FOUND = {
    "我家在上海东边": ["海上", "上东", "北京", "上海 北京", "-上海", "上海 -东"],
    "서울에서": ["울서"],
    "ประเทศไทย": ["ไทยประเทศ"],
    "github.com/org/repo": ["org/github", "repo.org"],
    "I like C": ["c++", "c#"],
    "one two three": ['"one three"', "one -two", "four", '-"two three"', "x or y"],
    "мой": ["мои"],
    "punctuation...": ["...", "-", '""', "'", "!&|():*<->\\", ""],
    "e mail mail": ["email"],
}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("text", NOT_FOUND)
async def test_text_is_not_found_by_what_is_not_in_it(shared_db: Database, text: str) -> None:
    wrong = [query for query in NOT_FOUND[text] if await found(shared_db, text, query)]
    assert wrong == []


async def found(db: Database, text: str, query: str) -> bool:
    sql = "SELECT $1::text::tsvector @@ $2::text::tsquery"
    return bool(await db.fetchval(sql, tsvector(text), asked(query).query))


LATIN = [
    "plain words of latin letters", "two Words TWO words", "one", 'with "a phrase" and more',
    "this or that", "this -that", '-"not this" but', "a or b c or d -e",
]  # fmt: skip


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("text", LATIN)
async def test_plain_words_are_what_they_were_to_postgresql(shared_db: Database, text: str) -> None:
    """So the order of results is what it was."""
    sql = """
        SELECT $1::text::tsvector = to_tsvector('simple', $2),
               $3::text::tsquery = websearch_to_tsquery('simple', $2)"""
    ((same_words, same_query),) = await shared_db.fetch(
        sql, tsvector(text), text, asked(text).query
    )
    assert (same_words, same_query) == (True, True)


@pytest.mark.asyncio(loop_scope="module")
async def test_longest_texts_and_words_are_stored(shared_db: Database) -> None:
    sql = "SELECT length($1::text::tsvector), numnode($2::text::tsquery)"
    for text in (
        "😀" * 4000,
        "𝕏" * 4000,
        "上" * 4000,
        "a'" * 2000,
        "x" * 4000,
        "a " * 2000,
        "ﷺ" * 900,
    ):
        ((_, nodes),) = await shared_db.fetch(sql, tsvector(text), asked(text[:200]).query)
        assert nodes > 0
