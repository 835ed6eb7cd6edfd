"""Backups against a real server: whole or not there, proven, and back in place with nothing lost or done twice."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from sql import databases, engine
from sql.engine import transaction
from sql.queries import query
from tasks.actor import SYSTEM, Actor
from tasks.errors import PlaceopsError
from tasks.jobs import ledger
from tasks.services import audit, backups, drift, restoring
from tasks.services.dumps import files, programs
from tests import factories
from tests.conftest import Place


@pytest.fixture
def office(place: Place) -> Iterator[Place]:
    """A college of forty students; databases that a restore has put aside are removed at the end."""
    with transaction() as tx:
        factories.drive(tx)
        factories.crowd(tx, factories.college(tx), 40)
    yield place
    engine.dispose()
    with databases.connect(place.database_url, "postgres") as conn:
        for name in databases.names(conn):
            if name.startswith(f"{restoring.target()}_before_"):
                databases.drop(conn, name)


def reconnect(place: Place) -> None:
    engine.configure(place.database_url, application="placeops tests")


def students() -> int:
    with transaction() as tx:
        return int(tx.scalar(text("SELECT count(*) FROM students")) or 0)


def remove_students() -> None:
    with transaction() as tx:
        tx.execute(text("DELETE FROM students"))


def restore(name: str | None = None, **wanted: bool) -> restoring.Restored:
    return restoring.restore_backup(SYSTEM, name, into=restoring.target(), **wanted)


def beside() -> list[str]:
    """Databases that belong to this test's one."""
    with databases.connect(backups.database_url(), "postgres") as conn:
        return [name for name in databases.names(conn) if name.startswith(f"{restoring.target()}_")]


def refused(code: str) -> pytest.RaisesExc[PlaceopsError]:
    return pytest.RaisesExc(PlaceopsError, check=lambda error: error.code == code)


def test_a_backup_holds_what_its_manifest_says(office: Place) -> None:
    made = backups.create_backup(SYSTEM)
    assert made.rows["students"] == 40 and made.rows["alembic_version"] == 1
    assert made.dump.stat().st_mode & 0o077 == 0 and made.dump.stat().st_size == made.bytes
    assert backups.list_backups(SYSTEM) == [made]
    assert sorted(path.suffix for path in files.backup_folder().iterdir()) == ["", ".dump", ".json"]
    with transaction() as tx:
        assert backups.last_success(tx) == made.created_at
    assert [event.action for event in audit.list_audit(SYSTEM, object_type="backup").items] == [
        "backup.create"
    ]


def test_rows_are_counted_in_the_snapshot_that_is_dumped(
    office: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    dump = programs.run

    def after_a_change(*given: object) -> None:
        remove_students()
        dump(*given)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(programs, "run", after_a_change)
        assert backups.create_backup(SYSTEM).rows["students"] == 40
    assert students() == 0
    assert backups.verify_backup(SYSTEM).rows["students"] == 40


def test_verification_restores_and_leaves_nothing_behind(office: Place) -> None:
    made = backups.create_backup(SYSTEM)
    assert made.verified_at is None
    left = f"{restoring.target()}_verify_0123abcd"
    with databases.connect(office.database_url, "postgres") as conn:
        databases.create(conn, left, restoring.target())
    assert backups.verify_backup(SYSTEM, made.dump.name).verified_at is not None
    assert backups.list_backups(SYSTEM)[0].verified_at is not None
    assert beside() == [], "a killed verification's database goes as well"


@pytest.mark.parametrize("known", [True, False])
def test_what_is_damaged_is_noticed(office: Place, known: bool) -> None:
    """One byte by the checksum; and where somebody has written a new one, a lost half by what pg_restore says."""
    made = backups.create_backup(SYSTEM)
    damaged = bytearray(made.dump.read_bytes())
    damaged[len(damaged) // 2] ^= 0xFF
    made.dump.write_bytes(damaged)
    if not known:
        made.dump.write_bytes(damaged[: len(damaged) // 2])
        told = replace(made, sha256=files.digest(made.dump), bytes=len(damaged) // 2)
        files.write_manifest(files.backup_folder(), told)
    for attempt in (lambda: backups.verify_backup(SYSTEM), restore):
        with pytest.raises(PlaceopsError) as caught:
            attempt()
        assert caught.value.code == "backup-damaged" or (caught.value.code == "dump-failed" and not known)
    reconnect(office)
    assert students() == 40 and beside() == []


def test_a_row_too_few_is_noticed(office: Place) -> None:
    made = backups.create_backup(SYSTEM)
    files.write_manifest(files.backup_folder(), replace(made, rows={**made.rows, "students": 41}))
    with pytest.raises(PlaceopsError, match="students has 40 rows, not 41"):
        backups.verify_backup(SYSTEM)


def test_a_killed_backup_leaves_nothing_that_looks_whole(office: Place, tmp_path: Path) -> None:
    """The dump waits for a table that somebody holds: there it is killed, without a chance to tidy up."""
    folder = files.backup_folder()
    with psycopg.connect(office.database_url) as holder:
        holder.execute("LOCK TABLE students IN ACCESS EXCLUSIVE MODE")
        holder.execute("SET idle_in_transaction_session_timeout = 0")
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED], env=office.environment, stderr=subprocess.PIPE, text=True
        )
        deadline = time.monotonic() + 30
        while not list(folder.glob("*.dump.part")):
            assert process.poll() is None and time.monotonic() < deadline, process.communicate()
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert backups.list_backups(SYSTEM) == [] and not list(folder.glob("*.dump"))
    made = backups.create_backup(SYSTEM)
    assert backups.list_backups(SYSTEM) == [made] and not list(folder.glob("*.part"))


KILLED = """
from tasks.runtime import open_runtime
from sql import databases
from tasks.actor import SYSTEM
from tasks.services import backups
open_runtime("tests")
databases._rows = lambda conn: {}
backups.create_backup(SYSTEM)
"""


def test_two_backups_at_once_are_one(office: Place) -> None:
    with files.sole(), refused("locked"):
        backups.create_backup(SYSTEM)


def test_a_restore_brings_yesterday_back(office: Place) -> None:
    made = backups.create_backup(SYSTEM)
    remove_students()
    with transaction() as tx:
        factories.crowd(tx, factories.college(tx, "NEW"), 5)
        newest = tx.scalar(text("SELECT max(id) FROM students"))
        tx.execute(text("SELECT setval('worker_ids', 77)"))
    restored = restore()
    reconnect(office)
    assert (restored.database, restored.rows, restored.given_back) == (
        restoring.target(),
        sum(made.rows.values()),
        0,
    )
    with transaction() as tx:
        assert students() == 40
        assert tx.scalar(text("SELECT nextval('worker_ids')")) == 78
        assert factories.student(tx, factories.college(tx, "ALSO"), "X1") > newest
        assert backups.last_success(tx) == made.created_at
    assert restored.kept is not None and beside() == [restored.kept]
    with databases.connect(office.database_url, restored.kept) as conn:
        assert conn.execute("SELECT count(*) FROM students").fetchone() == (5,)
    assert drift.check_database(SYSTEM) == []
    assert backups.verify_backup(SYSTEM, made.name).verified_at is not None


def test_a_restore_where_there_is_no_database(office: Place) -> None:
    backups.create_backup(SYSTEM)
    engine.dispose()
    with databases.connect(office.database_url, "postgres") as conn:
        databases.drop(conn, restoring.target())
    assert backups.verify_backup(SYSTEM).verified_at is not None
    engine.dispose()
    assert restore().kept is None
    reconnect(office)
    assert students() == 40


def test_jobs_that_ran_wait_again_and_are_done_once(office: Place) -> None:
    with transaction() as tx:
        running, unwanted, waiting = (
            ledger.enqueue(tx, "export-registrations-csv", {"export": number}, created_by="tests")
            for number in (1, 2, 3)
        )
        worker = tx.scalar(
            text(
                "INSERT INTO workers (id, kind, host, pid, types, version, lease_until) VALUES "
                "(nextval('worker_ids'), 'worker', 'there', 1, '{}', '1', now() + interval '1 h') RETURNING id"
            )
        )
        tx.execute(
            text(
                "UPDATE jobs SET state = 'active', attempt = 1, worker_id = :worker, started_at = now(), "
                "lease_until = now() + interval '1 h', crashed_by = '{501,502}', "
                "cancel_requested_at = CASE id WHEN :unwanted THEN now() END WHERE id IN (:running, :unwanted)"
            ),
            {"worker": worker, "running": running, "unwanted": unwanted},
        )
    backups.create_backup(SYSTEM)
    restored = restore()
    reconnect(office)
    assert restored.given_back == 2
    with transaction() as tx:
        found = tx.execute(
            text("SELECT id, state, attempt, cardinality(crashed_by) FROM jobs ORDER BY id")
        ).all()
        assert [tuple(row) for row in found] == [
            (running, "waiting", 1, 2),
            (unwanted, "cancelled", 1, 2),
            (waiting, "waiting", 0, 0),
        ], "nobody crashed: two crashes stay two"
        why = tx.scalar(
            text("SELECT why FROM job_events WHERE job_id = :id ORDER BY id DESC LIMIT 1"), {"id": running}
        )
        assert "backup" in str(why)
        assert tx.scalar(text("SELECT count(*) FROM workers WHERE stopped_at IS NULL")) == 0
        # The worker of before, alive somewhere: what it still has in hand has no effect, and it gets nothing new.
        late = {"id": running, "attempt": 1, "worker": worker, "result": "{}", "why": None}
        assert tx.scalar(query("ledger", "complete"), late) is None
    assert ledger.take_from_dead() == []


def test_a_restore_that_fails_leaves_the_database(office: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    backups.create_backup(SYSTEM)
    remove_students()

    def fails(*_: object) -> None:
        raise PlaceopsError("dump-failed", "no room")

    for broken in (programs, restoring):
        with monkeypatch.context() as patched:
            patched.setattr(broken, "run" if broken is programs else "_settle", fails)
            with pytest.raises(PlaceopsError, match="no room"):
                restore()
        reconnect(office)
        assert students() == 0 and beside() == []


def test_while_others_are_connected_only_when_told_so(office: Place) -> None:
    backups.create_backup(SYSTEM)
    remove_students()
    with psycopg.connect(office.database_url, application_name="placeops api") as other:
        with pytest.raises(PlaceopsError, match=r"placeops api \(1\)"):
            restore()
        assert restore(disconnect=True).kept is not None
        with pytest.raises(psycopg.OperationalError):
            other.execute("SELECT 1")
    reconnect(office)
    assert students() == 40


def test_only_the_database_that_is_named_is_replaced(office: Place) -> None:
    backups.create_backup(SYSTEM)
    with pytest.raises(PlaceopsError, match="not production"):
        restoring.restore_backup(SYSTEM, None, into="production")
    with refused("not-found"):
        restore("another-backup")


def test_a_backup_of_a_later_version_is_refused(office: Place) -> None:
    made = backups.create_backup(SYSTEM)
    files.write_manifest(files.backup_folder(), replace(made, revision="9999_later"))
    with refused("schema-too-new"):
        restore()


def test_pruning_keeps_the_newest_of_this_database(office: Place) -> None:
    made = backups.create_backup(SYSTEM)
    folder = files.backup_folder()
    for days in range(1, 4):
        older = replace(made, name=f"older-{days}", created_at=made.created_at - timedelta(days=days))
        files.write_manifest(folder, older)
        older.dump.write_bytes(b"")
    files.write_manifest(folder, replace(older, name="foreign", database="foreign"))
    (folder / "foreign.dump").write_bytes(b"")
    names = ["older-2", "older-3"]
    assert [one.name for one in backups.prune_backups(SYSTEM, 2, dry_run=True)] == names
    assert len(backups.list_backups(SYSTEM)) == 5
    assert [one.name for one in backups.prune_backups(SYSTEM, 2)] == names
    assert {one.name for one in backups.list_backups(SYSTEM)} == {made.name, "older-1", "foreign"}


def test_no_password_on_a_command_line_and_a_program_of_the_right_version(
    office: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = "postgresql+psycopg://clerk:s%40cret@db.example.org:6432/office?sslmode=require"
    found = programs.environment(url, "other")
    assert found["PGPASSWORD"] == "s@cret" and found["PGSSLMODE"] == "require"
    assert (found["PGHOST"], found["PGPORT"], found["PGUSER"], found["PGDATABASE"]) == (
        "db.example.org", "6432", "clerk", "other",
    )  # fmt: skip
    with pytest.raises(PlaceopsError, match="pg_dump for PostgreSQL 99 is needed") as caught:
        programs.dumper(99)
    assert caught.value.code == "program-missing" and "postgresql-client-99" in caught.value.fix
    monkeypatch.setattr(programs, "_candidates", lambda name: iter(()))
    with pytest.raises(PlaceopsError, match="not installed"):
        backups.create_backup(SYSTEM)


def test_the_nearest_version_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    there = {Path(f"/pg{number}"): number for number in (18, 15, 17, 16)}
    monkeypatch.setattr(programs, "_candidates", lambda name: iter(there))
    monkeypatch.setattr(programs, "_version", there.get)
    assert programs.dumper(15) == (Path("/pg15"), 15)
    assert programs.restorer(17, 15) == Path("/pg17")
    assert programs.restorer(18, 16) == Path("/pg18")
    with refused("program-missing"):
        programs.restorer(15, 18)


def test_only_who_may_manage_the_installation(office: Place) -> None:
    nobody = Actor("somebody")
    for act in (
        lambda: backups.create_backup(nobody),
        lambda: backups.verify_backup(nobody),
        lambda: backups.list_backups(nobody),
        lambda: backups.prune_backups(nobody, 1),
        lambda: restoring.restore_backup(nobody, None, into="x"),
    ):
        with refused("forbidden"):
            act()
