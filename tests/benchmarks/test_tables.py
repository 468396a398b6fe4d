"""What the comparisons with others print, and when the quick one stops."""

import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from benchmarks import quick
from benchmarks.chat import results
from benchmarks.chat.load import Load, paced, saturated
from benchmarks.delivery.process import Failed
from benchmarks.rest import installed
from benchmarks.rest.candidates import Setting, peers
from benchmarks.rest.costs import Cost, compared, difference, growth, ratio
from benchmarks.rest.requests import People, operations
from benchmarks.rest.size import PEOPLE, Size

TREE = Path(__file__).parents[2] / "benchmarks"
BARE = [Cost(50, 0, 0), Cost(100, 0, 0), Cost(75, 0, 0)]
OURS = [Cost(200, 400, 90), Cost(300, 500, 100), Cost(150, 450, 110)]
PEER = [Cost(400, 400, 0), Cost(600, 500, 0), Cost(900, 450, 0)]
FOUND = {"feed page": {"bare": BARE, "ours": OURS, "peer": PEER}}


def test_what_was_spent_between_two_readings_is_shared_by_the_requests() -> None:
    assert difference((10.0, 20.0, 30), (110.0, 220.0, 1030), 100) == Cost(1.0, 2.0, 10.0)


def test_ratios_are_those_within_a_round() -> None:
    assert str(ratio([200, 300, 150], [50, 100, 75])) == "3.00 (2.00-4.00)"
    assert str(ratio([1_000], [50])) == "20 (20-20)"


def test_rounds_are_compared_one_by_one_and_never_some_of_them() -> None:
    with pytest.raises(ValueError, match="shorter"):
        ratio([1, 2], [1])


def test_table_has_medians_ratios_and_pages() -> None:
    _, _, bare, ours, peer = compared(FOUND, {("feed page", "ours"): 812.4})
    assert bare == "| feed page | bare | 75 |  | 0.33 (0.25-0.50) |  |  |  |"
    assert ours == "|  | ours | 200 | 3.00 (2.00-4.00) |  | 450 | 100 | 812 |"
    assert peer == "|  | peer | 600 | 8.00 (6.00-12) | 2.00 (2.00-6.00) | 450 | 0 |  |"


def test_one_that_takes_no_part_has_no_row() -> None:
    found = FOUND | {"me": {"bare": BARE, "ours": OURS}}
    assert sum("| peer |" in line for line in compared(found, {})) == 1


def test_growth_is_of_server_and_database_together_from_the_first_size_to_the_last() -> None:
    large = {"feed page": {"bare": BARE, "ours": [Cost(400, 900, 0)], "peer": [Cost(1, 1, 0)]}}
    head, _, ours, peer = growth({"1/16": FOUND, "1": large})
    assert "1/16: server, PostgreSQL" in head
    assert ours == "| feed page | ours | 200, 450 | 400, 900 | 2.00 |"
    assert peer == "| feed page | peer | 600, 450 | 1, 1 | 0.00 |"


def test_quick_one_compares_with_bare_and_with_another_checkout() -> None:
    *_, alone = quick.table(FOUND)
    assert alone == "| feed page | 200 | 3.00 (2.00-4.00) | 450 | 100 |"
    *_, both = quick.table({"feed page": {**FOUND["feed page"], "against": PEER}})
    assert both == "| feed page | 200 | 3.00 (2.00-4.00) | 450 | 100 | 0.50 (0.17-0.50) |"


def test_quick_one_compares_with_the_statements_alone_of_what_has_one() -> None:
    beside = {"feed page": {**FOUND["feed page"], "alone": BARE}, "send": FOUND["feed page"]}
    head, _, feed, send = quick.table(beside)
    assert head.endswith("| WAL, bytes | of its statement alone |")
    assert feed == "| feed page | 200 | 3.00 (2.00-4.00) | 450 | 100 | 3.00 (2.00-4.00) |"
    assert send == "| send | 200 | 3.00 (2.00-4.00) | 450 | 100 |  |"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1_000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def rounds(clock: list[float], another: quick.Deadline, *, seconds: float) -> int:
    turn = 0
    while another(turn):
        clock[0] += seconds
        turn += 1
    return turn


def test_quick_one_begins_no_round_that_would_end_too_late(clock: list[float]) -> None:
    assert rounds(clock, quick.Deadline(150), seconds=25) == 6
    assert clock[0] == 1_150


def test_quick_one_has_a_few_rounds_however_long_they_take(clock: list[float]) -> None:
    assert rounds(clock, quick.Deadline(150), seconds=100) == 3


def test_quick_one_ends_early_where_rounds_are_short(clock: list[float]) -> None:
    assert rounds(clock, quick.Deadline(150), seconds=1) == quick.ROUNDS


def test_the_longest_round_counts(clock: list[float]) -> None:
    until = quick.Deadline(100)
    for turn, seconds in enumerate((60, 5, 5)):
        assert until(turn)
        clock[0] += seconds
    assert not until(3)  # 30 s are left, and one has taken 60


@pytest.mark.parametrize("people", PEOPLE.values())
def test_no_two_numbers_send_or_like_the_same(people: int) -> None:
    asked = People([f"token{number}" for number in range(7)], list(range(7)))
    taken = operations(asked, Size(people))
    for name in ("send", "like"):
        requests = [taken[name](number) for number in range(500)]
        assert len({(one.path, one.token, one.body) for one in requests}) == 500
    reads = {name: taken[name](3).path for name in ("feed page", "profile", "me", "single post")}
    assert reads["feed page"] == "/api/posts/feed/"
    assert all(path.startswith("/api/") for path in reads.values())


class Waiting:
    """A pair whose messages arrive at once."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    async def exchange(self, text: str) -> None:
        self.texts.append(text)

    async def close(self) -> None:
        return None


async def test_pairs_take_turns_at_the_pace_that_was_asked_for() -> None:
    pairs = [Waiting() for _ in range(4)]
    load = await paced(pairs, 4, 2)
    assert [len(pair.texts) for pair in pairs] == [2] * 4
    assert load.count == 8
    assert load.per_second <= 4
    texts = [text for pair in pairs for text in pair.texts]
    assert len(set(texts)) == len(texts)


async def test_saturated_pairs_stop_when_the_time_is_up() -> None:
    class Slow(Waiting):
        async def exchange(self, text: str) -> None:
            await super().exchange(text)
            time.sleep(0.02)

    load = await saturated([Slow()], 0.1)
    assert 1 <= load.count <= 6
    assert load.seconds >= 0.1


def test_chat_figures_are_per_message() -> None:
    load = Load(2.0, [0.004, 0.001, 0.002, 0.003])
    assert results.figures(load, 400, 800) == results.Figures(100, 200, 2.0, 3.0, 4.0)


def test_chat_table_compares_server_and_database_together_with_ours() -> None:
    ours, other = results.Figures(100, 300, 50, 2, 9), results.Figures(700, 100, 20, 5, 8)
    *_, first, second = results.table({"ours": [ours], "other": [other]})
    assert first == "| ours | 50 | 100 | 300 |  | 2.0 | 9.0 |"
    assert second == "| other | 20 | 700 | 100 | 2.00 (2.00-2.00) | 5.0 | 8.0 |"


@pytest.mark.parametrize(
    "file", sorted(TREE.rglob("requirements.txt")), ids=lambda file: file.parent.name
)
def test_what_peers_require_is_pinned(file: Path) -> None:
    assert all("==" in line for line in file.read_text().splitlines())


def test_a_peer_that_needs_node_is_refused_without_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Failed, match="node is not installed"):
        installed.node("fastify", tmp_path)


def test_a_peer_that_cannot_be_started_is_skipped_loudly(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with ExitStack() as stack:
        assert list(peers(Setting(tmp_path, tmp_path, {}), ["fastify"], stack)) == []
    assert "*** SKIPPED: fastify: node is not installed" in capsys.readouterr().err


def test_two_benchmarks_do_not_take_each_others_data(tmp_path: Path) -> None:
    with (
        installed.kept(tmp_path),
        pytest.raises(Failed, match="another benchmark"),
        installed.kept(tmp_path),
    ):
        pass
    with installed.kept(tmp_path) as again:
        assert again == tmp_path
