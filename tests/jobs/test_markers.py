"""The shared export folder is proven by what the workers leave in it."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tasks.jobs import markers
from tasks.jobs.incarnation import Incarnation
from tasks.services.health import Check, doctor
from tasks.settings import settings
from tests.conftest import Place
from tests.jobs.support import TESTER, alive, ask, until, workers

EXPORTS = "export-registrations-csv"


def shared() -> list[Check]:
    return [check for check in doctor(TESTER) if check.name == "shared export folder"]


def left() -> list[str]:
    return sorted(path.name for path in settings().export_dir.glob(".worker-*"))


def test_workers_that_write_here_are_seen_and_leave_nothing(here: Place) -> None:
    with workers(here, EXPORTS, processes=2):
        until(lambda: len(left()) == 2)
        (check,) = shared()
        assert (check.status, check.fix) == ("ok", None)
    assert left() == []


def test_a_worker_that_writes_elsewhere_is_named(here: Place, tmp_path: Path) -> None:
    with workers(here, EXPORTS, PLACEOPS_EXPORT_DIR=str(tmp_path / "elsewhere")):
        until(lambda: list((tmp_path / "elsewhere").glob(".worker-*")))
        (check,) = shared()
        assert check.status == "fail"
        assert f"{ask('SELECT max(id) FROM workers')} on {os.uname().nodename}" in check.detail
        assert "PLACEOPS_EXPORT_DIR" in (check.fix or "")


def test_the_marker_of_a_worker_that_was_killed_is_cleared_away(here: Place) -> None:
    with workers(here, EXPORTS):
        until(left)
        (old,) = left()
        os.kill(alive()[0], signal.SIGKILL)
        until(lambda: len(left()) == 2)
        with_dead = (
            "UPDATE workers SET stopped_at = now() WHERE id = (SELECT min(id) FROM workers) RETURNING 1"
        )
        assert ask(with_dead)
        assert [check.status for check in shared()] == ["ok"]
        assert old not in left()
        assert len(left()) == 1


@pytest.mark.parametrize("text", ["", "another-host 1\n", "\x00"])
def test_somebody_elses_marker_proves_nothing(here: Place, text: str) -> None:
    worker = Incarnation("worker", [EXPORTS])
    markers.leave(settings().export_dir, worker.id)
    assert [check.status for check in shared()] == ["ok"]
    (settings().export_dir / f".worker-{worker.id}").write_text(text)
    assert [check.status for check in shared()] == ["fail"]
    worker.end()


def test_whoever_writes_no_exports_is_not_asked(here: Place) -> None:
    worker = Incarnation("worker", ["prune-jobs"])
    assert shared() == []
    worker.end()


def test_a_folder_that_cannot_be_written_stops_no_worker(
    here: Place, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    markers.leave(tmp_path / "file" / "exports", 1)
    assert "cannot write to the export folder" in caplog.text
