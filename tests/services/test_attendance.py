"""Rounds, marks in bulk, and the end of a round."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select, text, update

from sql.engine import transaction
from sql.tables import attendance, audit_events, placement_drives
from tasks.actor import Actor, Role, Scope
from tasks.errors import PlaceopsError
from tasks.services.attendance import Marked, list_attendance, mark_attendance
from tasks.services.drive_moves import start_drive
from tasks.services.finalising import correct_attendance, finalise_round
from tasks.services.registrations import register
from tasks.services.rounds import NewRound, create_round, delete_round, list_rounds, update_round
from tasks.services.selections import Listed
from tests import factories
from tests.conftest import Place

ADMIN = Actor("meena", request_id="r-1", role=Role.ADMIN)
STAFF = Actor("ravi", role=Role.STAFF)
INTERVIEW = NewRound("interview", "Interview")


def running(count: int = 5) -> list[int]:
    """Drive ACME-1 has begun with the students R000001… of college ENG; returns their ids."""
    with transaction() as tx:
        ids = factories.crowd(tx, factories.college(tx), count)
        factories.posted(tx, factories.drive(tx), ids)
    for number in range(1, count + 1):
        register(ADMIN, "ACME-1", f"R{number:06}")
    start_drive(ADMIN, "ACME-1")
    return ids


def rolls(*numbers: int | str) -> list[Listed]:
    given = (f"R{number:06}" if isinstance(number, int) else number for number in numbers)
    return [Listed(line, roll_no) for line, roll_no in enumerate(given, 1)]


def mark(status: str, *numbers: int | str, actor: Actor = STAFF, **named: Any) -> Marked:
    return mark_attendance(actor, "ACME-1", rolls(*numbers), status, **named)


def standing(seq: int = 1) -> dict[int, str]:
    """Status by the number of the student."""
    return {int(one.roll_no[1:]): one.status for one in list_attendance(ADMIN, "ACME-1", seq=seq).items}


def refused(act: Any, *given: Any, **named: Any) -> PlaceopsError:
    with pytest.raises(PlaceopsError) as error:
        act(*given, **named)
    return error.value


def events(action: str) -> list[tuple[Any, Any, str | None]]:
    with transaction() as tx:
        wanted = select(audit_events).where(audit_events.c.action == action).order_by(audit_events.c.id)
        return [(row.before, row.after, row.reason) for row in tx.execute(wanted)]


def test_a_list_is_marked_and_every_entry_answered_for(place: Place) -> None:
    ids = running()
    mark("ABSENT", 4)
    done = mark("PRESENT", 1, 2, 1, "NOBODY", 4, " R000003 ")
    assert (done.listed, done.marked, done.changed, done.already) == (6, 3, 0, 0)
    assert done.problem_counts == {"duplicate": 1, "not on the list": 1, "decided": 1}
    assert [(one.line, one.value, one.problem, one.detail) for one in done.problems] == [
        (3, "R000001", "duplicate", None),
        (4, "NOBODY", "not on the list", None),
        (5, "R000004", "decided", "ABSENT by ravi"),
    ]
    assert standing() == {1: "PRESENT", 2: "PRESENT", 3: "PRESENT", 4: "ABSENT", 5: "PENDING"}
    assert done.round.tally is not None
    assert (done.round.seq, done.round.tally.present, done.round.tally.pending) == (1, 3, 1)
    again = mark("PRESENT", 1, 2)
    assert (again.marked, again.already, again.problems) == (0, 2, [])
    assert events("attendance.mark")[1:] == [
        ({"round": 1, "status": "PENDING"}, {"status": "PRESENT", "students": ids[:3]}, None)
    ]


def test_a_decision_is_overwritten_only_by_who_names_it(place: Place) -> None:
    ids = running()
    mark("ABSENT", 1)
    mark("LATE", 2)
    done = mark("PRESENT", 1, 2, 3, previous="ABSENT", reason="came by the back door")
    assert (done.marked, done.changed, done.problem_counts) == (1, 1, {"decided": 1})
    assert standing() == {1: "PRESENT", 2: "LATE", 3: "PRESENT", 4: "PENDING", 5: "PENDING"}
    assert ({"round": 1, "status": "ABSENT"}, {"status": "PRESENT", "students": ids[:1]},
            "came by the back door") in events("attendance.mark")  # fmt: skip


def test_a_dry_run_tells_the_same_and_changes_nothing(place: Place) -> None:
    running()
    preview = mark("PRESENT", 1, 1, 9, dry_run=True)
    assert set(standing().values()) == {"PENDING"}
    assert events("attendance.mark") == []
    done = mark("PRESENT", 1, 1, 9)
    assert preview.dry_run is True
    assert (preview.marked, preview.problems, preview.round) == (done.marked, done.problems, done.round)


def test_students_are_named_by_id_or_with_their_college(place: Place) -> None:
    with transaction() as tx:
        ids = factories.crowd(tx, factories.college(tx), 2)
        ids += factories.crowd(tx, factories.college(tx, "ARTS"), 1)
        ids.append(factories.student(tx, factories.college(tx, "X"), "ENG:R000002"))
        factories.posted(tx, factories.drive(tx), ids)
    for roll_no, college in (
        ("R000001", "ENG"),
        ("R000002", "ENG"),
        ("R000001", "ARTS"),
        ("ENG:R000002", "X"),
    ):
        register(ADMIN, "ACME-1", roll_no, college=college)
    start_drive(ADMIN, "ACME-1")
    done = mark("PRESENT", 1, "arts:R000001", "ENG:R000002", "X:ENG:R000002")
    assert [one.problem for one in done.problems] == ["ambiguous", "ambiguous"]
    assert done.marked == 2
    assert mark("PRESENT", 1, "R000002", college="ENG").marked == 2
    given = [Listed(1, student_id=ids[0]), Listed(2, student_id=10**6)]
    done = mark_attendance(STAFF, "ACME-1", given, "LATE", previous="PRESENT")
    assert (done.changed, [one.value for one in done.problems]) == (1, ["1000000"])


@pytest.mark.parametrize("status", ["posted", "completed", "cancelled"])
def test_only_a_running_drive_is_marked(place: Place, status: str) -> None:
    running(1)
    with transaction() as tx:
        tx.execute(update(placement_drives).values(status=status, cancelled_reason="x"))
    for act in (mark_attendance, finalise_round):
        given = (rolls(1), "PRESENT") if act is mark_attendance else ()
        error = refused(act, ADMIN, "ACME-1", *given)
        assert (error.code, error.details["status"]) == ("drive-state", status)


def test_words_that_are_no_decision_and_empty_lists(place: Place) -> None:
    running(1)
    assert refused(mark, "PENDING", 1).field == "/status"
    assert refused(mark, "PRESENT", 1, previous="GONE").field == "/previous"
    assert refused(mark, "PRESENT").field == "/students"
    assert refused(mark, "PRESENT", 1, reason="x" * 501).field == "/reason"
    assert refused(mark, "PRESENT", 1, seq=7).code == "not-found"


def test_the_end_of_a_round_is_previewed_and_final(place: Place) -> None:
    ids = running()
    mark("PRESENT", 1, 2)
    mark("EXCUSED", 3, reason="in hospital")
    preview = finalise_round(ADMIN, "ACME-1", dry_run=True)
    assert (preview.became_absent, preview.repeated, preview.round.state) == (2, False, "finalised")
    assert standing()[5] == "PENDING"
    done = finalise_round(ADMIN, "ACME-1")
    assert (done.became_absent, done.next_round) == (2, None)
    assert standing() == {1: "PRESENT", 2: "PRESENT", 3: "EXCUSED", 4: "ABSENT", 5: "ABSENT"}
    assert events("attendance.finalise") == [
        (None, {"round": 1, "status": "ABSENT", "students": ids[3:]}, None)
    ]
    again = finalise_round(ADMIN, "ACME-1")
    assert (again.repeated, again.became_absent, again.round) == (True, 0, done.round)
    error = refused(mark, "PRESENT", 4, seq=1, previous="ABSENT")
    assert (error.code, "attendance correct" in str(error.fix)) == ("round-state", True)
    assert len(events("attendance.finalise")) == 1


def test_who_came_is_called_to_the_next_round(place: Place) -> None:
    running()
    create_round(ADMIN, "ACME-1", INTERVIEW)
    assert [one.state for one in list_rounds(ADMIN, "ACME-1").items] == ["open", "waiting"]
    assert refused(mark, "PRESENT", 1, seq=2).code == "round-state"
    assert refused(finalise_round, ADMIN, "ACME-1").field == "/round"
    assert refused(finalise_round, ADMIN, "ACME-1", seq=2).code == "round-state"
    mark("PRESENT", 1, 2)
    mark("LATE", 3)
    done = finalise_round(ADMIN, "ACME-1", seq=1)
    assert done.next_round is not None and done.next_round.tally is not None
    assert (done.next_round.state, done.next_round.tally.listed) == ("open", 3)
    assert standing(2) == {1: "PENDING", 2: "PENDING", 3: "PENDING"}
    assert mark("PRESENT", 1).round.seq == 2
    assert [one.problem for one in mark("PRESENT", 4).problems] == ["not on the list"]


def test_a_round_that_is_planned_late_calls_at_once(place: Place) -> None:
    running(2)
    mark("PRESENT", 2)
    finalise_round(ADMIN, "ACME-1")
    assert create_round(ADMIN, "ACME-1", INTERVIEW).state == "open"
    assert standing(2) == {2: "PENDING"}


def test_a_correction_is_audited_and_the_next_round_follows(place: Place) -> None:
    ids = running(3)
    create_round(ADMIN, "ACME-1", INTERVIEW)
    mark("PRESENT", 1, 2)
    assert (
        refused(correct_attendance, ADMIN, "ACME-1", "R000001", "ABSENT", reason="x", seq=1).code
        == "round-state"
    )
    finalise_round(ADMIN, "ACME-1", seq=1)
    found = correct_attendance(ADMIN, "ACME-1", "R000003", "LATE", reason="signed the paper list")
    assert (found.status, found.reason, found.marked_by, found.round) == (
        "LATE",
        "signed the paper list",
        "meena",
        1,
    )
    correct_attendance(ADMIN, "ACME-1", "R000001", "ABSENT", reason="somebody else's signature")
    assert (standing(1), standing(2)) == (
        {1: "ABSENT", 2: "PRESENT", 3: "LATE"},
        {2: "PENDING", 3: "PENDING"},
    )
    assert events("attendance.correct")[0] == (
        {"round": 1, "student": ids[2], "status": "ABSENT"}, {"status": "LATE"}, "signed the paper list")  # fmt: skip
    correct_attendance(ADMIN, "ACME-1", "R000003", "LATE", reason="once more")
    assert len(events("attendance.correct")) == 2
    assert refused(correct_attendance, ADMIN, "ACME-1", "R000003", "ABSENT", reason=" ").field == "/reason"
    assert refused(correct_attendance, ADMIN, "ACME-1", "R000009", "ABSENT", reason="x").code == "not-found"


def test_who_was_marked_in_the_next_round_stays_there(place: Place) -> None:
    running(2)
    create_round(ADMIN, "ACME-1", INTERVIEW)
    mark("PRESENT", 1, 2)
    finalise_round(ADMIN, "ACME-1", seq=1)
    mark("PRESENT", 1)
    for number in (1, 2):
        correct_attendance(ADMIN, "ACME-1", f"R00000{number}", "ABSENT", reason="x", seq=1)
    assert standing(2) == {1: "PRESENT"}


def test_who_may_do_what(place: Place) -> None:
    ids = running(3)
    student = Actor("asha", role=Role.STUDENT, student_id=ids[0])
    elsewhere = Actor("devi", role=Role.COORDINATOR, scope=Scope(branches=("ECE",)))
    for actor in (student, elsewhere):
        assert refused(mark, "PRESENT", 1, actor=actor).code == "forbidden"
        assert refused(finalise_round, actor, "ACME-1").code == "forbidden"
    assert refused(finalise_round, STAFF, "ACME-1").code == "forbidden"
    assert refused(correct_attendance, STAFF, "ACME-1", "R000001", "LATE", reason="x").code == "forbidden"
    assert [one.student_id for one in list_attendance(student, "ACME-1").items] == ids[:1]
    assert list_rounds(student, "ACME-1").items[0].tally is None
    with transaction() as tx:
        assert set(tx.scalars(select(attendance.c.status))) == {"PENDING"}
        drive = tx.scalar(select(placement_drives.c.id))
    inside = Actor("devi", role=Role.COORDINATOR, scope=Scope(drives=(drive or 0,)))
    assert mark("PRESENT", 1, actor=inside).marked == 1
    assert finalise_round(inside, "ACME-1").became_absent == 2


def test_the_list_goes_page_by_page_through_the_rounds(place: Place) -> None:
    running(3)
    mark("PRESENT", 1, 2, 3)
    finalise_round(ADMIN, "ACME-1")
    create_round(ADMIN, "ACME-1", INTERVIEW)
    mark("PRESENT", 1)
    found, cursor = [], None
    while True:
        page = list_attendance(ADMIN, "ACME-1", limit=2, cursor=cursor)
        found += [(one.round, one.roll_no[-1]) for one in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert found == [(1, "1"), (1, "2"), (1, "3"), (2, "1"), (2, "2"), (2, "3")]
    pending = list_attendance(ADMIN, "ACME-1", status="PENDING").items
    assert [(one.round, one.roll_no[-1]) for one in pending] == [(2, "2"), (2, "3")]


def test_rounds_are_planned_changed_and_dropped(place: Place) -> None:
    with transaction() as tx:
        factories.drive(tx)
    create_round(ADMIN, "ACME-1", NewRound("test", " Aptitude test ", venue=" "))
    made = create_round(ADMIN, "ACME-1", INTERVIEW)
    assert (made.seq, made.state, made.venue) == (2, "waiting", None)
    assert refused(delete_round, ADMIN, "ACME-1", 1).code == "round-state"
    changed = update_round(ADMIN, "ACME-1", 1, {"venue": "Main hall", "name": "Aptitude test"})
    assert changed.venue == "Main hall"
    assert events("round.update") == [({"round": 1, "venue": None}, {"venue": "Main hall"}, None)]
    assert delete_round(ADMIN, "ACME-1", 2) == made
    assert [one.name for one in list_rounds(ADMIN, "ACME-1").items] == ["Aptitude test"]
    for wrong in ({"name": " "}, {"kind": None}, {"name": "x" * 201}, {"seq": 3}):
        assert refused(update_round, ADMIN, "ACME-1", 1, wrong).field == f"/{next(iter(wrong))}"
    assert refused(update_round, ADMIN, "ACME-1", 2, {"name": "x"}).code == "not-found"
    assert refused(create_round, STAFF, "ACME-1", INTERVIEW).code == "forbidden"


def test_a_round_in_use_is_not_dropped_or_changed(place: Place) -> None:
    running(2)
    assert refused(delete_round, ADMIN, "ACME-1", 1).code == "round-state"
    mark("PRESENT", 1, 2)
    finalise_round(ADMIN, "ACME-1")
    assert refused(update_round, ADMIN, "ACME-1", 1, {"name": "Another"}).code == "round-state"
    create_round(ADMIN, "ACME-1", INTERVIEW)
    mark("PRESENT", 1)
    assert refused(delete_round, ADMIN, "ACME-1", 2).code == "round-state"
    with transaction() as tx:
        tx.execute(text("UPDATE placement_drives SET status = 'completed'"))
    assert refused(create_round, ADMIN, "ACME-1", INTERVIEW).code == "drive-state"


def test_two_lists_at_once_decide_each_student_once(place: Place) -> None:
    running(40)
    start = threading.Barrier(6)

    def work(number: int) -> Marked:
        start.wait()
        return mark("PRESENT" if number % 2 else "ABSENT", *range(1, 41))

    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(work, range(6)))
    assert sum(one.marked for one in done) == 40
    assert len(set(standing().values())) == 1
    assert len(events("attendance.mark")) == 1
