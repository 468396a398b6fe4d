"""A logger for what may fail many times a second."""

import asyncio
import logging

REPEAT_SECONDS = 10.0


class ThrottledLogger:
    """Logs a warning, but the same one again only after 10 s, with how many were held back."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self._last: tuple[object, ...] = ()
        self._quiet_until = 0.0
        self._held_back = 0

    def warning(self, text: str, *values: object, exc_info: bool = False) -> None:
        """Log like `logging.Logger.warning`, unless the same was logged a moment ago."""
        now = asyncio.get_running_loop().time()
        if (text, *values) == self._last and now < self._quiet_until:
            self._held_back += 1
            return
        self._last, self._quiet_until = (text, *values), now + REPEAT_SECONDS
        if self._held_back:
            text, values = text + " (%d more not shown)", (*values, self._held_back)
            self._held_back = 0
        self._logger.warning(text, *values, exc_info=exc_info)
