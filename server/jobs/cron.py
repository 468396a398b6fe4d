"""Cron expressions, in UTC."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

FIELDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7), (0, 59))
DAYS_MAX = 41 * 366  # until 29 February is the same day of the week again, over 2100


@dataclass(frozen=True, slots=True)
class Cron:
    """When something happens, as crontab(5) has it: minute, hour, day, month, day of the week.

    A field is `*`, or a list of numbers and ranges, each with a step if need be: `0,30`, `8-17`,
    `*/10`. Sunday is 0 or 7. When both day and day of the week are restricted, either will do. A
    sixth field, for seconds, may follow; without it, it is 0.
    """

    minutes: list[int]
    hours: list[int]
    days: list[int]
    months: list[int]
    weekdays: list[int]
    seconds: list[int]
    either_day: bool

    @classmethod
    def parse(cls, expression: str) -> "Cron":
        """Raise ValueError for what is no expression."""
        texts = expression.split()
        if len(texts) not in (5, 6):
            raise ValueError(f"{expression!r} has not 5 or 6 fields")
        texts = [*texts, "0"][:6]
        minutes, hours, days, months, weekdays, seconds = (
            _field(text, *bounds) for text, bounds in zip(texts, FIELDS, strict=True)
        )
        either = not (texts[2].startswith("*") or texts[4].startswith("*"))
        weekdays = sorted({weekday % 7 for weekday in weekdays})
        return cls(minutes, hours, days, months, weekdays, seconds, either)

    def next_after(self, moment: datetime) -> datetime:
        """Return the first time after this moment; ValueError when there is none (30 February)."""
        moment = moment.astimezone(UTC)
        for ahead in range(DAYS_MAX):
            day = moment.date() + timedelta(days=ahead)
            if self._includes(day):
                for found in self._times(day, moment.hour if ahead == 0 else 0):
                    if found > moment:
                        return found
        raise ValueError("no such day")

    def _includes(self, day: date) -> bool:
        matches = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return day.month in self.months and (any if self.either_day else all)(matches)

    def _times(self, day: date, first_hour: int) -> Iterator[datetime]:
        for hour in self.hours:
            if hour >= first_hour:
                for minute in self.minutes:
                    for second in self.seconds:
                        yield datetime.combine(day, time(hour, minute, second, tzinfo=UTC))


def _field(text: str, low: int, high: int) -> list[int]:
    values: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        first, _, last = (f"{low}-{high}" if span == "*" else span).partition("-")
        start, end = int(first), int(last or (high if step else first))
        if not (low <= start <= end <= high) or int(step or 1) < 1:
            raise ValueError(f"{part!r} is not within {low}-{high}")
        values.update(range(start, end + 1, int(step or 1)))
    return sorted(values)
