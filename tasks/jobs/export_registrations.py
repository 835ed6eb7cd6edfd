"""Job type `export-registrations-csv`: a drive's lists as files, CSV or a workbook, from one snapshot, in constant
memory.

`excel`: UTF-8 with a byte-order mark, CRLF, formulas disarmed, "Registered At" as `2026-11-23 18:04:05` in
the college's zone. `data`: no mark, LF, exact values, "Registered At" in RFC 3339 with microseconds (UTC). In a
workbook they differ in their times only, since text cells obey nothing. Everywhere: unknown is an empty cell, rows in
the order of college, branch and roll number by code points; same data, same bytes.
"""

from __future__ import annotations

import csv
import hashlib
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from psycopg import sql
from sqlalchemy import Connection, RowMapping, func, select, text, update

from sql.copying import copied_rows
from sql.engine import driver_connection, transaction
from sql.queries import names, source
from sql.tables import exports
from tasks import spreadsheet
from tasks.jobs.registry import ActiveJob, ExpectedFailure, JobType, Result
from tasks.jobs.workbook import Sheet
from tasks.settings import settings

BLOCK_ROWS = 200
"""Rows checked, hashed and written at once; with blocks beyond the cache and the socket's buffer the server waits."""


@dataclass(slots=True)
class Written:
    """A finished file: its name in the export folder and what is in it."""

    export_id: int
    file_name: str
    rows: int = -1  # the header is no row
    bytes: int = 0
    reread: int = 0
    sha256: str = field(default="", init=False)

    @property
    def warnings(self) -> list[str]:
        """What whoever opens the file should know."""
        if not self.reread:
            return []
        numbers = "1 roll number" if self.reread == 1 else f"{self.reread} roll numbers"
        return [
            f"Excel may change {numbers} on opening (leading zeros, 1E5, MAR-12): import the column as text"
        ]


def presets() -> tuple[str, ...]:
    """The names of all presets, the default first."""
    return names("exports")


def prepare(job: ActiveJob) -> Written:
    """Write the file `<job>-<attempt>.csv` or `.xlsx`. Raises ExpectedFailure when it can never be written."""
    folder = settings().export_dir
    folder.mkdir(mode=0o750, parents=True, exist_ok=True)
    part = folder / f"{job.id}-{job.attempt}.part"
    sheet = None
    # Packing and fsync follow the transaction: a slow disk must not look like an idle session to the server.
    with _created(part) as file, _folder(part.with_suffix(".work")) as work, ExitStack() as ending:
        with transaction(read_only=True, snapshot=True) as tx:
            export = _requested(tx, job)
            written = Written(export["id"], f"{job.id}-{job.attempt}.{export['format']}")
            query = _query(export)
            if export["format"] == "xlsx":
                work.mkdir(mode=0o700)
                sheet = Sheet(file, work, _decimals(tx, query))
                ending.callback(sheet.let_go)
            with closing(copied_rows(driver_connection(tx), _copy(query))) as rows:
                if sheet:
                    _fill(sheet, rows, written, job)
                else:
                    _write(rows, file, written, job, excel=export["dialect"] == "excel")
        if sheet:
            job.progress("packing the workbook", written.rows)
            sheet.finish()
            _measure(file, written)
    part.rename(folder / written.file_name)
    _sync_folder(folder)
    return written


def _requested(tx: Connection, job: ActiveJob) -> RowMapping:
    tx.execute(
        text("SELECT set_config('statement_timeout', :limit, true), set_config('datestyle', 'ISO', true)"),
        {"limit": f"{job.max_seconds}s"},
    )
    wanted = select(exports).where(exports.c.id == job.payload["export"])
    export = tx.execute(wanted).mappings().one_or_none()
    if export is None:
        raise ExpectedFailure("export-gone", f"export {job.payload['export']} no longer exists")
    if export["preset"] not in presets():
        raise ExpectedFailure("unknown-preset", f"there is no preset {export['preset']!r} in this release")
    return export


def _query(export: RowMapping) -> sql.Composed:
    filters = export["filters"]
    status = filters.get("status")
    return sql.SQL(source("exports", export["preset"])).format(
        drive=sql.Literal(int(export["drive_id"])),
        local_time=sql.Literal(export["dialect"] == "excel"),
        college=sql.Literal(filters.get("college")),
        branch=sql.Literal(filters.get("branch")),
        statuses=sql.Literal([status] if status else None),
    )


def _copy(query: sql.Composed) -> sql.Composed:
    return sql.SQL("COPY ({}) TO STDOUT (FORMAT csv, HEADER, ENCODING 'UTF8')").format(query)


def _decimals(tx: Connection, query: sql.Composed) -> list[int | None]:
    """How many decimals the numbers of each column have; None for a column of text."""
    empty = sql.SQL("SELECT * FROM ({}) q LIMIT 0").format(query)
    columns = driver_connection(tx).execute(empty).description or ()
    whole = {"int2", "int4", "int8"}
    return [
        2 if c.type_display.startswith("numeric") else 0 if c.type_display in whole else None for c in columns
    ]


@contextmanager
def _created(path: Path) -> Iterator[BinaryIO]:
    """A new file, on the disk when the block ends, gone when it raises; never written through what lies there."""
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o640)
    with os.fdopen(handle, "w+b") as file:
        try:
            yield file
            file.flush()
            os.fsync(handle)
        except BaseException:
            path.unlink(missing_ok=True)
            raise


def _write(
    rows: Iterator[spreadsheet.Row], file: BinaryIO, written: Written, job: ActiveJob, *, excel: bool
) -> None:
    digest = hashlib.sha256()
    if excel:
        _put(spreadsheet.FILE_START, file, digest, written)
    while block := list(islice(rows, BLOCK_ROWS)):
        written.rows += len(block)
        if excel and written.rows > spreadsheet.MAX_ROWS:
            raise _too_many()
        data, reread = spreadsheet.for_spreadsheet(block) if excel else (b"".join(block), 0)
        written.reread += reread
        _put(data, file, digest, written)
        job.progress("writing rows", written.rows)
    written.sha256 = digest.hexdigest()


@contextmanager
def _folder(path: Path) -> Iterator[Path]:
    """A place for a folder, which is gone when the block ends."""
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _fill(sheet: Sheet, rows: Iterator[spreadsheet.Row], written: Written, job: ActiveJob) -> None:
    records = csv.reader(str(row, "utf-8") for row in rows)
    sheet.add_header(next(records))
    written.rows = 0
    while block := list(islice(records, BLOCK_ROWS)):
        written.rows += len(block)
        if written.rows > spreadsheet.MAX_ROWS:
            raise _too_many()
        sheet.add_rows(block)
        job.progress("writing rows", written.rows)


def _too_many() -> ExpectedFailure:
    return ExpectedFailure(
        "too-many-rows",
        f"the list has more than the {spreadsheet.MAX_ROWS} rows that Excel can hold: "
        "export with --for data --format csv, or one college at a time",
    )


def _measure(file: BinaryIO, written: Written) -> None:
    digest = hashlib.sha256()
    file.seek(0)
    while block := file.read(1 << 18):
        digest.update(block)
        written.bytes += len(block)
    written.sha256 = digest.hexdigest()


def _put(data: bytes, file: BinaryIO, digest: hashlib._Hash, written: Written) -> None:
    digest.update(data)
    written.bytes += file.write(data)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def apply(tx: Connection, job: ActiveJob, prepared: Written) -> Result:
    """Record the file on its export. Result: file, rows, bytes, sha256 and warnings."""
    done = (
        update(exports)
        .where(exports.c.id == prepared.export_id)
        .values(
            completed_at=func.now(),
            expires_at=func.now() + timedelta(hours=settings().export_hours),
            file_name=prepared.file_name,
            host=socket.gethostname(),
            rows=prepared.rows,
            bytes=prepared.bytes,
            sha256=prepared.sha256,
        )
    )
    if tx.execute(done).rowcount == 0:
        raise ExpectedFailure("export-gone", f"export {prepared.export_id} no longer exists")
    return {
        "file": prepared.file_name,
        "rows": prepared.rows,
        "bytes": prepared.bytes,
        "sha256": prepared.sha256,
        "warnings": prepared.warnings,
    }


JOB_TYPE = JobType(
    "export-registrations-csv",
    apply,
    unique_key=lambda payload: f"export:{payload['export']}",
    prepare=prepare,
)
