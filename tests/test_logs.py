"""Log lines: one for each record, whatever people have sent, in both forms."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

from tasks.logs import open_log
from tasks.settings import settings

NASTY = "x\r\n00:00:00 ERROR   forged\x1b[2J\x9b2J\u2028\u202e\ud800 end"


@pytest.fixture
def root() -> Iterator[None]:
    """The log as it was, afterwards."""
    log = logging.getLogger()
    handlers, level = list(log.handlers), log.level
    yield
    log.handlers[:] = handlers
    log.setLevel(level)
    settings.cache_clear()


@pytest.mark.parametrize("form", ["json", "text"])
def test_a_record_is_one_printable_line(
    root: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    monkeypatch.setenv("PLACEOPS_LOG_FORMAT", form)
    settings.cache_clear()
    open_log()
    logging.getLogger("placeops.test").warning("%s", NASTY, extra={"request_id": NASTY})
    logging.getLogger("placeops.test").warning("ஆஷா, आशा")
    told = capsys.readouterr().err
    first, second, end = told.split("\n")
    assert first.isprintable() and "forged" in first and end == ""
    assert second.isprintable() and "ஆஷா" in second, "and names stay as they are"
    if form == "json":
        assert json.loads(first)["message"] == json.loads(first)["request_id"] == NASTY


def test_an_exception_keeps_its_lines_where_a_person_reads(
    root: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PLACEOPS_LOG_FORMAT", "text")
    settings.cache_clear()
    open_log()
    try:
        raise ValueError("no")
    except ValueError:
        logging.getLogger("placeops.test").exception("unexpected")
    assert "\nTraceback" in capsys.readouterr().err
