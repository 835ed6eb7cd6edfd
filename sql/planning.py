"""How a statement is planned, where that decides how long it takes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text

from sql.engine import driver_connection


@contextmanager
def planned_for_its_values(tx: Connection) -> Iterator[None]:
    """Statements in the block are planned with their parameters as constants, however often they ran before.

    Nothing is prepared on the server; `plan_cache_mode` would replan each row's foreign key checks too.
    """
    driver = driver_connection(tx)
    before, driver.prepare_threshold = driver.prepare_threshold, None
    try:
        yield
    finally:
        driver.prepare_threshold = before


@contextmanager
def joined_by_hash(tx: Connection) -> Iterator[None]:
    """For long selections: how long an array is the planner can only guess, and it may choose to loop over both sides.

    Ends with the block, not with the transaction: what follows there, the claim of the next job, has one row to join.
    """
    tx.execute(text("SET LOCAL enable_nestloop = off"))
    yield
    tx.execute(text("RESET enable_nestloop"))
