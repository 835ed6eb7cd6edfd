"""Job type `remove-expired-exports`: files whose time is over go, and old ones that no export names.

An attempt that died, or whose commit nobody knows, leaves its file behind (of a workbook the folder of its rows too), a
worker that died its marker; this job removes them a day later. Nothing else in the folder is touched, and no link is
followed.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select, update

from sql.tables import exports, workers
from tasks.jobs import markers
from tasks.jobs.registry import ActiveJob, JobType, Result
from tasks.settings import settings

ORPHAN_AGE = timedelta(days=1)
_OURS = re.compile(r"[0-9]+-[0-9]+\.(?:csv|xlsx|part)")
_WORK = re.compile(r"[0-9]+-[0-9]+\.work")


def apply(tx: Connection, job: ActiveJob, prepared: Any) -> Result:
    """Remove what is over. Result: exports that expired, and files without an export that were removed."""
    over = (exports.c.expires_at <= func.now()) & exports.c.removed_at.is_(None)
    mark = update(exports).where(over).values(removed_at=func.now()).returning(exports.c.file_name)
    expired = [name for name in tx.scalars(mark) if name]
    if not settings().export_dir.is_dir():
        return {"expired": len(expired), "orphans": 0}
    with _opened(settings().export_dir) as folder:
        for name in expired:
            _remove(folder, name)
        old = _old_files(folder, _OURS)
        kept = select(exports.c.file_name).where(exports.c.removed_at.is_(None), exports.c.file_name.in_(old))
        orphans = sum(_remove(folder, name) for name in old - set(tx.scalars(kept)))
        # One that is lost may only be frozen.
        gone = func.coalesce(workers.c.stopped_at, workers.c.lost_at) < func.now() - ORPHAN_AGE
        there = select(workers.c.id).where(gone.is_not(True))
        for name in _old_files(folder, markers.NAME) - {markers.name_of(one) for one in tx.scalars(there)}:
            _remove(folder, name)
        for name in _old_files(folder, _WORK):
            if stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
                shutil.rmtree(name, dir_fd=folder)
    return {"expired": len(expired), "orphans": orphans}


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield handle
    finally:
        os.close(handle)


def _old_files(folder: int, pattern: re.Pattern[str]) -> set[str]:
    limit = time.time() - ORPHAN_AGE.total_seconds()
    with os.scandir(folder) as entries:
        return {
            entry.name
            for entry in entries
            if pattern.fullmatch(entry.name) and entry.stat(follow_symlinks=False).st_mtime < limit
        }


def _remove(folder: int, name: str) -> bool:
    """Remove a plain file; whatever else has the name stays."""
    try:
        if not stat.S_ISREG(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
            return False
        os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        return False
    return True


JOB_TYPE = JobType("remove-expired-exports", apply, unique_key=lambda payload: "remove-expired-exports")
