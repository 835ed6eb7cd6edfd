"""Draining a type: nothing new is accepted, what is there is finished, and "drained" stays true."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from sql.engine import transaction
from tasks.actor import Actor, Role
from tasks.errors import PlaceopsError
from tasks.jobs import ledger
from tasks.jobs.incarnation import Incarnation
from tasks.jobs.schedule import fire_due
from tasks.services.criteria import Criteria
from tasks.services.drive_create import Created, NewDrive, create_drive
from tasks.services.eligibility import compute_eligibility
from tasks.services.health import doctor
from tasks.services.jobs import retry_jobs
from tasks.services.publishing import publish_drive
from tasks.services.queues import (
    TypeStats,
    drain_types,
    pause_types,
    queue_stats,
    resume_types,
    wait_drained,
)
from tasks.services.schedules import list_schedules, run_schedule
from tasks.services.selections import Listed
from tests import factories
from tests.conftest import Place
from tests.jobs.support import (
    TESTER,
    applied,
    ask,
    claimed,
    do,
    in_threads,
    job,
    retry_failed,
    somebody_waits,
    trial,
    until,
    work_off,
)
from tests.jobs.trials import SINGLE

OPS = Actor("ops", role=Role.ADMIN)


def stats(type: str = "trial") -> TypeStats:
    return {one.type: one for one in queue_stats(TESTER).types}[type]


def refused(what: Callable[[], object]) -> PlaceopsError:
    with pytest.raises(PlaceopsError) as error:
        what()
    return error.value


def auto_calculated() -> Created:
    wanted = NewDrive(
        company="Acme",
        title="x",
        auto_calc=True,
        reg_opens_at=ask("SELECT now() - interval '1 day'"),
        reg_closes_at=ask("SELECT now() + interval '1 day'"),
    )
    return create_drive(TESTER, wanted, Criteria())


def test_a_drain_finishes_what_is_there_and_accepts_nothing_new(me: Incarnation) -> None:
    failed = trial(expected="no")
    later = trial(**{"raise": "once"}, fails=1)
    work_off(me)
    active, waiting = trial(), trial(key="a")
    taken = claimed(me)
    found = drain_types(OPS, ["trial"], "tonight's release")[0]
    assert (found.draining_by, found.draining_reason, found.drained) == ("ops", "tonight's release", False)
    for asked in (partial(trial), partial(trial, key="a")):
        error = refused(asked)
        assert error.code == "queue-draining"
        assert "drained by ops and accepts nothing new: tonight's release" in error.message
    trial(SINGLE)
    from tasks.jobs import runner

    runner.execute(taken, me.id)
    work_off(me)
    assert not stats().drained, "a delayed job is still to come"
    do("UPDATE jobs SET state = 'waiting', run_at = NULL, payload = '{}' WHERE id = :id", id=later)
    work_off(me)
    assert wait_drained(TESTER, ["trial"], timeout=5)[0].drained
    assert [applied(one) for one in (active, waiting, later)] == [1, 1, 1]
    assert job(failed).state == "failed"
    resume_types(OPS, ["trial"])
    assert job(trial()).state == "waiting"
    told = "SELECT array_agg(action ORDER BY id) FROM audit_events WHERE actor = 'ops'"
    assert ask(told) == ["queue.drain", "queue.resume"]


def test_a_drain_waits_for_requests_that_are_not_committed_yet(me: Incarnation) -> None:
    drained = threading.Event()

    def drain() -> None:
        drain_types(OPS, ["trial"])
        drained.set()

    operator = threading.Thread(target=drain)
    with transaction() as tx:
        found = ledger.enqueue(tx, "trial", {}, created_by="tester")
        operator.start()
        until(somebody_waits)
        assert not drained.is_set()
    operator.join()
    assert (job(found).state, stats().drained, stats().waiting) == ("waiting", False, 1)
    work_off(me)
    assert stats().drained


def test_no_request_slips_past_a_drain(me: Incarnation) -> None:
    known: list[int] = []
    codes: set[str] = set()

    def ask_on() -> int:
        accepted = 0
        while True:
            try:
                trial()
            except PlaceopsError as error:
                codes.add(error.code)
                return accepted
            accepted += 1

    def drain() -> None:
        until(lambda: ask("SELECT count(*) FROM jobs") > 20)
        drain_types(OPS, ["trial"])
        known.append(ask("SELECT count(*) FROM jobs"))

    *accepted, _ = in_threads(ask_on, ask_on, ask_on, drain)
    assert codes == {"queue-draining"}
    assert sum(accepted) == known[0] == ask("SELECT count(*) FROM jobs")
    work_off(me)
    assert stats().drained


def test_a_successor_is_accepted_and_waited_for(me: Incarnation) -> None:
    with transaction() as tx:
        factories.crowd(tx, factories.college(tx), 5)
    created = auto_calculated()
    found = drain_types(OPS, ["auto-publish"])[0]
    assert (found.drained, found.expected) == (False, 1)
    assert refused(partial(auto_calculated)).code == "queue-draining"
    assert compute_eligibility(TESTER, str(created.drive.id)).state == "waiting"
    work_off(me, "eligibility-filter")
    assert (stats("auto-publish").waiting, stats("auto-publish").drained) == (1, False)
    work_off(me, "auto-publish")
    assert stats("auto-publish").drained
    assert ask("SELECT count(*) FROM placement_drives WHERE status = 'posted'") == 1


def test_a_refused_publish_leaves_the_drive_a_draft(here: Place) -> None:
    with transaction() as tx:
        students = factories.crowd(tx, factories.college(tx), 3)
        drive = factories.drive(tx)
    drain_types(OPS, ["auto-publish"])
    chosen = [Listed(line, student_id=one) for line, one in enumerate(students)]
    for dry_run in (True, False):
        error = refused(partial(publish_drive, TESTER, str(drive), chosen, dry_run=dry_run))
        assert error.code == "queue-draining"
    assert ask("SELECT status FROM placement_drives WHERE id = :id", id=drive) == "draft"
    assert ask("SELECT count(*) FROM publish_requests") == 0


def test_a_tick_of_a_draining_type_is_recorded_as_skipped(me: Incarnation) -> None:
    do(
        "INSERT INTO schedules (name, job_type, payload, cron, time_zone, created_at, changed_at) "
        "VALUES ('s', 'trial', '{}', '* * * * *', 'UTC', now() - interval '61 s', now() - interval '61 s')"
    )
    drain_types(OPS, ["trial"], "the release")
    fires = fire_due()
    assert [(one.outcome, one.job_id) for one in fires] == [("skipped", None)]
    (told,) = [one for one in list_schedules(TESTER) if one.name == "s"]
    assert told.fires[0].reason == "trial is being drained by ops and accepts nothing new: the release"
    assert refused(partial(run_schedule, TESTER, "s")).code == "queue-draining"
    resume_types(OPS, ["trial"])
    (next_one,) = fire_due(fires[0].fire_at + timedelta(minutes=1, seconds=1))
    assert (next_one.outcome, next_one.job_id) == ("fired", ask("SELECT max(id) FROM jobs"))


def test_a_drained_type_is_not_filled_by_retries(me: Incarnation) -> None:
    failed, other = trial(expected="no"), trial(SINGLE, expected="no")
    work_off(me)
    work_off(me, SINGLE)
    drain_types(OPS, ["trial"])
    assert refused(partial(retry_jobs, TESTER, [failed])).code == "queue-draining"
    assert refused(partial(retry_failed, TESTER, type="trial")).code == "queue-draining"
    assert [one.id for one in retry_failed(TESTER, dry_run=True)] == [other]
    assert job(other).state == "failed"
    assert [one.id for one in retry_failed(TESTER)] == [other]
    assert (job(failed).state, stats().drained) == ("failed", True)


def test_a_retry_that_leads_to_a_drained_type_is_refused(me: Incarnation) -> None:
    created = auto_calculated()
    assert created.job is not None
    do(
        "UPDATE jobs SET state = 'failed', finished_at = now(), reason = 'error', error = 'x' WHERE id = :id",
        id=created.job.id,
    )
    drain_types(OPS, ["auto-publish"])
    assert stats("auto-publish").drained
    assert refused(partial(retry_jobs, TESTER, [created.job.id])).code == "queue-draining"


def test_a_worker_that_was_alive_after_all_brings_nothing_back(me: Incarnation) -> None:
    found = trial()
    do(
        "UPDATE jobs SET state = 'failed', finished_at = now(), reason = 'poison', error = 'x', "
        "crashed_by = ARRAY[901, 902, :me] WHERE id = :id",
        me=me.id, id=found,
    )  # fmt: skip
    do("UPDATE workers SET lost_at = now() WHERE id = :me", me=me.id)
    drain_types(OPS, ["trial"])
    with transaction() as tx:
        ledger.beat_worker(tx, me.id, redis_down=False)
    assert (job(found).state, job(found).crashes, stats().drained) == ("failed", 2, True)


def test_a_wait_says_why_it_cannot_end(me: Incarnation) -> None:
    pause_types(OPS, ["trial"])
    assert refused(partial(drain_types, OPS, ["trial"])).code == "queue-state"
    resume_types(OPS, ["trial"])
    trial()
    drain_types(OPS, ["trial"])
    assert refused(partial(wait_drained, TESTER, ["trial"], timeout=0.05)).code == "still-running"
    pause_types(OPS, ["trial"])
    assert "is paused" in refused(partial(wait_drained, TESTER, ["trial"])).message
    resume_types(OPS, ["trial"])
    assert "resumed" in refused(partial(wait_drained, TESTER, ["trial"])).message
    assert refused(partial(drain_types, OPS, ["unheard-of"])).code == "not-found"


def test_doctor_tells_of_a_drain_that_somebody_may_have_forgotten(here: Place) -> None:
    drain_types(OPS, ["trial"], "the release")
    (found,) = [check for check in doctor(TESTER) if check.name == "queue trial"]
    assert found.status == "warn"
    assert found.detail.startswith("drained by ops since ")
    assert found.detail.endswith(": the release")
    assert found.fix == "placeops queue resume trial"
