"""What docs/webhooks.md shows to verify a webhook with takes what the server signs, only that."""

import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import orjson
import pytest

from handlers.security import webhook_signatures
from tests.server.docs.snippets import ROOT, snippets

BODY = '{"type":"webhook.test","data":{"text":"grüße"}}'.encode()
CODE = {one.language: one.text for one in snippets() if one.page == ROOT / "docs" / "webhooks.md"}
RUNNER = """
import { verify } from "./verify.mjs";
const cases = JSON.parse(process.argv[2]);
const said = cases.map(([secret, headers, body]) => verify(secret, headers, Buffer.from(body)));
console.log(JSON.stringify(said));
"""

Case = tuple[str, dict[str, str], bytes]


def cases() -> list[tuple[Case, bool]]:
    secret, before, other = (webhook_signatures.new_secret() for _ in range(3))
    now = int(time.time())
    spelled = webhook_signatures.spell(secret)

    def signed(keys: list[bytes], at: int = now, body: bytes = BODY) -> dict[str, str]:
        return webhook_signatures.headers(keys, "msg_1", at, body)

    return [
        ((spelled, signed([secret]), BODY), True),
        ((spelled, signed([before, secret]), BODY), True),
        ((spelled, signed([secret, before]), BODY), True),
        ((spelled, signed([other]), BODY), False),
        ((spelled, signed([secret], body=BODY + b" "), BODY), False),
        ((spelled, signed([secret], now - 3600), BODY), False),
        ((spelled, signed([secret]) | {"webhook-id": "msg_2"}, BODY), False),
        ((spelled, signed([secret]) | {"webhook-signature": "v1,AAAA v2,x"}, BODY), False),
    ]


def test_python_verifies_as_the_page_says() -> None:
    namespace: dict[str, Any] = {}
    exec(CODE["python"], namespace)
    for case, expected in cases():
        assert namespace["verify"](*case) == expected


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js")
def test_javascript_verifies_as_the_page_says(tmp_path: Path) -> None:
    (tmp_path / "verify.mjs").write_text(CODE["js"])
    (tmp_path / "run.mjs").write_text(RUNNER)
    all_cases = cases()
    given = orjson.dumps([(key, headers, body.decode()) for (key, headers, body), _ in all_cases])
    command = ["node", str(tmp_path / "run.mjs"), given.decode()]
    printed = subprocess.run(command, capture_output=True, check=True).stdout
    assert orjson.loads(printed) == [expected for _, expected in all_cases]
