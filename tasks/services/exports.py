"""Exports: ask for a file, see what there is, open it."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    Integer,
    RowMapping,
    Select,
    case,
    func,
    insert,
    literal,
    select,
    true,
    update,
)

from sql.engine import transaction
from sql.tables import exports, jobs, placement_drives
from tasks.actor import SYSTEM, Actor
from tasks.errors import PlaceopsError
from tasks.jobs import ledger
from tasks.jobs.export_registrations import JOB_TYPE, presets
from tasks.services import access, audit
from tasks.services.jobs import Job, read_job
from tasks.services.paging import BIGGEST_ID, Page, check_limit, id_cursor, page
from tasks.settings import settings

DIALECTS = ("excel", "data")


@dataclass(frozen=True, slots=True)
class Export:
    """A requested file. `state`: pending, ready, expired (the file is gone or about to be) or failed (see its
    job).

    `rows`, `bytes` and `sha256` are known once it was ready; `host` wrote the file, which stays until
    `expires_at`.
    """

    id: int
    drive_id: int
    drive_code: str
    preset: str
    dialect: str
    state: str
    job_id: int | None
    requested_by: str
    requested_at: datetime
    completed_at: datetime | None
    rows: int | None
    bytes: int | None
    sha256: str | None
    host: str | None
    expires_at: datetime | None
    downloads: int


@dataclass(frozen=True, slots=True)
class ExportRequested:
    """A new export and the job that writes its file."""

    export: Export
    job: Job


@dataclass(frozen=True, slots=True)
class ExportFile:
    """A file to hand out: where it lies, and the name that its reader should see."""

    path: Path
    name: str
    bytes: int
    sha256: str

    def open(self) -> BinaryIO:
        """Its content, which can be read to the end although the file is removed meanwhile.

        Raises export-not-ready when it was removed since.
        """
        try:
            return os.fdopen(os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW), "rb")
        except FileNotFoundError:
            message = f"the file of {self.name} was removed at this moment"
            raise PlaceopsError("export-not-ready", message, "placeops export list; export it anew") from None


# Jobs that ended without a file are pruned after a while; a pending export always has its job.
_STATE = case(
    (exports.c.removed_at.is_not(None) | (exports.c.expires_at <= func.now()), "expired"),
    (exports.c.completed_at.is_not(None), "ready"),
    (jobs.c.state.in_(("waiting", "delayed", "active")), "pending"),
    else_="failed",
).label("state")


def _exports() -> Select[Any]:
    tables = exports.join(placement_drives, placement_drives.c.id == exports.c.drive_id).outerjoin(
        jobs, jobs.c.id == exports.c.job_id
    )
    return select(exports, placement_drives.c.code.label("drive_code"), _STATE).select_from(tables)


def _export(row: RowMapping) -> Export:
    return Export(**{field.name: row[field.name] for field in fields(Export)})


def _in_sight(tx: Connection, actor: Actor) -> ColumnElement[bool]:
    seen = access.drives_in_sight(tx, actor, "export.read")
    return true() if seen is None else exports.c.drive_id == func.any(literal(seen, ARRAY(Integer)))


def _load(tx: Connection, actor: Actor, export_id: int) -> RowMapping:
    wanted = _exports().where(exports.c.id == literal(export_id, BigInteger), _in_sight(tx, actor))
    found = tx.execute(wanted).mappings().one_or_none() if export_id <= BIGGEST_ID else None
    if found is None:
        raise PlaceopsError("not-found", f"no such export: {export_id}", "placeops export list")
    return found


def request_export(
    actor: Actor, ref: str, *, preset: str = "company_shortlist", dialect: str = "excel"
) -> ExportRequested:
    """Ask for a drive's registrations as a file, `excel` for people or `data` for programs; a job writes it.

    Raises not-found for the drive, invalid-input for an unknown preset or dialect, queue-draining.
    """
    _check_known("preset", preset, presets())
    _check_known("dialect", dialect, DIALECTS)
    with transaction() as tx:
        drive = access.drive_in_sight(tx, actor, ref, "export.request").row
        values = {"drive_id": drive["id"], "preset": preset, "dialect": dialect, "requested_by": actor.name}
        export_id: int = tx.execute(insert(exports).values(values).returning(exports.c.id)).scalar_one()
        job_id = ledger.enqueue(
            tx,
            JOB_TYPE.name,
            {"export": export_id},
            created_by=actor.name,
            request_id=actor.request_id,
            drive_id=drive["id"],
        )
        tx.execute(update(exports).where(exports.c.id == export_id).values(job_id=job_id))
        after = {"drive": drive["code"], "preset": preset, "dialect": dialect}
        audit.record(tx, actor, "export.request", "export", export_id, after=after)
    with transaction(read_only=True) as tx:
        export = _export(_load(tx, SYSTEM, export_id))
    return ExportRequested(export, read_job(job_id))


def _check_known(field: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise PlaceopsError(
            "invalid-input", f"no such {field}: {value!r}", f"one of {', '.join(known)}", field=f"/{field}"
        )


def list_exports(
    actor: Actor, *, drive: str | None = None, limit: int = 50, cursor: str | None = None
) -> Page[Export]:
    """Exports, newest first, all or one drive's. Raises not-found for the drive."""
    check_limit(limit)
    wanted = _exports().order_by(exports.c.id.desc()).limit(limit + 1)
    if (before := id_cursor(cursor)) is not None:
        wanted = wanted.where(exports.c.id < literal(before, BigInteger))
    with transaction(read_only=True) as tx:
        if drive is None:
            wanted = wanted.where(~placement_drives.c.is_test, _in_sight(tx, actor))
        else:
            wanted = wanted.where(
                exports.c.drive_id == access.drive_in_sight(tx, actor, drive, "export.read").id
            )
        found = [_export(row) for row in tx.execute(wanted).mappings()]
    return page(found, limit, lambda export: export.id)


def show_export(actor: Actor, export_id: int) -> Export:
    """One export. Raises not-found."""
    with transaction(read_only=True) as tx:
        return _export(_load(tx, actor, export_id))


def open_export(actor: Actor, export_id: int) -> ExportFile:
    """The file of an export, for one download, which is counted and audited.

    Raises not-found, export-not-ready (pending, failed or expired), export-elsewhere when the file is not in
    the export folder of this host.
    """
    with transaction() as tx:
        row = _load(tx, actor, export_id)
        if row["state"] != "ready":
            raise _not_ready(_export(row))
        path = settings().export_dir / row["file_name"]
        if not _holds(path, row["bytes"]):
            raise PlaceopsError(
                "export-elsewhere",
                f"export {export_id} was written on host {row['host']}, its file is not in the folder here",
                "let all hosts share one export folder, or download it there",
                details={"host": row["host"]},
            )
        tx.execute(update(exports).where(exports.c.id == row["id"]).values(downloads=exports.c.downloads + 1))
        audit.record(tx, actor, "export.download", "export", row["id"], after={"sha256": row["sha256"]})
    name = f"{row['drive_code']}-{row['preset']}-{row['id']}.csv"
    return ExportFile(path, name, row["bytes"], row["sha256"])


def _not_ready(export: Export) -> PlaceopsError:
    anew = f"placeops export registrations {export.drive_code} --for {export.dialect}"
    sentence, fix = {
        "pending": ("is still being written", f"placeops job wait {export.job_id}"),
        "failed": ("was never written, its job ended without a file", anew),
        "expired": ("has expired and its file is removed", anew),
    }[export.state]
    details = {"state": export.state, "job": export.job_id}
    return PlaceopsError("export-not-ready", f"export {export.id} {sentence}", fix, details=details)


def _holds(path: Path, size: int) -> bool:
    """Whether a plain file of this size lies there; a link does not count, wherever it points."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISREG(found.st_mode) and found.st_size == size
