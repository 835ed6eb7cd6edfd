"""Advisory locks that several rooms take; two-integer keys, the first says what the second counts."""

from __future__ import annotations

from sqlalchemy import Connection, text

DRIVE_LOCK_CLASS = 1_886_151_029
ELIGIBILITY_LOCK_CLASS = 1_886_151_030


def drive_lock(tx: Connection, drive_id: int, *, shared: bool) -> None:
    """Hold a drive to the transaction's end: registrations share it, a status or window change has it alone.

    Read the clock and the drive's row in a later statement: only that one sees what the lock was waited for.
    """
    name = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
    tx.execute(
        text(f"SELECT {name}(:lock_class, :drive)"), {"lock_class": DRIVE_LOCK_CLASS, "drive": drive_id}
    )


def eligibility_lock(tx: Connection, drive_id: int) -> None:
    """One computation of a drive's eligibility at a time, to the transaction's end; nobody else waits."""
    values = {"lock_class": ELIGIBILITY_LOCK_CLASS, "drive": drive_id}
    tx.execute(text("SELECT pg_advisory_xact_lock(:lock_class, :drive)"), values)
