"""Enqueue: in the caller's transaction, once for each waiting input, its story written down."""

from __future__ import annotations

import threading
from contextlib import suppress

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from sql.engine import transaction
from tasks.jobs import delivery, ledger
from tasks.jobs.incarnation import Incarnation
from tests.conftest import Place
from tests.jobs.support import ask, claimed, do, job, moves, somebody_waits, trial, until, whys, work_off


@pytest.fixture
def rung(here: Place, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The jobs that were delivered."""
    found: list[int] = []
    monkeypatch.setattr(delivery, "deliver", lambda job_type, job_id: found.append(job_id))
    return found


def test_a_job_is_delivered_after_the_callers_commit(rung: list[int]) -> None:
    with transaction() as tx:
        found = ledger.enqueue(tx, "trial", {}, created_by="tester")
        assert rung == []
    assert rung == [found]
    assert job(found).state == "waiting"


def test_a_rollback_takes_the_job_and_the_ring_along(rung: list[int]) -> None:
    with suppress(ZeroDivisionError), transaction() as tx:
        ledger.enqueue(tx, "trial", {}, created_by="tester")
        raise ZeroDivisionError
    assert rung == []
    assert ask("SELECT count(*) FROM jobs") == 0


def test_a_waiting_job_answers_for_its_input(rung: list[int]) -> None:
    first, second = trial(key="a"), trial(key="a")
    assert first == second
    assert trial(key="b") != first
    assert trial() != trial()


def test_a_delayed_job_answers_too(me: Incarnation) -> None:
    first = trial(key="a", **{"raise": "once"})
    work_off(me)
    assert job(first).state == "delayed"
    assert trial(key="a") == first


def test_an_active_job_never_answers(me: Incarnation) -> None:
    first = trial(key="a")
    claimed(me)
    assert trial(key="a") != first


def test_a_job_that_answered_cannot_start_before_the_asking_commit(me: Incarnation) -> None:
    first = trial(key="a")
    with transaction() as tx:
        assert ledger.enqueue(tx, "trial", {"key": "a"}, created_by="tester") == first
        assert ledger.claim("trial", me.id) is None
    assert claimed(me).id == first


def test_two_requests_for_one_input_at_once_get_one_job(here: Place) -> None:
    entered = threading.Event()
    answers: list[int] = []

    def second() -> None:
        entered.set()
        answers.append(trial(key="a"))

    thread = threading.Thread(target=second)
    with transaction() as tx:
        first = ledger.enqueue(tx, "trial", {"key": "a"}, created_by="tester")
        thread.start()
        entered.wait()
        until(somebody_waits)
    thread.join()
    assert answers == [first]


def test_every_transition_is_an_event(me: Incarnation) -> None:
    done = trial()
    work_off(me)
    assert moves(done) == [(None, "waiting"), ("waiting", "active"), ("active", "completed")]
    failed = trial(expected="never")
    work_off(me)
    assert moves(failed)[-1] == ("active", "failed")
    assert whys(failed)[-1] == "never"
    with transaction() as tx:
        ledger.retry(tx, [failed], "tester")
        ledger.cancel(tx, [failed], "tester")
    assert moves(failed)[-2:] == [("failed", "waiting"), ("waiting", "cancelled")]
    assert whys(failed)[-2:] == ["retried by tester", "cancelled by tester"]


@pytest.mark.parametrize(
    "wrong",
    [
        "state = 'active'",
        "state = 'delayed'",
        "state = 'completed'",
        "state = 'failed', finished_at = now()",
        "state = 'cancelled', finished_at = now()",
        "worker_id = 1",
        "lease_until = now()",
        "run_at = now()",
        "state = 'unheard-of'",
        "state = 'completed', finished_at = now(), cancel_requested_at = now()",
    ],
)
def test_the_table_refuses_states_that_carry_the_wrong_things(here: Place, wrong: str) -> None:
    found = trial()
    with pytest.raises(IntegrityError):
        do(f"UPDATE jobs SET {wrong} WHERE id = :id", id=found)


def test_one_input_waits_once_and_runs_once_whatever_the_program_does(me: Incarnation) -> None:
    trial(key="a")
    claimed(me)
    second = trial(key="a")
    with pytest.raises(IntegrityError, match="jobs_active_once"):
        do(
            "UPDATE jobs SET state = 'active', attempt = 1, worker_id = 1, started_at = now(), lease_until = now() "
            "WHERE id = :id",
            id=second,
        )
    with pytest.raises(IntegrityError, match="jobs_queued_once"), transaction() as tx:
        tx.execute(
            text(
                "INSERT INTO jobs (type, unique_key, created_by) SELECT type, unique_key, 'x' FROM jobs WHERE id = :id"
            ),
            {"id": second},
        )
