"""Roster imports: what is planned is applied, all of it or nothing, and nothing twice."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text

from sql.engine import transaction
from sql.tables import audit_events, colleges, data_changes, students
from tasks.actor import Actor, Role, Scope
from tasks.errors import PlaceopsError
from tasks.services.roster import RosterReport, import_roster, mapping_of
from tasks.services.students import show_student
from tasks.settings import settings as configured
from tests import factories
from tests.conftest import Place

OFFICER = Actor("officer", role=Role.ADMIN)
HEADER = (
    "Roll No.,Name,E-mail,Mobile,Gender,Degree,Dept,Batch,Admission Type,CGPA/10,10th %,XII,Diploma,Backlogs"
)
ASHA = "0108123,Asha Rao,asha@example.edu,+91 98,F,B.E.,CSE,2027,Regular,8.25,91,88.5,,0"
NEHA = "1E5,नेहा,,,Female,B.E.,ECE,2027,Lateral,6.995,70,-,74.5,N/A"


@pytest.fixture
def eng(place: Place) -> int:
    """A place with one college, ENG."""
    with transaction() as tx:
        return factories.college(tx, "ENG")


def load(*lines: str, codec: str = "utf-8", **options: Any) -> RosterReport:
    return import_roster(OFFICER, io.BytesIO("\n".join([*lines, ""]).encode(codec)), **options)


def refused(*lines: str, **options: Any) -> PlaceopsError:
    with pytest.raises(PlaceopsError) as caught:
        load(*lines, **options)
    return caught.value


def counts(report: RosterReport) -> tuple[int, int, int, int]:
    assert report.rows == report.new + report.changed + report.unchanged + report.rejected
    return report.new, report.changed, report.unchanged, report.rejected


def stored() -> Sequence[Any]:
    with transaction() as tx:
        return tx.execute(select(students).order_by(students.c.id)).all()


def how_many(table: Any) -> int:
    with transaction() as tx:
        return int(tx.scalar(select(func.count()).select_from(table)) or 0)


def test_new_students_arrive_as_they_are_written(eng: int) -> None:
    report = load(HEADER, ASHA, NEHA)
    assert counts(report) == (2, 0, 0, 0)
    assert (report.encoding, report.delimiter, report.problems) == ("UTF-8", ",", [])
    assert (report.ignored_columns, report.new_colleges) == ([], [])
    asha, neha = show_student(OFFICER, "0108123"), show_student(OFFICER, "1E5")
    assert (asha.name, asha.phone, asha.gender, asha.branch) == ("Asha Rao", "+91 98", "F", "CSE")
    assert (asha.cgpa, asha.twelfth_pct, asha.diploma_pct) == (Decimal("8.25"), Decimal("88.50"), None)
    assert (asha.active_backlogs, asha.total_backlogs, asha.placed, asha.debarred) == (0, None, False, False)
    assert (neha.name, neha.email, neha.admission_type) == ("नेहा", None, "LATERAL")
    assert neha.cgpa == Decimal("6.99"), "cut: rounding up would make the student eligible at 7.00"
    assert (neha.twelfth_pct, neha.diploma_pct, neha.active_backlogs) == (None, Decimal("74.50"), None)


def test_notes_count_what_was_made_of_cells(eng: int) -> None:
    notes = {(note.column, note.meaning.split(":")[0]): note.cells for note in load(HEADER, ASHA, NEHA).notes}
    assert notes == {
        ("E-mail", "empty"): 1,
        ("Mobile", "empty"): 1,
        ("CGPA/10", "more than two decimals"): 1,
        ("XII", "N/A or the like"): 1,
        ("Diploma", "empty"): 1,
        ("Backlogs", "N/A, nil or the like"): 1,
    }
    report = load("Roll No,Name", "1.08E+11,A", "108123.0,B", "1E5,C", "10.B,D")
    assert [(note.column, note.cells) for note in report.notes] == [("Roll No", 2)]


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_every_encoding_with_every_delimiter(eng: int, codec: str, delimiter: str) -> None:
    lines = [line.replace(",", delimiter) for line in (HEADER, ASHA, "22/CS/001,José Ñ,,,M,,,,,,,,,1")]
    assert counts(load(*lines, codec=codec)) == (2, 0, 0, 0)
    assert show_student(OFFICER, "22/CS/001").name == "José Ñ"
    assert counts(load(*lines, codec=codec)) == (0, 0, 2, 0)


def test_the_second_import_writes_nothing(eng: int) -> None:
    load(HEADER, ASHA, NEHA)
    before, changes, audited = stored(), how_many(data_changes), how_many(audit_events)
    assert counts(load(HEADER, ASHA, NEHA)) == (0, 0, 2, 0)
    assert (stored(), how_many(data_changes), how_many(audit_events)) == (before, changes, audited)


def test_only_changed_students_are_written(eng: int) -> None:
    load(HEADER, ASHA, NEHA)
    before = stored()
    assert counts(load("Roll No,Name,CGPA", "0108123,Asha Rao,8.3", "1E5,नेहा,6.99")) == (0, 1, 1, 0)
    after = stored()
    assert after[1] == before[1]
    assert (after[0].cgpa, after[0].id, after[0].branch) == (Decimal("8.30"), before[0].id, "CSE")
    assert after[0].updated_at > before[0].updated_at


def test_blank_leaves_and_na_forgets(eng: int) -> None:
    load(HEADER, ASHA)
    load("Roll No,Name,E-mail,CGPA,10th,Gender,Debarred", "0108123,Asha R. Rao,,,N/A,-,yes")
    load("Roll No,Name,Debarred", "0108123,Asha R. Rao,")
    found = show_student(OFFICER, "0108123")
    assert (found.name, found.email, found.cgpa) == ("Asha R. Rao", "asha@example.edu", Decimal("8.25"))
    assert (found.tenth_pct, found.gender, found.phone, found.debarred) == (None, None, "+91 98", True)


def test_bad_rows_are_named_and_the_others_arrive(eng: int) -> None:
    report = load(
        HEADER,
        ASHA,
        "2,Percent,,,,,,,,78.5,,,,",
        ",Nobody,,,,,,,,,,,,",
        "4,,,,,,,,,,,,,",
        "5,Two faults,,,Q,,,,,,101,,,-1",
        '6,"Unclosed',
        "7,Good,,,,,,,,,,,,",
        "8,N\0L,,,,,,,,,,,,",
        "9,Extra,,,,,,,,,,,,,x",
        "10,Year,,,,,,1890,,,,,,",
        "11," + "x" * 10_001 + ",,,,,,,,,,,,",
    )
    assert counts(report) == (2, 0, 0, 9)
    assert [(problem.line, problem.column, problem.value) for problem in report.problems] == [
        (3, "CGPA/10", "78.5"),
        (4, "Roll No.", ""),
        (5, "Name", ""),
        (6, "10th %", "101"),
        (6, "Backlogs", "-1"),
        (6, "Gender", "Q"),
        (7, "", '6,"Unclosed\\n'),
        (9, "Name", "N\\x00L"),
        (10, "", "x"),
        (11, "Batch", "1890"),
        (12, "Name", "x" * 40 + "…"),
    ]
    assert "looks like a percentage" in report.problems[0].reason
    assert [row.roll_no for row in stored()] == ["0108123", "7"]


def test_of_doubled_roll_numbers_the_first_line_counts(eng: int) -> None:
    report = load("Roll No,Name", "7,First", "8,Other", " 7 ,Second", "7,Third")
    assert counts(report) == (2, 0, 0, 2)
    assert [(problem.line, problem.value) for problem in report.problems] == [(4, "7"), (5, "7")]
    assert report.problems[0].reason == "the roll number is already on line 2"
    assert show_student(OFFICER, "7").name == "First"


def test_abort_leaves_nothing(eng: int) -> None:
    load(HEADER, ASHA)
    before = stored()
    error = refused(HEADER, ASHA.replace("8.25", "9"), NEHA, "3,Bad,,,,,,,,78,,,,", on_error="abort")
    assert error.code == "roster-rejected"
    assert "1 of 3 rows" in error.message
    assert "line 4, CGPA/10" in error.message
    assert error.details["problems"][0]["value"] == "78"
    assert stored() == before
    assert counts(load(HEADER, ASHA, NEHA, on_error="abort")) == (1, 0, 1, 0)


def test_abort_counts_doubled_roll_numbers_too(eng: int) -> None:
    assert refused("Roll No,Name", "7,A", "7,B", on_error="abort").details["rejected"] == 1
    assert stored() == []


def test_a_dry_run_tells_the_same_and_leaves_nothing(place: Place) -> None:
    lines = (HEADER, ASHA, NEHA, "3,Bad,,,,,,,,78,,,,")
    told = load(*lines, college="ENG", dry_run=True)
    assert told.dry_run
    assert (how_many(students), how_many(colleges), how_many(data_changes), how_many(audit_events)) == (
        0,
    ) * 4
    done = load(*lines, college="ENG")
    assert (counts(told), told.problems, told.notes, told.new_colleges) == (
        (*counts(done),),
        done.problems,
        done.notes,
        ["ENG"],
    )


def test_one_audit_event_an_import(eng: int) -> None:
    load(HEADER, ASHA, "2,Bad,,,,,,,,78,,,,")
    with transaction() as tx:
        event = tx.execute(select(audit_events)).one()
    assert (event.actor, event.action) == ("officer", "students.imported")
    assert event.after == {"new": 1, "changed": 0, "unchanged": 0, "rejected": 1}


def test_rows_name_their_college_and_the_option_fills_blanks(eng: int) -> None:
    with transaction() as tx:
        factories.college(tx, "ARTS")
    report = load("College,Roll,Name", "eng,7,A", "ARTS,7,B", ",8,C", "LAW,9,D", college="arts")
    assert counts(report) == (3, 0, 0, 1)
    assert report.problems[0].reason == "no college has this code; there is ARTS, ENG"
    assert show_student(OFFICER, "7", "ENG").name == "A"
    assert show_student(OFFICER, "7", "ARTS").name == "B"
    assert show_student(OFFICER, "8").college == "ARTS"
    report = load("College,Roll,Name", ",8,C")
    assert [problem.reason for problem in report.problems] == ["no college is named here"]


def test_the_college_must_be_known_or_the_first(eng: int) -> None:
    with transaction() as tx:
        factories.college(tx, "CHECK", is_test=True)
    assert refused("Roll,Name", "1,A", college="LAW").code == "not-found"
    assert refused("Roll,Name", "1,A", college="LAW").fix == "known colleges: ENG"
    assert load("Roll,Name", "1,A").new == 1, "the only real college"
    with transaction() as tx:
        factories.college(tx, "ARTS")
    error = refused("Roll,Name", "1,A")
    assert (error.code, error.field, error.fix) == (
        "invalid-input",
        "/college",
        "name it as `college`: ARTS, ENG",
    )


def test_the_first_colleges_are_created(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLACEOPS_TIME_ZONE", "Asia/Dhaka")
    configured.cache_clear()
    assert refused("Roll,Name", "1,A").field == "/college"
    assert refused("Roll,Name", "1,A", college=" ").code == "not-found"
    report = load("Roll,Name,College Code", "1,A,ENG", "2,B,Arts", "3,C,ARTS", "4,D,", "5,,LAW")
    assert counts(report) == (3, 0, 0, 2)
    assert report.new_colleges == ["Arts", "ENG"]
    assert show_student(OFFICER, "3").college == "Arts"
    with transaction() as tx:
        assert set(tx.scalars(select(colleges.c.time_zone))) == {"Asia/Dhaka"}


def test_a_test_college_takes_a_roster_only_by_name(place: Place) -> None:
    with transaction() as tx:
        factories.college(tx, "CHECK", is_test=True)
    assert refused("Roll,Name", "1,A").code == "invalid-input"
    assert load("Roll,Name", "1,A", college="CHECK").new == 1


def test_columns_are_reported_and_mapped(eng: int) -> None:
    report = load(
        "S.No,Reg,Roll No,Name,Points", "1,X1,7,A,8.5", mapping={"roll_no": "reg", "cgpa": "Points"}
    )
    assert report.columns == {"roll_no": "Reg", "cgpa": "Points", "name": "Name"}
    assert report.ignored_columns == ["S.No", "Roll No"]
    assert show_student(OFFICER, "X1").cgpa == Decimal("8.5")
    assert refused("Roll,Name", "1,A", mapping={"marks": "Name"}).code == "invalid-input"
    assert refused("Number,Name", "1,A").code == "roster-rejected"


@pytest.mark.parametrize("data", ["", "\n\n", "PK\x03\x04", "Roll No,Name\n", "Roll No,Name\n,\n , \n"])
def test_files_without_students(eng: int, data: str) -> None:
    assert refused(data).code in ("file-unreadable", "roster-rejected")


def test_a_backslash_and_a_tab_are_text_too(eng: int) -> None:
    load("Roll,Name,E-mail", r"1\2,\N,a\tb", '3,"A\tB\nC",\\.')
    assert [(row.roll_no, row.name, row.email) for row in stored()] == [
        ("1\\2", "\\N", "a\\tb"),
        ("3", "A B C", "\\."),
    ]


def test_two_imports_at_once_do_not_mix(eng: int) -> None:
    with transaction() as tx:
        tx.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('placeops roster', 0))"))
        assert refused("Roll,Name", "1,A").code == "locked"
    assert load("Roll,Name", "1,A").new == 1


def test_a_failure_while_applying_leaves_nothing(eng: int) -> None:
    with transaction() as tx:
        tx.execute(text("ALTER TABLE students ADD CONSTRAINT unlucky CHECK (roll_no <> '13')"))
    load("Roll,Name", "1,A")
    before = stored()
    with pytest.raises(Exception, match="unlucky"):
        load("Roll,Name", "1,Changed", "2,B", "13,C")
    assert stored() == before


CELLS = st.sampled_from(
    ["", "7", "8.5", "78", "N/A", '"', '"a', "a\0b", "x" * 70, "é", "த", "\\", "=1+1", "-1", "\t"]
)


@given(
    st.binary(max_size=200)
    | st.lists(st.lists(CELLS, min_size=1, max_size=5).map(",".join), max_size=8).map(
        lambda lines: "\n".join(["Roll No,Name,CGPA,Backlogs", *lines]).encode()
    )
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
def test_any_bytes_give_a_report_or_an_error_of_ours(eng: int, data: bytes) -> None:
    try:
        report = import_roster(OFFICER, io.BytesIO(data))
    except PlaceopsError:
        return
    counts(report)
    again = import_roster(OFFICER, io.BytesIO(data))
    assert (again.new, again.changed, again.rejected) == (0, 0, report.rejected)


def test_memory_does_not_grow_with_the_roster(eng: int) -> None:
    def peak(rows: int) -> int:
        lines = (b"%d,Somebody,%d,%060d\n" % (n, n % 12, n) for n in range(rows))
        data = io.BytesIO(b"Roll,Name,CGPA,Address\n" + b"".join(lines))
        tracemalloc.start()
        import_roster(OFFICER, data, dry_run=True)
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    assert peak(75_000) < peak(25_000) * 1.2


def test_import_does_what_was_planned_and_nothing_else(eng: int) -> None:
    load(HEADER, ASHA)
    changed = ASHA.replace("8.25", "8.30")
    planned = load(HEADER, changed, NEHA, dry_run=True)
    assert counts(planned) == (1, 1, 0, 0)
    assert planned.plan == load(HEADER, changed, NEHA, dry_run=True).plan, "looking twice changes nothing"
    assert planned.plan is not None
    for other in ((HEADER, changed), (HEADER, changed, NEHA.replace("70", "71"))):
        error = refused(*other, plan=planned.plan)
        assert (error.code, error.message) == ("plan-changed", "this is not the file that was planned")
    for nonsense in ("", "-", "nonsense", planned.plan.partition("-")[0], planned.plan + "0"):
        assert refused(HEADER, changed, NEHA, plan=nonsense).code == "plan-changed"
    done = load(HEADER, changed, NEHA, plan=planned.plan)
    assert (counts(done), done.plan) == ((1, 1, 0, 0), planned.plan)
    assert refused(HEADER, changed, NEHA, plan=planned.plan).code == "plan-changed", (
        "a plan is carried out once"
    )
    assert load(HEADER, changed, NEHA).plan is None


@pytest.mark.parametrize(
    "meanwhile",
    [
        "UPDATE students SET phone = '+91 11'",
        "UPDATE students SET cgpa = 8.30",
        "DELETE FROM students",
        "INSERT INTO students (college_id, roll_no, name) SELECT min(id), '1E5', 'x' FROM colleges",
    ],
)
def test_plan_ends_when_it_would_do_something_else_now(eng: int, meanwhile: str) -> None:
    load(HEADER, ASHA)
    file = (HEADER.replace("Mobile", "Ignored"), ASHA.replace("8.25", "8.30"), NEHA)
    plan = load(*file, dry_run=True).plan
    with transaction() as tx:
        tx.execute(text(meanwhile))
    before = stored()
    error = refused(*file, plan=plan)
    assert (error.code, error.message) == ("plan-changed", "the students have changed since this was planned")
    assert stored() == before


def test_plan_holds_what_the_options_make_of_the_file(eng: int) -> None:
    with transaction() as tx:
        factories.college(tx, "ARTS")
    file = ("Roll,Name,Other", "1,A,8.5")
    plan = load(*file, college="ENG", dry_run=True).plan
    assert refused(*file, college="ARTS", plan=plan).code == "plan-changed"
    assert refused(*file, college="ENG", mapping={"cgpa": "Other"}, plan=plan).code == "plan-changed"
    with transaction() as tx:
        factories.student(tx, eng, "of somebody else")
    assert load(*file, college="ENG", plan=plan).new == 1, "nothing of this has to do with the plan"


def test_plan_that_founds_colleges_can_be_carried_out(place: Place) -> None:
    file = ("Roll,Name,College", "1,A,ENG", "2,B,ARTS")
    plan = load(*file, dry_run=True).plan
    assert load(*file, plan=plan).new_colleges == ["ARTS", "ENG"]


@pytest.mark.parametrize("word", ["", "cgpa", "=CPI", " = "])
def test_mapping_needs_a_field_and_a_header(word: str) -> None:
    with pytest.raises(PlaceopsError) as caught:
        mapping_of([word])
    assert (caught.value.code, caught.value.field) == ("invalid-input", "/map")
    assert mapping_of(["cgpa = CPI = 10 ", "name=N"]) == {"cgpa": "CPI = 10", "name": "N"}


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.STUDENT, None])
def test_only_the_office_imports(eng: int, role: Role | None) -> None:
    with pytest.raises(PlaceopsError) as caught:
        import_roster(Actor("x", role=role, scope=Scope(colleges=("ENG",))), io.BytesIO(b"Roll,Name\n1,A\n"))
    assert caught.value.code == "forbidden"
    staff = Actor("staff", role=Role.STAFF)
    assert import_roster(staff, io.BytesIO(b"Roll,Name\n1,A\n")).new == 1
    with transaction() as tx:
        event = tx.execute(select(audit_events)).mappings().one()
    assert (event["actor"], event["action"]) == ("staff", "students.imported")
    assert event["after"] == {"new": 1, "changed": 0, "unchanged": 0, "rejected": 0}
