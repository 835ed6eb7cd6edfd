"""Log lines on stderr: JSON when nobody reads along, plain words on a terminal; with the ids of job and request."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

from tasks.settings import settings

FIELDS = ("request_id", "job_id", "job_type", "attempt")


def _printable(text: str) -> str:
    """The text with whatever a terminal could obey, or UTF-8 cannot carry, escaped as JSON does it."""
    return "".join(one if one.isprintable() else json.dumps(one)[1:-1] for one in text)


class _Plain(logging.Formatter):
    def formatMessage(self, record: logging.LogRecord) -> str:
        record.message = _printable(record.message)
        return super().formatMessage(record)


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: value for name in FIELDS if (value := getattr(record, name, None)) is not None}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return _printable(json.dumps(line, ensure_ascii=False, default=str))


def open_log() -> None:
    """Send this process's log to stderr, as `PLACEOPS_LOG_FORMAT` says (auto: JSON unless stderr is a terminal)."""
    wanted = settings().log_format
    as_json = wanted == "json" or (wanted == "auto" and not sys.stderr.isatty())
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        _Json() if as_json else _Plain("%(asctime)s %(levelname)-7s %(message)s", datefmt="%H:%M:%S")
    )
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for noisy in ("dramatiq", "periodiq", "alembic", "httpx"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
