"""Views as people read them: their figures against an independent count, their age, their errors."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, RowMapping, Table, TextClause, func, insert, select, text, update

from sql.engine import transaction
from sql.queries import query
from sql.tables import (
    attendance,
    colleges,
    drive_coordinator_selections,
    drive_eligibility,
    drive_registrations,
    drive_rounds,
    offers,
    placement_drives,
    students,
    view_refreshes,
)
from tasks.actor import SYSTEM
from tasks.errors import PlaceopsError
from tasks.jobs import refresh_views as refresh_job
from tasks.jobs.registry import ActiveJob
from tasks.services.views import ViewData, list_views, refresh_views, show_view
from tests import factories
from tests.conftest import Place


def refresh_all() -> None:
    for job in refresh_views(SYSTEM):
        with transaction() as tx:
            refresh_job.apply(tx, ActiveJob(job.id, job.type, 1, job.payload, None, "tests", None, 60), None)


def season(tx: Connection) -> None:
    """Two colleges and a test college, five drives of which one is a test, at random but always the same."""
    pick = random.Random(7)
    places = [
        factories.college(tx, "A"),
        factories.college(tx, "B"),
        factories.college(tx, "T", is_test=True),
    ]
    everybody = [
        factories.student(
            tx, college, f"R{number}", placed=pick.random() < 0.1, batch_year=pick.choice([2026, 2027, None]),
            branch=pick.choice(["CSE", "ECE", None]), programme=pick.choice(["B.E.", None]),
        )
        for college in places
        for number in range(40)
    ]  # fmt: skip
    for number in range(5):
        drive = factories.drive(tx, f"D{number}", is_test=number == 4, criteria_version=number % 2)
        tx.execute(
            text("INSERT INTO drive_criteria (drive_id, version, created_by) VALUES (:d, 0, 'tests')"),
            {"d": drive},
        )
        played = [one for one in everybody if number and pick.random() < 0.7]
        play(tx, pick, drive, played)


def play(tx: Connection, pick: random.Random, drive: int, played: list[int]) -> None:
    at = func.now()
    rounds = [
        tx.execute(
            insert(drive_rounds)
            .values(drive_id=drive, seq=seq, kind="test", name="x")
            .returning(drive_rounds.c.id)
        ).scalar_one()
        for seq in (1, 2)
    ]
    for one in played:
        mine = {"drive_id": drive, "student_id": one}
        for version in (0, 1):
            verdict = pick.choice(["eligible", "not", "review"])
            tx.execute(
                insert(drive_eligibility).values(
                    mine
                    | {
                        "criteria_version": version,
                        "verdict": verdict,
                        "unknown_rules": int(verdict != "eligible"),
                    }
                )
            )
        if pick.random() < 0.5:
            tx.execute(
                insert(drive_coordinator_selections).values(mine | {"source": "AUTO", "selected_by": "x"})
            )
        if pick.random() < 0.5:
            withdrawn = {"status": "withdrawn", "withdrawn_at": at} if pick.random() < 0.3 else {}
            tx.execute(
                insert(drive_registrations).values(
                    mine | {"channel": "SELF", "criteria_version": 1, "registered_by": "x"} | withdrawn
                )
            )
        for held in rounds:
            status = pick.choice(["PENDING", "PRESENT", "LATE", "ABSENT", "EXCUSED", None])
            if status:
                marked = None if status == "PENDING" else at
                tx.execute(
                    insert(attendance).values(round_id=held, student_id=one, status=status, marked_at=marked)
                )
        if pick.random() < 0.2:
            status = pick.choice(["OFFERED", "ACCEPTED", "DECLINED", "REVOKED"])
            tx.execute(insert(offers).values(mine | {"company": "Acme", "status": status}))
    if played:
        ppo = {"student_id": played[0], "kind": "PPO", "company": "x", "status": "ACCEPTED"}
        tx.execute(insert(offers).values(ppo))


def everything(tx: Connection, table: Table) -> list[RowMapping]:
    return list(tx.execute(select(table)).mappings())


def funnel(tx: Connection) -> set[tuple[Any, ...]]:
    """The funnel, counted in Python, row by row."""
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    drives = {row["id"]: row for row in everything(tx, placement_drives)}
    for row in everything(tx, drive_eligibility):
        if row["criteria_version"] == drives[row["drive_id"]]["criteria_version"]:
            counts[row["drive_id"]][row["verdict"]] += 1
    for row in everything(tx, drive_coordinator_selections):
        counts[row["drive_id"]]["selected"] += 1
    for row in everything(tx, drive_registrations):
        counts[row["drive_id"]][row["status"]] += 1
    drive_of = {row["id"]: row["drive_id"] for row in everything(tx, drive_rounds)}
    marks = defaultdict(set)
    for row in everything(tx, attendance):
        marks[drive_of[row["round_id"]], row["student_id"]].add(row["status"])
    for (drive, _), seen in marks.items():
        if seen & {"PRESENT", "LATE"}:
            counts[drive]["attended"] += 1
        elif "ABSENT" in seen:
            counts[drive]["no_show"] += 1
    for row in everything(tx, offers):
        if row["drive_id"]:
            counts[row["drive_id"]]["offered"] += row["status"] != "REVOKED"
            counts[row["drive_id"]]["accepted"] += row["status"] == "ACCEPTED"
    steps = (
        "eligible",
        "review",
        "selected",
        "registered",
        "withdrawn",
        "attended",
        "no_show",
        "offered",
        "accepted",
    )
    return {
        (
            drive["id"],
            drive["code"],
            drive["company"],
            drive["title"],
            drive["status"],
            *(counts[drive["id"]][step] for step in steps),
        )
        for drive in drives.values()
        if not drive["is_test"]
    }


def branches(tx: Connection) -> set[tuple[Any, ...]]:
    """Placement by branch, counted in Python, student by student."""
    college = {row["id"]: row for row in everything(tx, colleges)}
    version = {row["id"]: row["criteria_version"] for row in everything(tx, placement_drives)}
    registered = {
        row["student_id"] for row in everything(tx, drive_registrations) if row["status"] == "registered"
    }
    accepted = {row["student_id"] for row in everything(tx, offers) if row["status"] == "ACCEPTED"}
    eligible = {
        row["student_id"]
        for row in everything(tx, drive_eligibility)
        if row["verdict"] == "eligible" and row["criteria_version"] == version[row["drive_id"]]
    }
    groups: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0, 0, 0, 0, 0])
    for row in everything(tx, students):
        own = college[row["college_id"]]
        if own["is_test"]:
            continue
        placed = row["placed"] or row["id"] in accepted
        parts = [1, row["id"] in registered, row["id"] in eligible, placed, not placed]
        group = groups[own["id"], own["code"], row["programme"], row["branch"], row["batch_year"]]
        group[:] = [had + part for had, part in zip(group, parts, strict=True)]
    return {(*key, *parts) for key, parts in groups.items()}


@pytest.fixture
def played(place: Place) -> Place:
    with transaction() as tx:
        season(tx)
    refresh_all()
    return place


def test_funnel_counts_what_an_independent_count_gives(played: Place) -> None:
    with transaction() as tx:
        expected = funnel(tx)
    shown = show_view(SYSTEM, "drive_funnel")
    assert set(shown.rows) == expected
    assert len(shown.rows) == len(expected) == 4
    assert shown.columns[:2] == ["drive_id", "code"]


def test_branch_placement_counts_what_an_independent_count_gives(played: Place) -> None:
    with transaction() as tx:
        expected = branches(tx)
    shown = show_view(SYSTEM, "branch_placement")
    assert set(shown.rows) == expected
    assert sum(row[shown.columns.index("strength")] for row in shown.rows) == 80


def test_list_says_when_and_whether_something_changed_since(played: Place) -> None:
    listed = {view.name: view for view in list_views(SYSTEM)}
    assert list(listed) == ["drive_funnel", "branch_placement"]
    assert [view.stale for view in listed.values()] == [False, False]
    with transaction() as tx:
        tx.execute(update(view_refreshes).values(as_of=func.now() - timedelta(hours=2)))
        tx.execute(update(students).values(debarred=True))
    funnel_view, branch_view = list_views(SYSTEM)
    assert funnel_view.age_seconds == 7200
    assert (funnel_view.stale, branch_view.stale) == (False, True)


def test_never_refreshed_has_no_age(place: Place) -> None:
    assert {(view.as_of, view.age_seconds, view.stale) for view in list_views(SYSTEM)} == {(None, None, True)}
    assert show_view(SYSTEM, "drive_funnel").as_of is None


def test_rows_and_their_time_belong_together(played: Place) -> None:
    before = show_view(SYSTEM, "drive_funnel")
    with transaction() as tx:
        tx.execute(update(placement_drives).values(title="changed"))
    stale = show_view(SYSTEM, "drive_funnel")
    assert (stale.stale, stale.as_of, stale.rows) == (True, before.as_of, before.rows)
    refresh_all()
    fresh = show_view(SYSTEM, "drive_funnel")
    assert before.as_of is not None
    assert fresh.as_of is not None
    assert fresh.as_of > before.as_of
    assert {row[3] for row in fresh.rows} == {"changed"}


def test_refresh_that_commits_while_rows_are_read_does_not_part_them_from_their_time(
    played: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = show_view(SYSTEM, "drive_funnel")
    with transaction() as tx:
        tx.execute(update(placement_drives).values(title="changed"))

    def refresh_first(module: str, name: str) -> TextClause:
        if name == "rows_of_drive_funnel":
            refresh_all()
        return query(module, name)

    monkeypatch.setattr("tasks.services.views.query", refresh_first)
    during = show_view(SYSTEM, "drive_funnel")
    assert (during.as_of, during.rows) == (before.as_of, before.rows)


def test_limit_cuts_and_says_so(played: Place) -> None:
    def shown(limit: int) -> ViewData:
        return show_view(SYSTEM, "drive_funnel", limit=limit)

    assert (len(shown(3).rows), shown(3).more) == (3, True)
    assert (len(shown(4).rows), shown(4).more) == (4, False)
    assert shown(4).rows[:3] == shown(3).rows
    for limit in (0, 10_001):
        with pytest.raises(PlaceopsError) as refused:
            shown(limit)
        assert (refused.value.code, refused.value.field) == ("invalid-input", "/limit")


@pytest.mark.parametrize("name", ["nothing", "students", "", "DRIVE_FUNNEL"])
def test_unknown_view_is_not_found_and_nothing_is_enqueued(place: Place, name: str) -> None:
    for ask in (lambda: refresh_views(SYSTEM, ["drive_funnel", name]), lambda: show_view(SYSTEM, name)):
        with pytest.raises(PlaceopsError) as refused:
            ask()
        assert refused.value.code == "not-found"
        assert refused.value.fix == "one of drive_funnel, branch_placement"
    with transaction() as tx:
        assert tx.scalar(text("SELECT count(*) FROM jobs")) == 0


def test_refresh_enqueues_one_job_a_view(place: Place) -> None:
    everything_asked = refresh_views(SYSTEM)
    assert [job.payload for job in everything_asked] == [
        {"view": "drive_funnel"},
        {"view": "branch_placement"},
    ]
    again = refresh_views(SYSTEM, ["branch_placement", "branch_placement"])
    assert [job.id for job in again] == [everything_asked[1].id], "a waiting refresh answers for the next"
