"""Log lines on stderr, for people or as JSON."""

import json
import logging
import sys
import time
from typing import Any

from storage import tracing

ACCESS_LOGGER = "mini_twitter.access"  # its lines are JSON whatever the others are

# What every record carries; anything else came as `extra=` and belongs into the JSON line.
STANDARD_ATTRIBUTES = frozenset(vars(logging.makeLogRecord({}))) | {
    "message",
    "asctime",
    "taskName",
}


class JsonLines(logging.Formatter):
    """One object a line: time (RFC 3339 UTC), level, logger, message, extras, error (traceback)."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line of JSON."""
        seconds = time.gmtime(record.created)
        line: dict[str, Any] = {
            "time": f"{time.strftime('%Y-%m-%dT%H:%M:%S', seconds)}.{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {
            key: value for key, value in vars(record).items() if key not in STANDARD_ATTRIBUTES
        }
        if trace := tracing.current():
            line.setdefault("request_id", trace.request_id)
            if trace.trace_id is not None:
                line.setdefault("trace_id", trace.trace_id)
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        # Not orjson: it refuses big numbers and the half characters that paths from clients hold.
        return json.dumps(line, default=str, skipkeys=True)


class TextLines(logging.Formatter):
    """A line for people; what is done for a request ends in its id."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        """Return the line without a traceback."""
        line = super().formatMessage(record)
        trace = tracing.current()
        return line if trace is None else f"{line} [{trace.request_id}]"


def configure_logging(level: str, line_format: str) -> None:
    """Send every logger's lines from `level` up to stderr, as `text` or `json`."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        JsonLines()
        if line_format == "json"
        else TextLines("%(asctime)s %(levelname)-7s %(name)s: %(message)s")
    )
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    access = logging.StreamHandler(sys.stderr)
    access.setFormatter(JsonLines())
    logger = logging.getLogger(ACCESS_LOGGER)
    logger.handlers = [access]
    logger.setLevel("INFO")
    logger.propagate = False
    logging.getLogger("aiohttp.server").addFilter(_is_not_malformed_http)


def _is_not_malformed_http(record: logging.LogRecord) -> bool:
    """Drop what is no HTTP: anybody may send it, gets a 400, and would fill the log with it."""
    kind = record.exc_info[0] if record.exc_info else None
    return kind is None or kind.__module__ != "aiohttp.http_exceptions"
