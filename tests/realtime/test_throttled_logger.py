"""What goes wrong for long is said when it begins, and then ever more rarely."""

import logging

import pytest

from realtime.throttled_logger import ThrottledLogger


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def logger(clock: Clock) -> ThrottledLogger:
    return ThrottledLogger(logging.getLogger("throttled"), clock)


@pytest.mark.parametrize("seconds", [0.5, 12.0])
def test_an_hour_of_the_same_is_said_a_dozen_times_and_all_are_counted(
    logger: ThrottledLogger, clock: Clock, caplog: pytest.LogCaptureFixture, seconds: float
) -> None:
    for _ in range(round(3600 / seconds)):
        logger.warning("%s is away", "Redis")
        clock.now += seconds
    said = [record.getMessage() for record in caplog.records]
    assert 8 <= len(said) <= 14
    held_back = sum(int(line.split("(")[1].split()[0]) for line in said if "(" in line)
    assert 0 <= 3600 / seconds - held_back - len(said) <= 600 / seconds


def test_what_is_new_is_said_at_once(
    logger: ThrottledLogger, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    for text in ("one", "one", "another", "one"):
        logger.warning(text)
    assert [record.getMessage() for record in caplog.records] == [
        "one",
        "another (1 more not shown)",
        "one",
    ]
    clock.now += 61
    logger.warning("one")
    logger.forget()
    logger.warning("one")
    assert len(caplog.records) == 5
