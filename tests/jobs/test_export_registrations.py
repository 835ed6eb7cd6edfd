"""The file an export leaves: byte-exact, from one snapshot, whole or not at all."""

from __future__ import annotations

import csv
import hashlib
import io
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, insert, select, text, update

from sql import engine
from sql.engine import transaction
from sql.queries import source
from sql.tables import drive_registrations, exports
from tasks import spreadsheet
from tasks.actor import SYSTEM
from tasks.jobs import export_registrations as export_job
from tasks.jobs.registry import ActiveJob, ExpectedFailure, Result
from tasks.services.exports import request_export
from tasks.settings import settings
from tests import factories
from tests.conftest import Place

HEADER = (
    "S.No,Roll No,Name,Email,Mobile,Gender,College,Programme,Branch,Batch,CGPA,10th %,12th %,Diploma %,"
    "Active Backlogs,Registered At"
)
REGISTERED_AT = datetime(2026, 11, 23, 12, 34, 5, 987654, tzinfo=UTC)
FULL = {
    "email": "a@example.edu", "phone": "+91 98765 43210", "gender": "F", "programme": "B.E.", "branch": "CSE",
    "batch_year": 2027, "cgpa": "8.5", "tenth_pct": "91", "twelfth_pct": "88.25", "active_backlogs": 0,
}  # fmt: skip


def register(
    tx: Connection, drive: int, student: int, at: datetime = REGISTERED_AT, status: str = "registered"
) -> None:
    row = {
        "drive_id": drive,
        "student_id": student,
        "channel": "SELF",
        "criteria_version": 1,
        "status": status,
    }
    withdrawn = at if status == "withdrawn" else None
    tx.execute(
        insert(drive_registrations).values(
            row | {"registered_by": "tests", "registered_at": at, "withdrawn_at": withdrawn}
        )
    )


def ugly(tx: Connection) -> str:
    """A drive with the students that break other exports; returns its code."""
    north = factories.college(tx, "N", name="North, College")
    south = factories.college(tx, "S", name="=South", time_zone="America/New_York")
    drive, other = factories.drive(tx, "UGLY"), factories.drive(tx, "OTHER")
    people = [
        factories.student(tx, north, "R2", name="செல்வி, K.", **FULL),
        factories.student(
            tx, north, "R10", name='आदित्य "Adi" 😀', **FULL | {"phone": "-1+1", "email": "@sum(1)"}
        ),
        factories.student(
            tx, north, "007", name="=cmd|' /C calc'!A0", **FULL | {"branch": "-x", "programme": "\t=1"}
        ),
        factories.student(
            tx, north, "r1", name="Two\nlines", **FULL | {"branch": None, "phone": "+91-98765-43210"}
        ),
        factories.student(tx, south, "R2", name="Plain"),
    ]
    for person in people:
        register(tx, drive, person)
    register(tx, drive, factories.student(tx, south, "GONE"), status="withdrawn")
    register(tx, other, people[0])
    return "UGLY"


def requested(ref: str, dialect: str = "excel", **asked: Any) -> ActiveJob:
    job = request_export(SYSTEM, ref, dialect=dialect, **asked).job
    return ActiveJob(job.id, job.type, 1, job.payload, job.drive_id, "tests", None, 60)


def run(job: ActiveJob) -> Result:
    prepared = export_job.prepare(job)
    with transaction() as tx:
        return export_job.apply(tx, job, prepared)


def content(result: Result) -> bytes:
    return (settings().export_dir / str(result["file"])).read_bytes()


@pytest.fixture
def drive(place: Place) -> str:
    with transaction() as tx:
        return ugly(tx)


def test_excel_dialect_byte_for_byte(drive: str) -> None:
    result = run(requested(drive))
    marks = "2027,8.50,91.00,88.25,,0,2026-11-23 18:04:05"
    lines = [
        HEADER,
        "1,R2,Plain,,,,'=South,,,,,,,,,2026-11-23 07:34:05",
        f"2,007,'=cmd|' /C calc'!A0,a@example.edu,+91 98765 43210,F,\"North, College\",'\t=1,'-x,{marks}",
        f'3,R10,"आदित्य ""Adi"" 😀",\'@sum(1),\'-1+1,F,"North, College",B.E.,CSE,{marks}',
        f'4,R2,"செல்வி, K.",a@example.edu,+91 98765 43210,F,"North, College",B.E.,CSE,{marks}',
        f'5,r1,"Two\nlines",a@example.edu,+91-98765-43210,F,"North, College",B.E.,,{marks}',
    ]
    assert content(result) == b"\xef\xbb\xbf" + "".join(f"{line}\r\n" for line in lines).encode()
    assert result["rows"] == 5
    assert result["warnings"] == [
        "Excel may change 1 roll number on opening (leading zeros, 1E5, MAR-12): import the column as text"
    ]


def test_data_dialect_is_exact_and_reads_back(drive: str) -> None:
    result = run(requested(drive, "data"))
    data = content(result)
    assert data.startswith(f"{HEADER}\n1,R2,Plain,,,,=South,".encode())
    rows = list(csv.DictReader(io.StringIO(data.decode(), newline="")))
    assert [row["Roll No"] for row in rows] == ["R2", "007", "R10", "R2", "r1"]
    assert rows[1]["Name"] == "=cmd|' /C calc'!A0"
    assert rows[1]["Programme"] == "\t=1"
    assert rows[4]["Name"] == "Two\nlines"
    assert {row["Registered At"] for row in rows} == {"2026-11-23T12:34:05.987654Z"}
    assert result["warnings"] == []


@pytest.mark.parametrize("dialect", ["excel", "data"])
def test_result_and_row_describe_the_file(drive: str, dialect: str) -> None:
    job = requested(drive, dialect)
    result = run(job)
    data = content(result)
    assert result["file"] == f"{job.id}-1.csv"
    assert (result["bytes"], result["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
    with transaction() as tx:
        row = tx.execute(select(exports)).mappings().one()
    assert {name: row[name] for name in ("rows", "bytes", "sha256")} == {
        name: result[name] for name in ("rows", "bytes", "sha256")
    }
    assert row["file_name"] == result["file"]
    assert row["expires_at"] - row["completed_at"] == timedelta(hours=settings().export_hours)


def test_same_data_gives_the_same_bytes(drive: str) -> None:
    first = run(requested(drive))
    with transaction() as tx:
        tx.execute(
            text(
                "UPDATE drive_registrations SET reason = 'moves the row to another place in the table' WHERE id % 2 = 1"
            )
        )
    assert run(requested(drive))["sha256"] == first["sha256"]


def test_nobody_registered_gives_a_header(place: Place) -> None:
    with transaction() as tx:
        factories.drive(tx, "EMPTY")
    result = run(requested("EMPTY"))
    assert content(result) == b"\xef\xbb\xbf" + HEADER.encode() + b"\r\n"
    assert result["rows"] == 0


def test_many_rows_come_whole_and_numbered(place: Place) -> None:
    with transaction() as tx:
        crowd = factories.crowd(tx, factories.college(tx), 5_001)
        drive = factories.drive(tx)
        for student in crowd:
            register(tx, drive, student)
    result = run(requested("ACME-1"))
    rows = list(csv.DictReader(io.StringIO(content(result).decode("utf-8-sig"), newline="")))
    assert [int(row["S.No"]) for row in rows] == list(range(1, 5_002))
    by_code_point = sorted((row["Branch"], row["Roll No"]) for row in rows)
    assert [(row["Branch"], row["Roll No"]) for row in rows] == by_code_point
    assert len({row["Roll No"] for row in rows}) == 5_001


def test_more_rows_than_excel_holds_are_refused(drive: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheet, "MAX_ROWS", 4)
    with pytest.raises(ExpectedFailure, match="more than the 4 rows") as refused:
        run(requested(drive))
    assert refused.value.reason == "too-many-rows"
    assert list(settings().export_dir.iterdir()) == []
    assert run(requested(drive, "data"))["rows"] == 5


def test_export_that_is_gone_fails_for_good(drive: str) -> None:
    job = requested(drive)
    with transaction() as tx:
        tx.execute(exports.delete())
    with pytest.raises(ExpectedFailure, match="no longer exists"):
        export_job.prepare(job)


def test_preset_of_another_release_fails_for_good(drive: str) -> None:
    job = requested(drive)
    with transaction() as tx:
        tx.execute(update(exports).values(preset="everything"))
    with pytest.raises(ExpectedFailure, match="'everything'"):
        export_job.prepare(job)


def test_snapshot_is_one_even_while_rows_are_written(
    drive: str, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = export_job._write

    def withdraw_first(*args: object, **kwargs: object) -> None:
        with psycopg.connect(place.database_url) as other:
            other.execute("UPDATE drive_registrations SET status = 'withdrawn', withdrawn_at = now()")
        whole(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(export_job, "_write", withdraw_first)
    assert run(requested(drive))["rows"] == 5


def test_overlong_statement_is_ended_by_the_job_s_own_limit(
    drive: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = source("exports", "company_shortlist")
    slow = query.replace("s.name AS", "(SELECT s.name FROM pg_sleep(9)) AS")
    job = requested(drive)
    job.max_seconds = 1
    with monkeypatch.context() as patched:
        patched.setattr("tasks.jobs.export_registrations.source", lambda module, name: slow)
        with pytest.raises(psycopg.Error) as ended:
            export_job.prepare(job)
    assert engine.sqlstate(ended.value) == "57014"
    assert list(settings().export_dir.iterdir()) == []
    assert run(requested(drive))["rows"] == 5, "the session must be as good as new"


def test_killed_attempt_leaves_no_file_that_anyone_sees(drive: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        pass

    def killed(path: Path, target: Path) -> None:
        raise Killed

    job = requested(drive)
    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", killed)
        with pytest.raises(Killed):
            export_job.prepare(job)
    assert [path.name for path in settings().export_dir.iterdir()] == [f"{job.id}-1.part"]
    job.attempt = 2
    assert run(job)["file"] == f"{job.id}-2.csv"


def test_link_under_the_file_s_name_is_not_followed(drive: str, place: Place) -> None:
    job = requested(drive)
    precious = place.folder / "precious"
    precious.write_text("kept")
    settings().export_dir.mkdir(parents=True)
    for name in (f"{job.id}-1.part", f"{job.id}-1.csv"):
        os.symlink(precious, settings().export_dir / name)
    result = run(job)
    assert precious.read_text() == "kept"
    assert not (settings().export_dir / str(result["file"])).is_symlink()
