"""Log lines: for people, or one JSON object each."""

import asyncio
import json
import logging
from collections.abc import Iterator

import pytest
from yarl import URL

from server import logs
from tests.people import Instance

log = logging.getLogger(__name__)


@pytest.fixture(autouse=True)
def own_handlers() -> Iterator[None]:
    """The handlers of pytest come back after each test."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    root.handlers = []
    yield
    root.handlers = before
    root.setLevel(level)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_json_line_holds_the_message_and_whatever_came_with_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure_logging("info", "json")
    logging.getLogger("feed").warning("%d lost\nor not", 3, extra={"user": 7, "path": "/api/é"})
    (line,) = lines(capsys)
    assert str(line.pop("time")).endswith("Z")
    assert line == {
        "level": "warning",
        "logger": "feed",
        "message": "3 lost\nor not",
        "user": 7,
        "path": "/api/é",
    }


def test_a_traceback_stays_on_one_json_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure_logging("info", "json")
    try:
        raise ValueError("odd")
    except ValueError:
        log.exception("failed")
    (line,) = lines(capsys)
    assert str(line["error"]).startswith("Traceback")
    assert str(line["error"]).endswith("ValueError: odd")


def test_what_json_cannot_hold_is_written_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure_logging("info", "json")
    log.info("odd", extra={"number": 2**70, "thing": object, "half": "\ud800", "keys": {(1,): 2}})
    (line,) = lines(capsys)
    assert (line["number"], line["thing"]) == (2**70, str(object))


def test_less_severe_lines_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure_logging("warning", "text")
    log.info("quiet")
    log.warning("loud")
    err = capsys.readouterr().err
    assert "quiet" not in err
    assert "WARNING tests.server.test_logs: loud" in err


async def test_what_is_not_even_http_leaves_no_line(
    capsys: pytest.CaptureFixture[str], instance: Instance
) -> None:
    logs.configure_logging("info", "json")
    url = URL(instance.url)
    for sent in (
        b"GET / HTTP/1.1\r\nHost: x\r\nX: \0\r\n\r\n",
        b"\x16\x03\x01\r\n\r\n",
        b"GET\r\n\r\n",
    ):
        reader, writer = await asyncio.open_connection(url.host, url.port)
        writer.write(sent)
        assert (await reader.read()).startswith(b"HTTP/1.0 400 ")
        writer.close()
        await writer.wait_closed()
    assert [line for line in lines(capsys) if line["level"] == "error"] == []
