"""Exports: ask for a file, see what there is, open it."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
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
from sql.tables import colleges, exports, jobs, placement_drives
from tasks.actor import SYSTEM, Actor
from tasks.errors import PlaceopsError
from tasks.jobs import ledger
from tasks.jobs.export_registrations import JOB_TYPE, presets
from tasks.jobs.workbook import MEDIA_TYPE as XLSX_TYPE
from tasks.services import access, audit
from tasks.services.jobs import Job, read_job
from tasks.services.paging import BIGGEST_ID, Page, check_limit, id_cursor, page
from tasks.services.repeats import once
from tasks.services.students import college_id
from tasks.settings import settings

DIALECTS = ("excel", "data")
MEDIA_TYPES: Mapping[str, str] = {"csv": "text/csv; charset=utf-8", "xlsx": XLSX_TYPE}
"""The formats of files, and what they are called on the wire."""
STATUSES = ("registered", "withdrawn")
PERMISSION_OF = {"coordinator_full": "export.full"}
"""Presets that not everybody may have who may export, with what they take."""
WITHOUT_STATUS = ("no_show", "offers")
"""Presets whose rows are not registrations, so that these cannot narrow them by their status."""


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
    format: str
    filters: dict[str, str]
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
class Filters:
    """Which rows of a preset are wanted: of a college (by its code), of a branch, registrations of a status."""

    college: str | None = None
    branch: str | None = None
    status: str | None = None


ALL_ROWS = Filters()


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
    media_type: str

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
    actor: Actor,
    ref: str,
    *,
    preset: str = "company_shortlist",
    dialect: str = "excel",
    format: str = "csv",
    filters: Filters = ALL_ROWS,
) -> ExportRequested:
    """Ask for a drive's list as a file, `excel` for people or `data` for programs; a job writes it.

    Raises forbidden, not-found for the drive or the college, invalid-input for an unknown preset, dialect, format or
    status, or a status that the preset has none of, queue-draining.
    """
    access.require(actor, "export.request")
    _check_known("preset", preset, presets())
    _check_known("dialect", dialect, DIALECTS)
    _check_known("format", format, tuple(MEDIA_TYPES))
    with transaction() as tx:
        drive = access.drive_in_sight(tx, actor, ref, PERMISSION_OF.get(preset, "export.request")).row
        seen = once(tx, actor)
        done = seen.result
        if done is None:
            asked = {"preset": preset, "dialect": dialect, "format": format}
            done = _ask(tx, actor, drive, asked | {"filters": _checked(tx, preset, filters)})
            seen.remember(done)
    with transaction(read_only=True) as tx:
        export = _export(_load(tx, SYSTEM, done["export"]))
    return ExportRequested(export, read_job(done["job"]))


def _ask(tx: Connection, actor: Actor, drive: RowMapping, asked: Mapping[str, Any]) -> dict[str, int]:
    values = {**asked, "drive_id": drive["id"], "requested_by": actor.name}
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
    audit.record(tx, actor, "export.request", "export", export_id, after={"drive": drive["code"], **asked})
    return {"export": export_id, "job": job_id}


def _checked(tx: Connection, preset: str, filters: Filters) -> dict[str, str]:
    """The filters that are set, the college under its code as it is spelled."""
    kept: dict[str, str] = {}
    if filters.college is not None:
        found = college_id(tx, filters.college)
        kept["college"] = tx.execute(select(colleges.c.code).where(colleges.c.id == found)).scalar_one()
    if filters.branch is not None:
        if not filters.branch.strip() or "\0" in filters.branch:
            raise PlaceopsError("invalid-input", "`branch` is empty", "name a branch", field="/branch")
        kept["branch"] = filters.branch.strip()
    if filters.status is not None:
        _check_known("status", filters.status, STATUSES)
        if preset in WITHOUT_STATUS:
            message = f"the preset {preset} holds no registrations, so that `status` cannot narrow it"
            raise PlaceopsError("invalid-input", message, "leave `status` out", field="/status")
        kept["status"] = filters.status
    return kept


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

    Raises forbidden, not-found, export-not-ready (pending, failed or expired), export-elsewhere when the file is not in
    the export folder of this host.
    """
    with transaction() as tx:
        row = _load(tx, actor, export_id)
        access.require(actor, PERMISSION_OF.get(row["preset"], "export.read"))
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
    name = f"{row['drive_code']}-{row['preset']}-{row['id']}.{row['format']}"
    return ExportFile(path, name, row["bytes"], row["sha256"], MEDIA_TYPES[row["format"]])


def _not_ready(export: Export) -> PlaceopsError:
    asked = f"--preset {export.preset} --for {export.dialect} --format {export.format}"
    anew = f"placeops export registrations {export.drive_code} {asked}"
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
