"""The pool: a session that ended while nobody used it is not handed out."""

from __future__ import annotations

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from sql import engine
from sql.engine import autocommit, transaction
from tests.conftest import Place


def _end_all(place: Place) -> None:
    with psycopg.connect(place.database_url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def _backend() -> int:
    with transaction(read_only=True) as tx:
        return int(tx.execute(text("SELECT pg_backend_pid()")).scalar_one())


def test_a_session_that_ended_while_idle_is_replaced(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "IDLE_SECONDS", 0.0)
    before = _backend()
    assert _backend() == before
    _end_all(place)
    assert _backend() != before


def test_a_session_that_ended_within_a_second_costs_one_error_that_may_be_tried_again(place: Place) -> None:
    _backend()
    _end_all(place)
    with pytest.raises(OperationalError) as caught:
        _backend()
    assert engine.is_transient(caught.value)
    assert _backend()


def test_each_statement_of_an_autocommit_session_is_a_transaction(place: Place) -> None:
    with autocommit() as tx:
        first, second = (tx.execute(text("SELECT pg_current_xact_id()::text")).scalar_one() for _ in range(2))
    assert first != second
    with transaction() as tx:
        first, second = (tx.execute(text("SELECT pg_current_xact_id()::text")).scalar_one() for _ in range(2))
    assert first == second
