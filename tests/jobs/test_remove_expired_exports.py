"""Clean-up of the export folder: what is over goes, whatever else lies there stays."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text

from sql.engine import transaction
from sql.tables import exports
from tasks.jobs import remove_expired_exports
from tasks.jobs.incarnation import Incarnation
from tasks.jobs.registry import ActiveJob, Result
from tasks.settings import settings
from tests import factories
from tests.conftest import Place

TWO_DAYS = 2 * 24 * 3600


def run() -> Result:
    job = ActiveJob(1, "remove-expired-exports", 1, {}, None, "tests", None, 60)
    with transaction() as tx:
        return remove_expired_exports.apply(tx, job, None)


def lay(folder: Path, name: str, *, age: float = 0) -> Path:
    path = folder / name
    path.write_text(name)
    os.utime(path, (time.time() - age,) * 2)
    return path


@pytest.fixture
def folder(place: Place) -> Path:
    settings().export_dir.mkdir(parents=True)
    return settings().export_dir


def complete(file_name: str, *, expires: str) -> None:
    with transaction() as tx:
        drive = factories.drive(tx, f"D{file_name[0]}")
        row = {"drive_id": drive, "preset": "company_shortlist", "dialect": "data", "requested_by": "tests"}
        done = {"file_name": file_name, "rows": 1, "bytes": 1, "sha256": "0" * 64, "host": "here"}
        tx.execute(insert(exports).values(row | done | {"completed_at": "2026-01-01", "expires_at": expires}))


def test_expired_file_goes_and_its_row_says_so(folder: Path) -> None:
    over, current = lay(folder, "1-1.csv"), lay(folder, "2-1.csv", age=TWO_DAYS)
    complete("1-1.csv", expires="2026-01-04")
    complete("2-1.csv", expires="2100-01-01")
    assert run() == {"expired": 1, "orphans": 0}
    assert (over.exists(), current.exists()) == (False, True)
    with transaction() as tx:
        removed = set(tx.scalars(select(exports.c.file_name).where(exports.c.removed_at.is_not(None))))
    assert removed == {"1-1.csv"}
    assert run() == {"expired": 0, "orphans": 0}


def test_only_old_files_of_our_pattern_are_orphans(folder: Path) -> None:
    orphans = [
        lay(folder, name, age=TWO_DAYS) for name in ("7-1.csv", "7-2.part", "7-1.xlsx", "123456789012-33.csv")
    ]
    others = [
        "notes.csv",
        "7-1.csv.bak",
        "a7-1.csv",
        "7-1.CSV",
        "7.csv",
        "-7-1.csv",
        "7-1.xls",
        "٧-1.csv",
        "7-1.csv\n",
    ]
    kept = [lay(folder, name, age=TWO_DAYS) for name in others] + [
        lay(folder, "8-1.part"),
        lay(folder, "8-1.csv"),
    ]
    assert run() == {"expired": 0, "orphans": 4}
    assert not any(path.exists() for path in orphans)
    assert all(path.exists() for path in kept)


def test_links_and_folders_stay(folder: Path, place: Place) -> None:
    precious = lay(place.folder, "precious", age=TWO_DAYS)
    (folder / "7-1.csv").symlink_to(precious)
    (folder / "7-2.part").mkdir()
    os.utime(folder / "7-1.csv", (0, 0), follow_symlinks=False)
    os.utime(folder / "7-2.part", (0, 0))
    (folder / "1-1.csv").symlink_to(precious)
    complete("1-1.csv", expires="2026-01-04")
    assert run() == {"expired": 1, "orphans": 0}
    assert precious.exists()
    assert sorted(path.name for path in folder.iterdir()) == ["1-1.csv", "7-1.csv", "7-2.part"]


def test_file_of_a_removed_export_is_an_orphan_where_it_turns_up_again(folder: Path) -> None:
    complete("1-1.csv", expires="2026-01-04")
    run()
    late = lay(folder, "1-1.csv", age=TWO_DAYS)
    assert run() == {"expired": 0, "orphans": 1}
    assert not late.exists()


def test_rows_of_a_workbook_that_was_never_packed_go_with_their_folder(folder: Path, place: Place) -> None:
    precious = lay(place.folder, "precious", age=TWO_DAYS)
    old, young, link = folder / "7-1.work", folder / "8-1.work", folder / "9-1.work"
    for work in (old, young):
        work.mkdir()
        (work / "rows").write_text("x")
        (work / "link").symlink_to(precious)
    link.symlink_to(place.folder)
    os.utime(old, (0, 0))
    os.utime(link, (0, 0), follow_symlinks=False)
    assert run() == {"expired": 0, "orphans": 0}
    assert (old.exists(), young.exists(), link.is_symlink(), precious.exists()) == (False, True, True, True)


def test_missing_folder_is_no_error(place: Place) -> None:
    complete("1-1.csv", expires="2026-01-04")
    assert run() == {"expired": 1, "orphans": 0}


def test_the_marker_of_a_worker_long_gone_goes_and_a_living_ones_stays(folder: Path) -> None:
    living, lost, stopped = (Incarnation("worker", []) for _ in range(3))
    stopped.end()
    with transaction() as tx:
        tx.execute(
            text("UPDATE workers SET lost_at = now() - interval '1 hour' WHERE id = :id"), {"id": lost.id}
        )
        tx.execute(
            text("UPDATE workers SET stopped_at = now() - interval '2 days' WHERE stopped_at IS NOT NULL")
        )
    ids = (living.id, lost.id, stopped.id, 999_999)
    left = [lay(folder, f".worker-{one}", age=TWO_DAYS) for one in ids]
    young = lay(folder, ".worker-999998")
    assert run() == {"expired": 0, "orphans": 0}
    assert [path.exists() for path in [*left, young]] == [True, True, False, False, True]
    living.end()
    lost.end()
