"""Changing a drive: what stays, what becomes a new version, which status allows what, and copies."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text, update

from sql.engine import transaction
from sql.tables import placement_drives
from tasks.actor import Actor, Repeat, Role, Scope
from tasks.errors import PlaceopsError
from tasks.jobs import delivery, ledger
from tasks.jobs.incarnation import Incarnation
from tasks.jobs.runner import execute
from tasks.lifecycle import CHANGEABLE
from tasks.services.audit import list_audit
from tasks.services.criteria import Criteria
from tasks.services.drive_create import NewDrive, create_drive
from tasks.services.drive_update import DriveChanges, Updated, copy_drive, update_drive
from tasks.services.drives import DriveDetails, drive_stats, list_drives, show_drive
from tasks.services.eligibility import explain
from tests import factories
from tests.conftest import Place
from tests.jobs.support import ask, do

MEENA = Actor("meena", role=Role.ADMIN)
CSE = Actor("leela", role=Role.COORDINATOR, scope=Scope(branches=("CSE",)))
TOMORROW = datetime.now(UTC) + timedelta(days=1)
VALUES: dict[str, Any] = {
    "company": "Globex",
    "title": "Analyst",
    "code": "GLOBEX-9",
    "ctc_min": 1,
    "ctc_max": 2_000_000,
    "reg_opens_at": datetime.now(UTC) - timedelta(days=9),
    "reg_closes_at": TOMORROW,
    "drive_date": date(2030, 1, 1),
    "note": "asks for a hall",
    "criteria": {"cgpa_min": Decimal("6.5")},
}


@pytest.fixture
def drive(place: Place, monkeypatch: pytest.MonkeyPatch) -> int:
    """The draft ACME-1 with one rule, and three students; nothing is done inline."""
    monkeypatch.setattr(delivery, "_inline", False)
    with transaction() as tx:
        factories.crowd(tx, factories.college(tx), 3)
        return factories.drive(tx, criteria={"cgpa_min": 7, "branch_in": ["CSE", "ECE"]})


def change(actor: Actor = MEENA, versions: set[int] | None = None, **changes: Any) -> Updated:
    given: DriveChanges = changes  # type: ignore[assignment]
    return update_drive(actor, "ACME-1", given, versions=versions)


def refused(**changes: Any) -> PlaceopsError:
    with pytest.raises(PlaceopsError) as error:
        change(**changes)
    return error.value


def shown() -> DriveDetails:
    return show_drive(MEENA, "ACME-1")


def move_to(status: str) -> None:
    values = {"published_at": datetime.now(UTC), "paused_reason": "x" if status == "paused" else None}
    with transaction() as tx:
        tx.execute(update(placement_drives).values(status=status, cancelled_reason="x", **values))


def test_what_is_absent_stays_and_none_is_unknown(drive: int) -> None:
    change(ctc_min=600_000, ctc_max=900_000, drive_date=date(2030, 1, 1))
    after = change(title=" Analyst ", ctc_max=None).drive
    assert (after.company, after.title, after.ctc_min, after.ctc_max) == ("Acme", "Analyst", 600_000, None)
    assert after.row_version == 3
    event = list_audit(MEENA).items[0]
    assert event.before == {"title": "Graduate engineer", "ctc_max": 900_000}
    assert event.after == {"title": "Analyst", "ctc_max": None}


def test_nothing_new_changes_nothing(drive: int) -> None:
    before = shown()
    done = change(title="Graduate engineer", note=None, criteria={"cgpa_min": Decimal("7.0")})
    assert (done.drive, done.criteria) == (before.drive, before.criteria)
    assert change().drive == before.drive
    assert list_audit(MEENA).items == []


def test_changed_rules_are_a_new_version(drive: int) -> None:
    done = change(criteria={"cgpa_min": None, "branches": ("CSE",), "active_backlogs_max": 0})
    assert (done.drive.criteria_version, done.drive.eligibility_computed_at) == (2, None)
    assert done.criteria == Criteria(branches=("CSE",), active_backlogs_max=0)
    assert ask("SELECT array_agg(cgpa_min ORDER BY version) FROM drive_criteria") == [7, None]
    assert change(criteria=None).criteria == Criteria()
    event = list_audit(MEENA).items[0]
    assert event.before == {"criteria": {"branches": ["CSE"], "active_backlogs_max": 0}}
    assert event.after == {"criteria": {"branches": [], "active_backlogs_max": None}}


def test_verdicts_of_older_rules_are_not_taken_for_those_of_the_new(drive: int) -> None:
    do("UPDATE placement_drives SET eligibility_computed_at = now()")
    assert explain(MEENA, "ACME-1", "R000001").stored_verdict == "not"
    change(criteria={"cgpa_min": Decimal(1)})
    assert explain(MEENA, "ACME-1", "R000001").stored_verdict is None


def test_a_misspelt_branch_is_pointed_out(drive: int) -> None:
    assert "did you mean CSE" in change(criteria={"branches": ("CSS",)}).warnings[0]
    assert change(title="x").warnings == []


@pytest.mark.parametrize("status", CHANGEABLE)
@pytest.mark.parametrize("field", VALUES)
def test_what_may_be_changed_in_a_status(drive: int, status: str, field: str) -> None:
    move_to(status)
    before = shown()
    # As it is decided; `reg_closes_at` of a posted drive moves by `extend`.
    allowed = {
        "draft": set(VALUES),
        "posted": {"company", "title", "code", "drive_date", "note"},
        "paused": {"company", "title", "code", "drive_date", "note", "ctc_min", "ctc_max", "criteria"},
        "in_progress": {"company", "title", "code", "drive_date", "note"},
        "completed": {"note"},
        "cancelled": {"note"},
        "archived": set[str](),
    }
    if field in allowed[status]:
        assert change(**{field: VALUES[field]}).drive.row_version == before.drive.row_version + 1
    else:
        error = refused(**{field: VALUES[field]})
        assert (error.code, error.field) == ("drive-state", f"/{field}")
        assert shown() == before


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"company": " "}, "/company"),
        ({"title": "x" * 301}, "/title"),
        ({"code": "9 9"}, "/code"),
        ({"ctc_min": -1}, "/ctc_min"),
        ({"ctc_min": 9, "ctc_max": 3}, "/ctc_min"),
        ({"reg_closes_at": datetime(2020, 1, 1, tzinfo=UTC)}, "/reg_closes_at"),
        ({"reg_opens_at": datetime(2030, 1, 1)}, "/reg_opens_at"),  # noqa: DTZ001
        ({"note": "a\0b"}, "/note"),
        ({"note": "x" * 1001}, "/note"),
        ({"criteria": {"cgpa_min": Decimal("78.5")}}, "/criteria/cgpa_min"),
        ({"criteria": {"genders": ("F",)}}, "/criteria/gender_purpose"),
        ({"criteria": {"colleges": ("NOWHERE",)}}, "/criteria/colleges"),
    ],
)
def test_what_no_drive_can_be(drive: int, changes: dict[str, Any], field: str) -> None:
    before = shown()
    error = refused(**changes)
    assert (error.code, error.field) == ("invalid-input", field)
    assert shown() == before


def test_a_limit_that_stands_holds_for_what_is_changed_beside_it(drive: int) -> None:
    change(ctc_max=500_000)
    assert refused(ctc_min=600_000).field == "/ctc_min"


def test_a_code_that_is_taken(drive: int) -> None:
    with transaction() as tx:
        factories.drive(tx, "OTHER-1")
    assert refused(code="OTHER-1").code == "duplicate"
    assert change(code="ACME-1").drive.row_version == 1


def test_only_the_version_that_was_looked_at_is_changed(drive: int) -> None:
    assert change(versions={1}, title="A").drive.row_version == 2
    with pytest.raises(PlaceopsError) as error:
        change(versions={1}, title="B")
    assert (error.value.code, error.value.details) == ("precondition-failed", {"row_version": 2})
    with pytest.raises(PlaceopsError):
        change(versions=set(), title="B")
    assert change(versions={7, 2}, title="B").drive.title == "B"


def test_a_coordinator_keeps_a_drive_within_the_scope(drive: int) -> None:
    with pytest.raises(PlaceopsError) as error:
        change(CSE, title="Mine")
    assert error.value.code == "forbidden"
    change(criteria={"branches": ("CSE",)})
    assert change(CSE, title="Mine").drive.title == "Mine"
    for wider in ({"branches": ("CSE", "ECE")}, {"branches": ()}, None):
        with pytest.raises(PlaceopsError) as error:
            change(CSE, criteria=wider)
        assert error.value.code == "forbidden"
    assert shown().criteria.branches == ("CSE",)


@pytest.mark.parametrize("role", [Role.STAFF, Role.STUDENT, None])
def test_others_change_nothing(drive: int, role: Role | None) -> None:
    with pytest.raises(PlaceopsError) as error:
        change(Actor("x", role=role, student_id=1), title="Mine")
    assert error.value.code == "forbidden"


def test_a_draft_that_publishes_by_itself_is_computed_anew(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "_inline", False)
    with transaction() as tx:
        crowd = factories.crowd(tx, factories.college(tx), 3)
    new = NewDrive("Acme", "Engineer", code="ACME-1", reg_closes_at=TOMORROW, auto_calc=True)
    first = create_drive(MEENA, new, Criteria(cgpa_min=Decimal(10)))
    assert first.job is not None
    assert change(title="Engineer, Pune").job is None
    worker = Incarnation("worker", [])

    def work() -> None:
        for kind in ("eligibility-filter", "auto-publish"):
            while (job := ledger.claim(kind, worker.id)) is not None:
                execute(job, worker.id)

    work()
    found = shown().drive
    assert (found.status, found.note) == ("draft", "not published: no student is eligible")
    assert found.row_version == 3, "what a job writes is a version too"
    again = change(criteria={"cgpa_min": None})
    assert again.job is not None and again.job.id != first.job.id
    work()
    worker.end()
    found = shown().drive
    assert (found.status, found.selection.selected, found.note) == ("posted", len(crowd), None)


def test_a_note_of_the_office_outlives_a_publish(drive: int) -> None:
    from tasks.services.publishing import publish_drive

    change(note=" bring laptops ", criteria=None)
    assert publish_drive(MEENA, "ACME-1", eligible=True).drive.note == "bring laptops"
    assert change(note=" ").drive.note is None


def test_a_copy_takes_what_a_drive_is_and_not_its_days(drive: int) -> None:
    change(ctc_min=500_000, drive_date=date(2030, 1, 1), note="x")
    move_to("cancelled")
    changes: DriveChanges = {"title": "Analyst", "ctc_max": 700_000, "criteria": {"cgpa_min": None}}
    made = copy_drive(MEENA, "ACME-1", changes).drive
    details = show_drive(MEENA, made.code)
    assert (made.status, made.company, made.title, made.ctc_min, made.ctc_max) == (
        "draft", "Acme", "Analyst", 500_000, 700_000
    )  # fmt: skip
    assert (made.code, made.reg_closes_at, made.drive_date, made.note) == ("ACME-2", None, None, None)
    assert details.criteria == Criteria(branches=("CSE", "ECE"))
    with pytest.raises(PlaceopsError) as error:
        copy_drive(Actor("x", role=Role.STAFF), "ACME-1", {})
    assert error.value.code == "forbidden"


def test_a_creation_under_one_key_is_one_drive(drive: int) -> None:
    meena = Actor("meena", role=Role.ADMIN, repeat=Repeat("k-1", "digest"))
    first = create_drive(meena, NewDrive("Globex", "Analyst"), Criteria())
    again = create_drive(meena, NewDrive("Globex", "Analyst"), Criteria())
    assert again.drive == first.drive
    assert ask("SELECT count(*) FROM placement_drives") == 2


def test_lists_by_registration_and_words(drive: int) -> None:
    hours = {"not_open": ("1 h", "2 h"), "open": ("-1 h", "1 h"), "closed": ("-2 h", "-1 h")}
    with transaction() as tx:
        for state, (opens, closes) in hours.items():
            found = factories.drive(
                tx,
                f"D-{state.upper()}",
                company="Initech 100%",
                reg_opens_at=text(f"now() + interval '{opens}'"),
                reg_closes_at=text(f"now() + interval '{closes}'"),
            )
            factories.posted(tx, found, [])
    for state in hours:
        assert [each.registration for each in list_drives(MEENA, registration=state).items] == [state]
    assert list_drives(MEENA, registration="open", status="draft").items == []
    for words, number in (("INITECH", 3), ("100%", 3), ("d-open", 1), ("_", 1), ("graduate", 4), ("\\", 0)):
        assert len(list_drives(MEENA, search=words).items) == number, words
    assert len(list_drives(MEENA, search="  ").items) == 4
    first = list_drives(MEENA, search="initech", limit=2)
    rest = list_drives(MEENA, search="initech", limit=2, cursor=first.next_cursor)
    assert (len(first.items), len(rest.items), rest.next_cursor) == (2, 1, None)
    for wrong in ({"registration": "draft"}, {"status": "open"}, {"search": "x" * 201}, {"search": "\0"}):
        with pytest.raises(PlaceopsError) as error:
            list_drives(MEENA, **wrong)  # type: ignore[arg-type]
        assert error.value.code == "invalid-input"


def test_a_student_sees_a_drive_without_the_office(drive: int) -> None:
    with transaction() as tx:
        factories.posted(tx, drive, [1])
    change(note="HR is difficult")
    student = Actor("asha", role=Role.STUDENT, student_id=1)
    (listed,) = list_drives(student).items
    for seen in (listed, show_drive(student, "ACME-1").drive):
        assert (seen.note, seen.created_by, seen.published_by, seen.allowed_moves) == (None, None, None, [])
        assert (seen.company, seen.registration) == ("Acme", "open")
    move_to("draft")
    assert list_drives(student).items == []
    with pytest.raises(PlaceopsError) as error:
        show_drive(student, "ACME-1")
    assert error.value.code == "not-found"
    staff = show_drive(Actor("ravi", role=Role.STAFF), "ACME-1").drive
    assert (staff.note, staff.created_by, staff.allowed_moves) == ("HR is difficult", "tests", [])


def test_stats_count_one_drive_now(drive: int) -> None:
    assert drive_stats(MEENA, "ACME-1").eligible is None
    with transaction() as tx:
        factories.posted(tx, drive, [1, 2, 3])
        tx.execute(
            text("""
                INSERT INTO drive_registrations (drive_id, student_id, channel, criteria_version, registered_by, status,
                                                 withdrawn_at)
                VALUES (:drive, 1, 'STAFF', 1, 'x', 'registered', NULL),
                       (:drive, 2, 'STAFF', 1, 'x', 'registered', NULL),
                       (:drive, 3, 'STAFF', 1, 'x', 'withdrawn', now())"""),
            {"drive": drive},
        )
        tx.execute(
            text("""
                WITH r AS (INSERT INTO drive_rounds (drive_id, seq, kind, name) VALUES (:drive, 1, 'test', 'x')
                           RETURNING id)
                INSERT INTO attendance (round_id, student_id, status, marked_at)
                SELECT id, 1, 'LATE', now() FROM r UNION ALL SELECT id, 2, 'ABSENT', now() FROM r"""),
            {"drive": drive},
        )
        tx.execute(
            text("""INSERT INTO offers (drive_id, student_id, company, status)
                    VALUES (:drive, 1, 'Acme', 'ACCEPTED'), (:drive, 2, 'Acme', 'REVOKED')"""),
            {"drive": drive},
        )
        tx.execute(
            text("INSERT INTO drive_eligibility (drive_id, criteria_version, student_id, verdict) "
                 "VALUES (:drive, 1, 1, 'eligible')"),
            {"drive": drive},
        )  # fmt: skip
        tx.execute(update(placement_drives).values(eligibility_computed_at=datetime.now(UTC)))
    found = drive_stats(MEENA, "ACME-1")
    assert (found.eligible, found.selected, found.registered, found.withdrawn) == (1, 3, 2, 1)
    assert (found.attended, found.no_show, found.offered, found.accepted) == (1, 1, 1, 1)
    with pytest.raises(PlaceopsError) as error:
        drive_stats(Actor("asha", role=Role.STUDENT, student_id=1), "ACME-1")
    assert error.value.code == "forbidden"
