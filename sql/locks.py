"""Advisory locks that several rooms take; two-integer keys, the first says what the second counts."""

from __future__ import annotations

from sqlalchemy import Connection, text

DRIVE_LOCK_CLASS = 1_886_151_029
ELIGIBILITY_LOCK_CLASS = 1_886_151_030
LOGIN_LOCK_CLASS = 1_886_151_033

_DRIVE_SHARED = text("SELECT pg_advisory_xact_lock_shared(:lock_class, :drive)")
_DRIVE_ALONE = text("SELECT pg_advisory_xact_lock(:lock_class, :drive)")


def drive_lock(tx: Connection, drive_id: int, *, shared: bool) -> None:
    """Hold a drive to the transaction's end: registrations share it, a status or window change has it alone.

    Read the clock and the drive's row in a later statement: only that one sees what the lock was waited for.
    """
    wanted = _DRIVE_SHARED if shared else _DRIVE_ALONE
    tx.execute(wanted, {"lock_class": DRIVE_LOCK_CLASS, "drive": drive_id})


def eligibility_lock(tx: Connection, drive_id: int) -> None:
    """One computation of a drive's eligibility at a time, to the transaction's end; nobody else waits."""
    values = {"lock_class": ELIGIBILITY_LOCK_CLASS, "drive": drive_id}
    tx.execute(text("SELECT pg_advisory_xact_lock(:lock_class, :drive)"), values)


def login_lock(tx: Connection, subject: str) -> None:
    """One attempt to sign in at a time for an account or an address, to the transaction's end."""
    values = {"lock_class": LOGIN_LOCK_CLASS, "subject": subject}
    tx.execute(text("SELECT pg_advisory_xact_lock(:lock_class, hashtext(:subject))"), values)
