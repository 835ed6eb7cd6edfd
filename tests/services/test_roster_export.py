"""The roster as a file: what comes out goes in again without a change."""

from __future__ import annotations

import csv
import hashlib
import io
import tracemalloc
from typing import Any

import pytest
from sqlalchemy import select, text

from sql.engine import transaction
from sql.tables import audit_events, students
from tasks.actor import SYSTEM, Actor, Role, Scope
from tasks.errors import PlaceopsError
from tasks.services.roster import import_roster
from tasks.services.roster_export import export_roster
from tests import factories
from tests.conftest import Place


def exported(actor: Actor = SYSTEM, **filters: Any) -> bytes:
    file = io.BytesIO()
    done = export_roster(actor, file, **filters)
    data = file.getvalue()
    assert (done.bytes, done.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    return data


def rolls(actor: Actor = SYSTEM, **filters: Any) -> list[str]:
    found = csv.DictReader(io.StringIO(exported(actor, **filters).decode(), newline=""))
    return [f"{row['college']}:{row['roll_no']}" for row in found]


@pytest.fixture
def ugly(place: Place) -> Place:
    """Students that break other files, in two colleges; and a test college."""
    with transaction() as tx:
        south, north = factories.college(tx, "S"), factories.college(tx, "N")
        check = factories.college(tx, "CHECK", is_test=True)
        factories.student(
            tx, south, "0108", name='=cmd, "x"', branch="CSE", cgpa="8.50", phone="+91 98", placed=True
        )
        factories.student(
            tx, south, "1E5", name="செல்வி 😀", branch="It's 100% ok\\", gender="F", active_backlogs=0
        )
        factories.student(
            tx, north, "MAR-12", name="N", branch="CSE", batch_year=2027, admission_type="LATERAL"
        )
        factories.student(tx, north, "a", name="Small", debarred=True)
        factories.student(tx, check, "T1")
    return place


def test_file_has_the_fields_in_order_and_exact_values(ugly: Place) -> None:
    lines = exported().decode().split("\n")
    assert lines[0] == (
        "college,roll_no,name,email,phone,gender,programme,branch,batch_year,admission_type,cgpa,tenth_pct,"
        "twelfth_pct,diploma_pct,active_backlogs,total_backlogs,placed,debarred"
    )
    assert lines[1] == "N,MAR-12,N,,,,,CSE,2027,LATERAL,,,,,,,no,no"
    assert lines[3] == 'S,0108,"=cmd, ""x""",,+91 98,,,CSE,,REGULAR,8.50,,,,,,yes,no'
    assert rolls() == ["N:MAR-12", "N:a", "S:0108", "S:1E5"]


def test_what_comes_out_goes_in_without_a_change_and_restores_what_was_lost(ugly: Place) -> None:
    data = exported()
    report = import_roster(SYSTEM, io.BytesIO(data))
    assert (report.new, report.changed, report.unchanged, report.rejected) == (0, 0, 4, 0)
    assert report.ignored_columns == []
    with transaction() as tx:
        tx.execute(text("DELETE FROM students WHERE name <> 'Student T1'"))
    assert import_roster(SYSTEM, io.BytesIO(data)).new == 4
    assert exported() == data


@pytest.mark.parametrize(
    ("filters", "left"),
    [
        ({"college": "n"}, ["N:MAR-12", "N:a"]),
        ({"branch": "CSE"}, ["N:MAR-12", "S:0108"]),
        ({"branch": "It's 100% ok\\"}, ["S:1E5"]),
        ({"branch": "'; DROP TABLE students; --"}, []),
        ({"branch": "%(param_1)s"}, []),
        ({"batch_year": 2027}, ["N:MAR-12"]),
        ({"q": "small"}, ["N:a"]),
        ({"q": "0108", "college": "S"}, ["S:0108"]),
    ],
)
def test_filters_are_those_of_the_list(ugly: Place, filters: dict[str, Any], left: list[str]) -> None:
    assert rolls(**filters) == left


def test_everybody_gets_what_they_may_see(ugly: Place) -> None:
    def coordinator(**scope: Any) -> Actor:
        return Actor("meena", role=Role.COORDINATOR, scope=Scope(**scope))

    assert rolls(coordinator(colleges=("N",))) == ["N:MAR-12", "N:a"]
    assert rolls(coordinator(branches=("CSE",), colleges=("N", "S"))) == ["N:MAR-12", "S:0108"]
    assert rolls(coordinator(branches=("It's 100% ok\\",))) == ["S:1E5"]
    assert rolls(coordinator()) == []
    with transaction() as tx:
        mine = tx.execute(select(students.c.id).where(students.c.roll_no == "a")).scalar_one()
    assert rolls(Actor("a@x", role=Role.STUDENT, student_id=mine)) == ["N:a"]
    with pytest.raises(PlaceopsError) as refused:
        exported(Actor("nobody"))
    assert refused.value.code == "forbidden"
    with pytest.raises(PlaceopsError) as refused:
        exported(college="NOPE")
    assert refused.value.code == "not-found"


def test_export_is_audited(ugly: Place) -> None:
    data = exported(Actor("staff", request_id="r1", role=Role.STAFF), college="N")
    with transaction() as tx:
        event = tx.execute(select(audit_events)).mappings().one()
    assert (event["actor"], event["action"], event["object_id"], event["request_id"]) == (
        "staff", "students.exported", "N", "r1"
    )  # fmt: skip
    assert event["after"] == {
        "rows": 2,
        "sha256": hashlib.sha256(data).hexdigest(),
        "filters": {"college": "N"},
    }


def test_memory_does_not_grow_with_the_roster(place: Place) -> None:
    class Nowhere(io.RawIOBase):
        def write(self, data: Any) -> int:
            return len(data)

    def peak(rows: int) -> int:
        with transaction() as tx:
            factories.crowd(tx, factories.college(tx, f"C{rows}"), rows)
        tracemalloc.start()
        assert export_roster(SYSTEM, Nowhere(), college=f"C{rows}").rows == rows  # type: ignore[arg-type]
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    peak(100)
    assert peak(30_000) < peak(5_000) * 1.5
