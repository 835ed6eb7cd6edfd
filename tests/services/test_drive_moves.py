"""A drive's moves: each from every status, what each needs and does, and what two at once do to each other."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import insert, text, update

from sql.engine import transaction
from sql.locks import drive_lock
from sql.tables import DRIVE_STATUSES, drive_rounds, placement_drives
from tasks.actor import Actor, Role, Scope
from tasks.errors import PlaceopsError
from tasks.jobs import delivery
from tasks.lifecycle import MOVES, allowed_moves
from tasks.services import drive_moves
from tasks.services.audit import list_audit
from tasks.services.drives import Drive, show_drive
from tasks.services.exports import request_export
from tasks.services.publishing import publish_drive
from tasks.services.registrations import register
from tests import factories
from tests.conftest import Place
from tests.jobs.support import ask, do, in_threads, somebody_waits, until

MEENA = Actor("meena", request_id="r-1", role=Role.ADMIN)
NEXT_MONTH = datetime.now(UTC) + timedelta(days=30)
Act = Callable[[], Any]

ACTS: dict[str, Act] = {
    "publish": partial(publish_drive, MEENA, "ACME-1", eligible=True),
    "extend": partial(drive_moves.extend_drive, MEENA, "ACME-1", NEXT_MONTH),
    "pause": partial(drive_moves.pause_drive, MEENA, "ACME-1", "a question"),
    "resume": partial(drive_moves.resume_drive, MEENA, "ACME-1"),
    "start": partial(drive_moves.start_drive, MEENA, "ACME-1"),
    "complete": partial(drive_moves.complete_drive, MEENA, "ACME-1"),
    "cancel": partial(drive_moves.cancel_drive, MEENA, "ACME-1", "the company withdrew"),
    "archive": partial(drive_moves.archive_drive, MEENA, "ACME-1"),
    "delete": partial(drive_moves.delete_drive, MEENA, "ACME-1"),
}
# The lifecycle as the office knows it, written down once more.
ALLOWED: dict[str, dict[str, str | None]] = {
    "draft": {"publish": "posted", "cancel": "cancelled", "delete": None},
    "posted": {
        "publish": "posted",
        "extend": "posted",
        "pause": "paused",
        "start": "in_progress",
        "cancel": "cancelled",
    },
    "paused": {"extend": "paused", "resume": "posted", "start": "in_progress", "cancel": "cancelled"},
    "in_progress": {"complete": "completed", "cancel": "cancelled"},
    "completed": {"archive": "archived"},
    "cancelled": {"archive": "archived"},
    "archived": {},
}


@pytest.fixture
def crowd(place: Place, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Four students; nothing is done inline."""
    monkeypatch.setattr(delivery, "_inline", False)
    with transaction() as tx:
        return factories.crowd(tx, factories.college(tx), 4)


def drive_in(status: str, crowd: list[int], *, registered: int = 0) -> int:
    """ACME-1 in a status, open for a week for the first three, some of whom are registered."""
    with transaction() as tx:
        drive = factories.drive(tx)
        if status != "draft":
            factories.posted(tx, drive, crowd[:3])
    for number in range(1, registered + 1):
        register(MEENA, "ACME-1", f"R{number:06}")
    reasons = {"paused": {"paused_reason": "x"}, "cancelled": {"cancelled_reason": "x"}}
    with transaction() as tx:
        tx.execute(update(placement_drives).values(status=status, **reasons.get(status, {})))
    return drive


def shown() -> Drive:
    return show_drive(MEENA, "ACME-1").drive


def refusal(act: Act) -> PlaceopsError:
    with pytest.raises(PlaceopsError) as refused:
        act()
    return refused.value


def statuses() -> list[str]:
    """The statuses of the registrations, in the order of the students."""
    with transaction() as tx:
        return list(tx.scalars(text("SELECT status FROM drive_registrations ORDER BY student_id")))


def close_window() -> None:
    do(
        "UPDATE placement_drives SET reg_opens_at = now() - interval '2 h', reg_closes_at = now() - interval '1 h'"
    )


def test_the_table_is_the_lifecycle() -> None:
    assert set(ALLOWED) == set(DRIVE_STATUSES)
    assert set(ACTS) == set(MOVES)
    assert {status: set(allowed_moves(status)) for status in ALLOWED} == {
        status: set(moves) for status, moves in ALLOWED.items()
    }


@pytest.mark.parametrize("move", ACTS)
@pytest.mark.parametrize("status", ALLOWED)
def test_every_move_from_every_status(crowd: list[int], status: str, move: str) -> None:
    # What can be registered for is, so that a start has what it needs.
    drive_in(status, crowd, registered=1 if status in ("posted", "paused") else 0)
    before = shown()
    assert set(before.allowed_moves) == set(ALLOWED[status])
    if move in ALLOWED[status]:
        ACTS[move]()
        if move == "delete":
            assert refusal(shown).code == "not-found"
            return
        after = shown()
        assert after.status == ALLOWED[status][move]
        assert set(after.allowed_moves) == set(ALLOWED[after.status])
        if move != "publish":
            assert after.row_version == before.row_version + 1
    else:
        error = refusal(ACTS[move])
        assert error.code == ("drive-not-publishable" if move == "publish" else "drive-state")
        assert error.details == {"status": status, "allowed_moves": before.allowed_moves}
        assert all(name in error.message for name in before.allowed_moves or ["none"])
        assert shown() == before
    events = [event.action for event in list_audit(MEENA).items if event.action.startswith("drive.")]
    assert events == ([f"drive.{move}"] if move in ALLOWED[status] else [])


@pytest.mark.parametrize("move", [name for name in ACTS if name != "publish"])
def test_who_may_not_write_drives_moves_none(crowd: list[int], move: str) -> None:
    drive_in("posted", crowd)
    named: dict[str, Any] = {"pause": ["x"], "cancel": ["x"], "extend": [NEXT_MONTH]}
    act = getattr(drive_moves, f"{move}_drive")
    staff = Actor("ravi", role=Role.STAFF)
    student = Actor("asha", role=Role.STUDENT, student_id=crowd[0])
    elsewhere = Actor("leela", role=Role.COORDINATOR, scope=Scope(branches=("CIVIL",)))
    reader = Actor("mani", role=Role.COORDINATOR, scope=Scope(branches=("CSE",)))
    for actor in (staff, student, elsewhere, reader):
        assert refusal(partial(act, actor, "ACME-1", *named.get(move, []))).code == "forbidden"
    assert shown().status == "posted"


def test_a_move_is_audited_with_what_changed_and_why(crowd: list[int]) -> None:
    drive = drive_in("posted", crowd)
    drive_moves.pause_drive(MEENA, "ACME-1", "  the company checks its criteria ")
    event = list_audit(MEENA).items[0]
    assert (event.actor, event.action, event.object_id, event.request_id) == (
        "meena", "drive.pause", str(drive), "r-1"
    )  # fmt: skip
    assert event.before == {"status": "posted", "paused_reason": None}
    assert event.after == {"status": "paused", "paused_reason": "the company checks its criteria"}
    assert event.reason == "the company checks its criteria"


@pytest.mark.parametrize("reason", ["", " \n", "x\0", "x" * 501])
def test_a_reason_is_needed(crowd: list[int], reason: str) -> None:
    drive_in("posted", crowd)
    for act in (drive_moves.pause_drive, drive_moves.cancel_drive):
        error = refusal(partial(act, MEENA, "ACME-1", reason))
        assert (error.code, error.field) == ("invalid-input", "/reason")


def test_a_paused_drive_takes_nobody_until_it_is_resumed(crowd: list[int]) -> None:
    drive_in("posted", crowd)
    assert drive_moves.pause_drive(MEENA, "ACME-1", "a question").paused_reason == "a question"
    assert "a question" in refusal(partial(register, MEENA, "ACME-1", "R000001")).message
    resumed = drive_moves.resume_drive(MEENA, "ACME-1")
    assert (resumed.status, resumed.paused_reason, resumed.registration) == ("posted", None, "open")
    assert register(MEENA, "ACME-1", "R000001").created


@pytest.mark.parametrize("status", ["posted", "paused"])
def test_a_closed_drive_is_extended(crowd: list[int], status: str) -> None:
    drive_in(status, crowd)
    close_window()
    drive = drive_moves.extend_drive(MEENA, "ACME-1", NEXT_MONTH)
    assert (drive.reg_closes_at, drive.status) == (NEXT_MONTH, status)
    event = list_audit(MEENA).items[0]
    assert event.after == {"reg_closes_at": NEXT_MONTH.isoformat()}
    if status == "posted":
        assert drive.registration == "open"
        assert register(MEENA, "ACME-1", "R000001").created


def test_the_same_close_again_changes_nothing(crowd: list[int]) -> None:
    drive_in("posted", crowd)
    first = drive_moves.extend_drive(MEENA, "ACME-1", NEXT_MONTH)
    again = drive_moves.extend_drive(MEENA, "ACME-1", NEXT_MONTH.astimezone())
    assert again.row_version == first.row_version
    assert len(list_audit(MEENA).items) == 1


@pytest.mark.parametrize(
    "until",
    [
        datetime.now(UTC) + timedelta(hours=1),
        datetime.now(UTC) - timedelta(hours=1),
        datetime(2027, 1, 1),  # noqa: DTZ001
        datetime(2300, 1, 1, tzinfo=UTC),
        datetime.max.replace(tzinfo=UTC),
    ],
)
def test_an_extension_ends_later_and_in_the_future(crowd: list[int], until: datetime) -> None:
    drive_in("posted", crowd)
    error = refusal(partial(drive_moves.extend_drive, MEENA, "ACME-1", until))
    assert (error.code, error.field) == ("invalid-input", "/until")
    close_window()
    error = refusal(
        partial(drive_moves.extend_drive, MEENA, "ACME-1", datetime.now(UTC) - timedelta(minutes=5))
    )
    assert error.code == "invalid-input", "later than the close, and over all the same"


def test_a_start_needs_somebody(crowd: list[int]) -> None:
    drive_in("posted", crowd)
    error = refusal(ACTS["start"])
    assert (error.code, "nobody is registered" in error.message) == ("drive-state", True)
    register(MEENA, "ACME-1", "R000001")
    do("UPDATE drive_registrations SET status = 'withdrawn', withdrawn_at = now()")
    assert refusal(ACTS["start"]).code == "drive-state"


def test_a_start_freezes_registrants_and_expects_them(crowd: list[int]) -> None:
    drive = drive_in("posted", crowd, registered=3)
    do(
        "UPDATE drive_registrations SET status = 'withdrawn', withdrawn_at = now() WHERE student_id = :id",
        id=crowd[2],
    )
    drive_moves.start_drive(MEENA, "ACME-1")
    expected = """SELECT array_agg((r.seq, t.student_id, t.status)::text ORDER BY t.student_id)
                  FROM attendance t JOIN drive_rounds r ON r.id = t.round_id WHERE r.drive_id = :drive"""
    assert ask(expected, drive=drive) == [f"(1,{one},PENDING)" for one in crowd[:2]]
    assert refusal(partial(register, MEENA, "ACME-1", "R000003")).code == "registration-closed"


def test_a_planned_first_round_is_the_one_that_starts(crowd: list[int]) -> None:
    drive = drive_in("posted", crowd, registered=2)
    with transaction() as tx:
        for seq in (1, 2):
            tx.execute(insert(drive_rounds).values(drive_id=drive, seq=seq, kind="test", name=f"Round {seq}"))
    drive_moves.start_drive(MEENA, "ACME-1")
    counts = """SELECT array_agg(n ORDER BY seq) FROM (
                    SELECT r.seq, count(t.student_id) AS n
                    FROM drive_rounds r LEFT JOIN attendance t ON t.round_id = r.id GROUP BY r.seq) c"""
    assert ask(counts) == [2, 0]


def test_a_drive_is_complete_when_every_round_is_final(crowd: list[int]) -> None:
    drive_in("posted", crowd, registered=1)
    drive_moves.start_drive(MEENA, "ACME-1")
    assert "1 of its rounds is not finalised" in refusal(ACTS["complete"]).message
    do("UPDATE drive_rounds SET finalised_at = now()")
    assert drive_moves.complete_drive(MEENA, "ACME-1").status == "completed"


def test_a_cancel_withdraws_everybody_and_keeps_the_selection(crowd: list[int]) -> None:
    drive_in("posted", crowd, registered=2)
    cancelled = drive_moves.cancel_drive(MEENA, "ACME-1", "the company withdrew")
    assert (cancelled.cancelled_reason, cancelled.registered, cancelled.selection.selected) == (
        "the company withdrew", 0, 3
    )  # fmt: skip
    assert statuses() == ["withdrawn", "withdrawn"]
    events = {event.action: event for event in list_audit(MEENA).items}
    assert (events["drive.cancel"].after or {})["withdrawn"] == 2
    assert events["registration.withdraw"].before == {"status": "registered"}


def test_a_paused_drive_loses_its_reason_with_the_pause(crowd: list[int]) -> None:
    drive_in("paused", crowd)
    assert drive_moves.cancel_drive(MEENA, "ACME-1", "over").paused_reason is None


def test_a_draft_on_which_something_depends_is_not_deleted(crowd: list[int]) -> None:
    drive_in("draft", crowd)
    request_export(MEENA, "ACME-1")
    error = refusal(ACTS["delete"])
    assert (error.code, "1 exports" in error.message) == ("drive-state", True)
    assert shown().status == "draft"


def test_a_deleted_draft_leaves_its_audit(crowd: list[int]) -> None:
    drive = drive_in("draft", crowd)
    assert drive_moves.delete_drive(MEENA, "ACME-1").id == drive
    event = list_audit(MEENA).items[0]
    assert (event.action, event.object_id) == ("drive.delete", str(drive))
    assert event.before == {"code": "ACME-1", "company": "Acme", "title": "Graduate engineer"}
    assert ask("SELECT count(*) FROM drive_criteria") == 0


def test_two_moves_at_once_are_one_after_the_other(crowd: list[int]) -> None:
    for _ in range(5):
        do("TRUNCATE placement_drives CASCADE")
        drive_in("posted", crowd, registered=1)

        def attempt(act: Act) -> str:
            try:
                return str(act().status)
            except PlaceopsError as error:
                return error.code

        outcomes = in_threads(
            *(partial(attempt, ACTS[move]) for move in ("start", "cancel", "pause", "pause"))
        )
        assert shown().status in ("cancelled", "in_progress")
        assert outcomes.count("paused") <= 1
        moved = [event for event in list_audit(MEENA).items if event.action.startswith("drive.")]
        assert len({event.id for event in moved}) >= 1
        assert shown().row_version == 1 + sum(code not in ("drive-state",) for code in outcomes)


def test_a_move_waits_for_a_registration_and_sees_it(crowd: list[int]) -> None:
    """The cancel comes while a registration holds the drive: it withdraws that one too."""
    drive = drive_in("posted", crowd)
    with ThreadPoolExecutor() as pool:
        with transaction() as registration:
            drive_lock(registration, drive, shared=True)
            cancelling = pool.submit(ACTS["cancel"])
            until(somebody_waits)
            registration.execute(
                text("""INSERT INTO drive_registrations (drive_id, student_id, channel, criteria_version, registered_by)
                        VALUES (:drive, :student, 'STAFF', 1, 'x')"""),
                {"drive": drive, "student": crowd[0]},
            )
        assert cancelling.result().status == "cancelled"
    assert statuses() == ["withdrawn"]


def test_registrations_in_a_rush_are_withdrawn_or_refused(crowd: list[int]) -> None:
    drive_in("posted", crowd)

    def attempt(roll_no: str) -> str:
        try:
            return "registered" if register(MEENA, "ACME-1", roll_no).created else "known"
        except PlaceopsError as error:
            return error.code

    rolls = [partial(attempt, f"R{number:06}") for number in (1, 2, 3)]
    outcomes = in_threads(*rolls, ACTS["cancel"])[:3]
    assert set(outcomes) <= {"registered", "registration-closed"}
    assert statuses() == ["withdrawn"] * outcomes.count("registered")


def test_an_extension_that_waited_judges_by_the_moment_of_its_turn(crowd: list[int]) -> None:
    """Its time lay in the future when it was asked for, and lies in the past when the drive is free."""
    drive = drive_in("posted", crowd)
    close_window()
    soon = datetime.now(UTC) + timedelta(seconds=1)
    with ThreadPoolExecutor() as pool:
        with transaction() as holder:
            drive_lock(holder, drive, shared=True)
            extending = pool.submit(drive_moves.extend_drive, MEENA, "ACME-1", soon)
            until(somebody_waits)
            until(lambda: datetime.now(UTC) > soon)
        error = extending.exception()
    assert isinstance(error, PlaceopsError) and error.field == "/until"
    assert shown().registration == "closed"


def test_a_registration_that_waits_for_an_extension_gets_in(crowd: list[int]) -> None:
    drive = drive_in("posted", crowd)
    close_window()
    with ThreadPoolExecutor() as pool:
        with transaction() as extension:
            drive_lock(extension, drive, shared=False)
            registering = pool.submit(register, MEENA, "ACME-1", "R000001")
            until(somebody_waits)
            extension.execute(update(placement_drives).values(reg_closes_at=NEXT_MONTH))
        assert registering.result().registration.channel == "STAFF"
