"""A logger for what may fail many times a second."""

import logging
from collections.abc import Callable
from time import monotonic

REPEAT_SECONDS = (10.0, 600.0)  # until the same is said again: at first, and at most
FORGET_SECONDS = 60.0  # what has not come up for so long is new again


class ThrottledLogger:
    """Logs a warning, but the same one again ever more rarely, with how many were held back.

    After 10 s at first, then after twice as long each time, and after ten minutes at most.
    """

    def __init__(self, logger: logging.Logger, clock: Callable[[], float] = monotonic) -> None:
        self._logger = logger
        self._clock = clock
        self._last: tuple[object, ...] = ()
        self._came_at = 0.0
        self._quiet_until = 0.0
        self._quiet_seconds = 0.0
        self._held_back = 0

    def warning(self, text: str, *values: object, exc_info: bool = False) -> None:
        """Log like `logging.Logger.warning`, unless the same was logged a moment ago."""
        now = self._clock()
        same = (text, *values) == self._last and now < self._came_at + FORGET_SECONDS
        self._came_at = now
        if same and now < self._quiet_until:
            self._held_back += 1
            return
        first, longest = REPEAT_SECONDS
        self._quiet_seconds = min(2 * self._quiet_seconds, longest) if same else first
        self._last, self._quiet_until = (text, *values), now + self._quiet_seconds
        if self._held_back:
            text, values = text + " (%d more not shown)", (*values, self._held_back)
            self._held_back = 0
        self._logger.warning(text, *values, exc_info=exc_info)

    def forget(self) -> None:
        """Take what comes next for new: what was complained of is over."""
        self._last = ()
        self._held_back = 0
