"""The page's rules for text are the server's: on the tables, and on what is thrown together."""

import json
import random
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from handlers.text import limits
from handlers.text.entities import entities
from handlers.text.folding import fold
from handlers.text.rules import TEXT_RULES
from server.web.page import module
from tests.handlers.text.adversarial import adversarial
from tests.handlers.text.cases import CASES, every_sign, twitter_cases

pytestmark = pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")

RUNNER = Path(__file__).parents[2] / "javascript" / "text.js"
SECONDS = 60  # after which it has got stuck: it takes a few

# What texts are thrown together of.
WRITTEN = """
    @ann ＠bob_2 @ #tag ＃ｆｕｌｌ # http:// https:// :// example.com example.co.jp みんな 한국
    xn-- 。 、 127.0.0.1 256.1.1.1 :80 mail.ru RT / ? = & ( ) . - _ : ! ' $ % ~ | + の 日本
    สวัสดี ครับ é ä ẞ İ ı ٣ привет ל क्ष ꮜ ﷺ ゛ · ・ 〜 ～ ״ Ⅷ 👨‍👩‍👧 ❤️ 🇩🇪 🇩 1️⃣
"""
SPACES = (" ", "\n", "\r\n", "\u200d", "\u200c", "\u0301", "\u3164", "\u3000")
PIECES = (*WRITTEN.split(), *SPACES, "e\u0301", 30 * "x")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """text.js beside the module that the server makes for it."""
    directory = tmp_path_factory.mktemp("page")
    (directory / "package.json").write_text('{"type": "module"}')
    (directory / "text.js").write_text((files("server.web") / "text.js").read_text())
    (directory / "text_rules.js").write_bytes(module(TEXT_RULES))
    return directory / "text.js"


def in_the_page(page: Path, texts: list[str]) -> list[dict[str, Any]]:
    done = subprocess.run(
        ["node", RUNNER, page],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stderr
    results: list[dict[str, Any]] = json.loads(done.stdout)
    return results


def on_the_server(text: str) -> dict[str, Any]:
    return {
        "entities": [[one.kind, text[one.start : one.end], one.value] for one in entities(text)],
        "fold": fold(text),
        "length": limits.POST.length(text),
        "name_length": limits.DISPLAY_NAME.length(text),
        "fits": limits.POST.exceeded_by(text) is None,
        "blank": limits.is_blank(text),
    }


def assert_same(page: Path, texts: list[str]) -> None:
    for text, found in zip(texts, in_the_page(page, texts), strict=True):
        assert found == on_the_server(text), ascii(text)


def test_the_tables_hold_in_the_page(page: Path) -> None:
    ours = [case["text"] for name in ("entities", "lengths") for case in CASES[name]]
    twitters = [case.text for case in twitter_cases()]
    assert_same(page, [*ours, *CASES["blank"], *CASES["visible"], *twitters])


def test_what_is_thrown_together_is_read_alike(page: Path) -> None:
    chance = random.Random(1)
    pieces = [chance.choices(PIECES, k=chance.randint(1, 14)) for _ in range(5000)]
    assert_same(page, ["".join(text) for text in pieces])


def test_every_character_folds_alike(page: Path) -> None:
    signs = every_sign()
    for sign, found in zip(signs, in_the_page(page, signs), strict=True):
        assert found["fold"] == fold(sign), ascii(sign)
        assert found["blank"] == limits.is_blank(sign), ascii(sign)


def test_no_text_keeps_the_page_busy(page: Path) -> None:
    in_the_page(page, list(adversarial(limits.POST.bytes)))
