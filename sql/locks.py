"""Advisory locks that several rooms take; two-integer keys, the first says what the second counts."""

from __future__ import annotations

from sqlalchemy import Connection, text

DRIVE_LOCK_CLASS = 1_886_151_029


def drive_lock(tx: Connection, drive_id: int, *, shared: bool) -> None:
    """Hold a drive until the transaction ends: registrations share it, a status or window change has it alone.

    Read the clock and the drive's row in a later statement: only that one sees what the lock was waited for.
    """
    name = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
    tx.execute(text(f"SELECT {name}(:lock_class, :drive)"), {"lock_class": DRIVE_LOCK_CLASS, "drive": drive_id})
