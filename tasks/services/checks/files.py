"""Folders and files: exports can be written, seen by everybody, and go when their time is over."""

from __future__ import annotations

import os
import shlex
import shutil
import stat
import tempfile
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection

from sql.queries import query
from tasks.actor import Actor
from tasks.jobs import export_registrations, markers
from tasks.services.backups import STALE_HOURS, last_success
from tasks.services.checks import Check, clock, some, unless
from tasks.services.workers import list_workers
from tasks.settings import config_file, settings

LITTLE_BYTES = 1 << 30
TOO_LITTLE_BYTES = 100 << 20
SECRETS = ("database_url", "redis_url")
HANDED_IN = Path("/run/secrets")
"""Where containers find their secrets: readable for all, but nobody else is there."""


def shared_folder(tx: Connection, actor: Actor) -> Iterator[Check]:
    """Whether every worker that writes exports left its marker in this very folder; removes those of workers gone."""
    folder = settings().export_dir
    texts = markers.found(folder)  # before the workers are asked for: whoever left one is among them
    known = list_workers(actor, all=True)
    staying = {worker.id for worker in known if worker.state != "stopped"}
    for gone in texts.keys() - staying:
        markers.remove(folder, gone)
    writers = [
        one for one in known if one.state == "alive" and export_registrations.JOB_TYPE.name in one.types
    ]
    apart = [one for one in writers if texts.get(one.id) != markers.text_of(one.host, one.pid)]
    if not writers:
        return
    told = ", ".join(f"{one.id} on {one.host}" for one in apart)
    yield unless(
        bool(apart),
        "shared export folder",
        f"{folder.resolve()} is not where these workers write: {told}"
        if apart
        else f"{len(writers)} workers write to {folder.resolve()}",
        "let workers, API and CLI share one writable folder (PLACEOPS_EXPORT_DIR), then restart those workers",
    )


def expired(tx: Connection, actor: Actor) -> Iterator[Check]:
    """Whether files with students' data are removed when their time is over."""
    overdue: int = tx.execute(query("health", "overdue_exports")).scalar_one()
    detail = f"{overdue} still there hours after their time" if overdue else "removed in time"
    fix = "placeops schedule run remove-expired-exports --wait"
    id = "remove-expired-exports"
    yield unless(overdue > 0, "expired exports", detail, fix, status="warn", kind="schedule", id=id)


def backup(tx: Connection, actor: Actor) -> Iterator[Check]:
    """Whether there is a backup of today; the database knows, wherever it was written."""
    last = last_success(tx)
    old = last is None or datetime.now(UTC) - last > timedelta(hours=STALE_HOURS)
    detail = "none was ever taken" if last is None else f"the last one holds the data of {clock(last)}"
    fix = "placeops backup create, every day: by a timer of systemd, or by cron"
    yield unless(old, "backup", detail, fix, status="warn", kind="backup")


def export_folder() -> Check:
    """Whether a file can be written, and there is room for it."""
    folder = settings().export_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".doctor-") as marker:
            marker.write(b"placeops")
            os.fsync(marker.fileno())
    except OSError as error:
        detail, fix = f"{folder}: {error.strerror}", f"make {folder} writable, or set PLACEOPS_EXPORT_DIR"
        return Check("export folder", "fail", detail, fix)
    return Check("export folder", "ok", f"{folder.resolve()} is writable")


def free_space() -> Check:
    """Whether the disk below the exports and the embedded servers has room."""
    found = {}
    for folder in (settings().export_dir, settings().data_dir):
        there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
        found[shutil.disk_usage(there).free] = there
    free, where = min(found.items())
    detail = f"{free / (1 << 30):.1f} GiB free at {where}"
    status = "fail" if free < TOO_LITTLE_BYTES else "warn"
    return unless(free < LITTLE_BYTES, "free space", detail, f"free space at {where}", status=status)


def secrets() -> Check:
    """Whether a password lies in a file that everybody on this machine can read."""
    found = [Path(path) for name in SECRETS if (path := os.environ.get(f"{name.upper()}_FILE"))]
    if _holds_secret(config_file()):
        found.append(config_file())
    open_ones = [
        str(path)
        for path in found
        if path.stat().st_mode & stat.S_IROTH and HANDED_IN not in path.absolute().parents
    ]
    detail = f"everybody may read {some(open_ones)}" if open_ones else "in no file that everybody may read"
    return unless(bool(open_ones), "secrets", detail, f"chmod o= {shlex.join(open_ones)}")


def _holds_secret(path: Path) -> bool:
    if not path.is_file():
        return False
    return not tomllib.loads(path.read_text("utf-8")).keys().isdisjoint(SECRETS)
