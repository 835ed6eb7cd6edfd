"""A view is refreshed exactly when something it is made of changed, whoever commits when."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import select, text, update

from sql.engine import transaction
from sql.tables import drive_registrations, view_refreshes
from tasks.actor import SYSTEM
from tasks.jobs import refresh_views as refresh_job
from tasks.jobs.refresh_views import VIEWS
from tasks.jobs.registry import ActiveJob, ExpectedFailure, Result
from tasks.services.views import refresh_views
from tests import factories
from tests.conftest import Place

FUNNEL, BRANCHES = "drive_funnel", "branch_placement"
OF_REGISTRATIONS = (FUNNEL, BRANCHES, "company_season", "daily_registrations")
REGISTER = """
    INSERT INTO drive_registrations (drive_id, student_id, channel, criteria_version, registered_by)
    SELECT (SELECT min(id) FROM placement_drives), id, 'SELF', 1, 'tests' FROM students WHERE roll_no = %s
"""


def active(view: str) -> ActiveJob:
    job = refresh_views(SYSTEM, [view])[0]
    return ActiveJob(job.id, job.type, 1, job.payload, None, "tests", None, 60)


def refresh(view: str = FUNNEL) -> Result:
    job = active(view)
    with transaction() as tx:
        return refresh_job.apply(tx, job, None)


def changed(view: str = FUNNEL) -> bool:
    return bool(refresh(view)["changed"])


def registered() -> int:
    with transaction() as tx:
        return int(tx.execute(text("SELECT sum(registered) FROM drive_funnel")).scalar_one())


def noted() -> set[str]:
    with transaction() as tx:
        return set(tx.scalars(text("SELECT table_name FROM data_changes")))


def row(view: str = FUNNEL) -> dict[str, Any]:
    with transaction() as tx:
        return dict(tx.execute(select(view_refreshes).where(view_refreshes.c.view == view)).mappings().one())


@pytest.fixture
def here(place: Place) -> Place:
    """One drive, three students nobody of whom is registered, all views up to date."""
    with transaction() as tx:
        factories.crowd(tx, factories.college(tx), 3)
        factories.drive(tx)
    for view in VIEWS:
        assert changed(view)
    return place


@pytest.fixture
def other(here: Place) -> Iterator[psycopg.Connection[Any]]:
    """Somebody else's session, in a transaction of its own."""
    with psycopg.connect(here.database_url) as conn:
        yield conn


def commit(place: Place, statement: str, *parameters: object) -> None:
    with psycopg.connect(place.database_url) as conn:
        conn.execute(statement.encode(), parameters or None)


def test_first_time_always_then_only_when_something_changed(here: Place) -> None:
    before = row()
    result = refresh()
    assert result == {"view": FUNNEL, "changed": False, "as_of": before["as_of"].isoformat()}
    after = row()
    assert after.pop("checked_at") > before.pop("checked_at")
    assert after == before
    commit(here, REGISTER, "R000001")
    assert refresh()["changed"] is True
    assert registered() == 1
    assert row()["as_of"] > before["as_of"]
    assert not changed()


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM drive_registrations",
        "UPDATE drive_registrations SET status = 'withdrawn', withdrawn_at = now()",
        "DELETE FROM drive_criteria",  # only through the cascade to drive_eligibility
        "UPDATE placement_drives SET title = 'new'",
        "TRUNCATE drive_eligibility",
    ],
)
def test_every_kind_of_change_counts(here: Place, statement: str) -> None:
    commit(here, REGISTER, "R000001")
    commit(here, "INSERT INTO drive_eligibility SELECT drive_id, version, 1, 'eligible' FROM drive_criteria")
    refresh()
    commit(here, statement)
    assert changed()
    assert not changed()


def test_change_elsewhere_does_not_count(here: Place) -> None:
    commit(here, "UPDATE students SET cgpa = 9")
    assert not changed(FUNNEL)
    assert changed(BRANCHES)


def test_change_that_commits_after_the_refresh_makes_the_next_one_run(
    here: Place, other: psycopg.Connection[Any]
) -> None:
    other.execute(REGISTER, ["R000001"])
    commit(here, REGISTER, "R000002")
    assert changed()
    assert registered() == 1
    assert not changed(), "nothing has been committed since"
    other.commit()
    assert changed()
    assert registered() == 2
    assert not changed()


def test_change_that_commits_while_the_refresh_is_under_way_is_not_lost(here: Place) -> None:
    commit(here, REGISTER, "R000001")
    job = active(FUNNEL)
    with transaction() as tx:
        assert refresh_job.apply(tx, job, None)["changed"]
        commit(here, REGISTER, "R000002")
    assert registered() == 1
    assert changed()
    assert registered() == 2


def test_change_between_the_snapshot_and_the_refresh_costs_one_refresh_more_at_most(
    here: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(here, REGISTER, "R000001")
    job = active(FUNNEL)
    monkeypatch.setattr(ActiveJob, "progress", lambda *_: commit(here, REGISTER, "R000002"))
    with transaction() as tx:
        refresh_job.apply(tx, job, None)
    assert registered() == 2
    monkeypatch.setattr(ActiveJob, "progress", lambda *_: None)
    assert changed()
    assert not changed()


def test_what_was_rolled_back_does_not_count(here: Place, other: psycopg.Connection[Any]) -> None:
    other.execute(REGISTER, ["R000001"])
    other.rollback()
    with other.transaction():
        other.execute("SELECT pg_current_xact_id()")
        with other.transaction(force_rollback=True):
            other.execute(REGISTER, ["R000001"])
    assert not changed()


def test_refresh_that_was_rolled_back_is_done_again(here: Place) -> None:
    commit(here, REGISTER, "R000001")
    job = active(FUNNEL)
    with transaction() as tx:
        refresh_job.apply(tx, job, None)
        tx.rollback()
    assert registered() == 0
    assert changed()
    assert registered() == 1


def test_readers_are_not_blocked_by_a_refresh(here: Place, other: psycopg.Connection[Any]) -> None:
    commit(here, REGISTER, "R000001")
    other.execute("SET lock_timeout = '2s'")
    job = active(FUNNEL)
    with transaction() as tx:
        refresh_job.apply(tx, job, None)
        assert other.execute("SELECT registered FROM drive_funnel").fetchall() == [(0,)]
        other.execute(REGISTER, ["R000002"])
        other.commit()
    assert other.execute("SELECT registered FROM drive_funnel").fetchall() == [(1,)]


def test_changes_are_forgotten_once_every_view_of_their_table_saw_them(here: Place) -> None:
    commit(here, REGISTER, "R000001")
    refresh(FUNNEL)
    assert "drive_registrations" in noted()
    for view in OF_REGISTRATIONS[1:]:
        assert changed(view)
    commit(here, "UPDATE placement_drives SET title = title")
    refresh(FUNNEL)
    assert "drive_registrations" not in noted()
    assert not changed(FUNNEL)


def test_change_in_progress_holds_its_own_and_later_ones_back(
    here: Place, other: psycopg.Connection[Any]
) -> None:
    other.execute(REGISTER, ["R000001"])
    for student in ("R000002", "R000003"):
        commit(here, REGISTER, student)
        for view in OF_REGISTRATIONS:
            assert changed(view)
    other.commit()
    for view in OF_REGISTRATIONS:
        assert changed(view)
        assert not changed(view)
    assert registered() == 3


@pytest.mark.parametrize(
    "restored",
    [{"cluster": 1}, {"cluster": 1, "seen": "5:5:"}, {"seen": "900000000:900000000:"}],
    ids=["other cluster", "other cluster with fewer transactions", "counter set back"],
)
def test_dump_restored_elsewhere_is_refreshed_once(here: Place, restored: dict[str, Any]) -> None:
    with transaction() as tx:
        tx.execute(update(view_refreshes).values(restored))
    commit(here, "INSERT INTO data_changes VALUES ('900000001', 'drive_registrations'), ('4', 'offers')")
    for view in VIEWS:
        assert changed(view)
        assert not changed(view)
    assert "drive_registrations" not in noted()
    commit(here, REGISTER, "R000001")
    assert changed()


def test_view_that_a_restore_left_empty_is_filled(here: Place) -> None:
    commit(here, "REFRESH MATERIALIZED VIEW drive_funnel WITH NO DATA")
    assert changed()
    assert registered() == 0


def test_unknown_view_fails_for_good(here: Place) -> None:
    job = ActiveJob(1, "refresh-materialized-views", 1, {"view": "students; --"}, None, "tests", None, 60)
    with transaction() as tx, pytest.raises(ExpectedFailure, match="no view 'students; --'"):
        refresh_job.apply(tx, job, None)


def test_views_here_and_in_the_database_are_the_same_and_their_tables_are_watched(here: Place) -> None:
    with transaction() as tx:
        assert set(VIEWS) == set(tx.scalars(text("SELECT matviewname FROM pg_matviews")))
        assert set(VIEWS) == set(tx.scalars(select(view_refreshes.c.view)))
        hourly = tx.execute(
            text("SELECT payload ->> 'view' AS view, cron FROM schedules WHERE payload ? 'view'")
        )
        assert {(row.view, row.cron) for row in hourly} == {(view, "0 * * * *") for view in VIEWS}
        made_of = tx.execute(text("SELECT view, table_name FROM view_sources")).all()
        assert {view for view, name in made_of if name == "drive_registrations"} == set(OF_REGISTRATIONS)
        sources = {name for _, name in made_of}
        watched = set(
            tx.scalars(text("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'note_change'"))
        )
    assert drive_registrations.name in sources
    assert sources <= watched
