"""What docs/scaling.md multiplies is what was measured, and it says what comes of it."""

import re
from pathlib import Path

import pytest

from benchmarks.scale.arithmetic import (
    IDLE,
    MEASURED,
    SOCKETS_A_PROCESS,
    Assumed,
    cores,
    day,
    machines,
    share,
    table,
    total,
)

DOCS = Path(__file__).parents[2] / "docs"
SCALING = (DOCS / "scaling.md").read_text()
NUMBERS = {
    float(number.replace(",", ""))
    for number in re.findall(
        r"\d[\d,]*(?:\.\d+)?", (DOCS / "benchmarks.md").read_text().replace(", ", " ")
    )
}


def test_the_document_says_what_is_computed() -> None:
    assumed = Assumed()
    assert table(assumed) in SCALING
    assert machines(assumed) in SCALING
    assert "\n".join(day(assumed)) in SCALING


@pytest.mark.parametrize("what", sorted(MEASURED.keys() - {"connect", "delivery"}))
def test_what_is_multiplied_was_measured(what: str) -> None:
    cost = MEASURED[what]
    measured = [cost.web, cost.postgres, cost.wal] if cost.wal else [cost.web, cost.postgres]
    if what == "other read":
        measured[1] /= 1_000  # which the document has in ms
    assert [number for number in measured if number not in NUMBERS] == []


def test_a_herd_and_an_idle_site_come_out_as_measured() -> None:
    assert 1_720 <= MEASURED["connect"].web <= 1_980
    of_5_000 = cores(5_000, Assumed())["sockets, idle"]
    assert (of_5_000.web, of_5_000.postgres) == pytest.approx((0.0121, 0.0084))
    assert SOCKETS_A_PROCESS in NUMBERS
    assert IDLE.web > IDLE.postgres


def test_a_day_has_its_peak_and_its_trough() -> None:
    assumed = Assumed()
    shares = [share(hour, assumed) for hour in range(24)]
    assert max(shares) == shares[20] == pytest.approx(1)
    assert min(shares) == shares[8] == pytest.approx(assumed.trough)


def test_twice_the_sockets_take_twice_as_much() -> None:
    one, two = (total(cores(sockets, Assumed())) for sockets in (1_000, 2_000))
    assert tuple(two) == pytest.approx(tuple(2 * amount for amount in one))
