"""Jobs by the set: counted, retried and cancelled by a filter, re-counted by the server, a thousand at a time."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from sql.engine import transaction
from tasks.actor import Actor, Role
from tasks.errors import PlaceopsError
from tasks.services import job_sets
from tasks.services.job_sets import cancel_matching, count_jobs, retry_matching
from tasks.services.jobs import JobFilter, list_jobs
from tests import factories
from tests.conftest import Place

ADMIN = Actor("ops", role=Role.ADMIN)
FILTER, EXPORT = "eligibility-filter", "export-registrations-csv"


@pytest.fixture
def ledger(place: Place) -> Place:
    """Two waiting, three failed, a delayed, four completed and two cancelled jobs, of two types; some of a drive."""
    with transaction() as tx:
        drive = factories.drive(tx)
        for kind, state, number, of, by in [
            (FILTER, "waiting", 2, drive, "amy"),
            (FILTER, "failed", 2, drive, "bob"),
            (EXPORT, "failed", 1, None, "bob"),
            (EXPORT, "delayed", 1, None, "amy"),
            (EXPORT, "completed", 4, None, "amy"),
            (EXPORT, "cancelled", 2, None, "bob"),
        ]:
            tx.execute(
                text("""
                    INSERT INTO jobs (type, state, drive_id, created_by, finished_at, run_at, error, reason)
                    SELECT :kind, :state, :drive, :by,
                           CASE WHEN :state IN ('failed', 'completed', 'cancelled') THEN now() END,
                           CASE WHEN :state = 'delayed' THEN now() + interval '1 hour' END,
                           CASE WHEN :state = 'failed' THEN 'no' END,
                           CASE WHEN :state IN ('failed', 'cancelled') THEN 'error' END
                    FROM generate_series(1, :number)
                """),
                {"kind": kind, "state": state, "number": number, "drive": of, "by": by},
            )
    return place


def audited(action: str) -> int:
    with transaction(read_only=True) as tx:
        return int(
            tx.execute(
                text("SELECT count(*) FROM audit_events WHERE action = :a"), {"a": action}
            ).scalar_one()
        )


def test_counts_by_state_and_type(ledger: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    found = count_jobs(ADMIN)
    assert found.states == {
        "waiting": 2,
        "delayed": 1,
        "active": 0,
        "completed": 4,
        "failed": 3,
        "cancelled": 2,
    }
    assert (found.types[FILTER]["failed"], found.types[EXPORT]["failed"], found.more) == (2, 1, False)
    assert count_jobs(ADMIN, JobFilter(drive="ACME-1")).states["failed"] == 2
    assert count_jobs(ADMIN, JobFilter(type=EXPORT, by="bob")).states["cancelled"] == 2
    staff = Actor("amy", role=Role.STAFF)
    assert sum(count_jobs(staff).states.values()) == 7, "what she asked for herself"
    monkeypatch.setattr(job_sets, "NEWEST_FINISHED", 5)
    assert count_jobs(ADMIN).more


def test_lists_take_the_same_filter(ledger: Place) -> None:
    assert len(list_jobs(ADMIN, JobFilter(drive="ACME-1")).items) == 4
    assert len(list_jobs(ADMIN, JobFilter(by="bob", state="failed")).items) == 3
    with pytest.raises(PlaceopsError, match="no such drive"):
        list_jobs(ADMIN, JobFilter(drive="NOPE"))


def test_a_retry_moves_what_its_dry_run_counted(ledger: Place) -> None:
    plan = retry_matching(ADMIN, JobFilter(type=FILTER), dry_run=True)
    assert (plan.matched, len(plan.ids), plan.more, audited("job.retry")) == (2, 2, 0, 0)
    done = retry_matching(ADMIN, JobFilter(type=FILTER))
    assert (done.ids, audited("job.retry")) == (plan.ids, 2)
    assert count_jobs(ADMIN).states["failed"] == 1
    cancelled = retry_matching(ADMIN, JobFilter(state="cancelled"))
    assert len(cancelled.ids) == 2


def test_a_cancel_leaves_what_has_ended(ledger: Place) -> None:
    every = [one.id for one in list_jobs(ADMIN, limit=200).items]
    plan = cancel_matching(ADMIN, ids=every, dry_run=True)
    assert (plan.matched, audited("job.cancel")) == (3, 0)
    assert cancel_matching(ADMIN, JobFilter(state="delayed")).matched == 1
    assert cancel_matching(ADMIN, ids=every).matched == 2
    assert (count_jobs(ADMIN).states["cancelled"], audited("job.cancel")) == (5, 3)


def test_an_act_takes_a_thousand(ledger: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PlaceopsError, match="takes 1,000"):
        cancel_matching(ADMIN, ids=list(range(1, 1002)))
    monkeypatch.setattr(job_sets, "MOST", 2)
    done = retry_matching(ADMIN)
    assert (done.matched, len(done.ids), done.more) == (3, 2, 1)
    assert retry_matching(ADMIN).matched == 1


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.STAFF, Role.STUDENT])
def test_only_administrators_move_jobs(ledger: Place, role: Role) -> None:
    for act in (retry_matching, cancel_matching):
        with pytest.raises(PlaceopsError) as refused:
            act(Actor("x", role=role, student_id=1))
        assert refused.value.code == "forbidden"
    for state in ("completed", "nonsense"):
        with pytest.raises(PlaceopsError, match="cannot be"):
            cancel_matching(ADMIN, JobFilter(state=state))
