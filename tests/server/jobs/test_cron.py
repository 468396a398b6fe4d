"""When cron expressions say that something happens."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from handlers.jobs import SCHEDULES
from server.jobs.cron import Cron


def after(expression: str, moment: str, count: int = 1) -> list[str]:
    cron, found = Cron.parse(expression), datetime.fromisoformat(moment).replace(tzinfo=UTC)
    times = []
    for _ in range(count):
        found = cron.next_after(found)
        times.append(f"{found:%Y-%m-%d %H:%M:%S}")
    return times


@pytest.mark.parametrize(
    ("expression", "moment", "times"),
    [
        ("* * * * *", "2026-01-31 23:59:59", ["2026-02-01 00:00:00", "2026-02-01 00:01:00"]),
        ("* * * * * *", "2026-12-31 23:59:58", ["2026-12-31 23:59:59", "2027-01-01 00:00:00"]),
        ("17 * * * *", "2026-03-01 10:17:00", ["2026-03-01 11:17:00", "2026-03-01 12:17:00"]),
        ("7 8,9,10 * * *", "2026-03-01 09:30:00", ["2026-03-01 10:07:00", "2026-03-02 08:07:00"]),
        ("*/20 8-9 * * *", "2026-03-01 09:20:00", ["2026-03-01 09:40:00", "2026-03-02 08:00:00"]),
        ("0 5/12 * * *", "2026-03-01 05:00:00", ["2026-03-01 17:00:00", "2026-03-02 05:00:00"]),
        ("0 0 29 2 *", "2026-01-01 00:00:00", ["2028-02-29 00:00:00", "2032-02-29 00:00:00"]),
        ("0 0 29 2 *", "2096-03-01 00:00:00", ["2104-02-29 00:00:00"]),
        ("0 0 * * 7", "2026-11-26 00:00:00", ["2026-11-29 00:00:00", "2026-12-06 00:00:00"]),
        ("0 0 * * 0", "2026-11-26 00:00:00", ["2026-11-29 00:00:00"]),
        ("0 0 * 2 1-5", "2026-01-30 00:00:00", ["2026-02-02 00:00:00", "2026-02-03 00:00:00"]),
        # Both days restricted: either will do.
        ("0 0 13 * 5", "2026-11-10 00:00:00", ["2026-11-13 00:00:00", "2026-11-20 00:00:00"]),
        ("0 0 31 * *", "2026-01-31 00:00:00", ["2026-03-31 00:00:00", "2026-05-31 00:00:00"]),
    ],
)
def test_next_times(expression: str, moment: str, times: list[str]) -> None:
    assert after(expression, moment, len(times)) == times


def test_times_are_in_utc_whatever_the_moments_zone() -> None:
    moment = datetime(2026, 3, 1, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    found = Cron.parse("0 * * * *").next_after(moment)
    assert found == datetime(2026, 3, 1, 0, 0, tzinfo=UTC)
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    "expression",
    [
        *("", "* * * *", "* * * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *"),
        *("* * * * 8", "5-3 * * * *", "*/0 * * * *", "a * * * *", "1,,2 * * * *", "-1 * * * *"),
    ],
)
def test_what_is_no_expression_is_refused(expression: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Cron.parse(expression)


def test_day_that_never_comes_is_said_to_be_none() -> None:
    with pytest.raises(ValueError, match="no such day"):
        Cron.parse("0 0 30 2 *").next_after(datetime(2026, 1, 1, tzinfo=UTC))


def test_schedules_are_expressions() -> None:
    for expression, _ in SCHEDULES.values():
        Cron.parse(expression)
