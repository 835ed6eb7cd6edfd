"""Whether a process with these settings could work here: before it is started, and without changing anything."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tasks.errors import PlaceopsError
from tasks.runtime import open_runtime, schema_status
from tasks.services.checks import Check, unless
from tasks.services.checks.files import secrets
from tasks.services.checks.rings import redis
from tasks.services.dumps.files import backup_folder
from tasks.settings import settings

SERVERS = ("database", "schema")
"""The checks whose failure is another machine's, and not a wrong setting."""


def check_configuration() -> list[Check]:
    """The settings, the folders and servers that they name. Raises invalid-input where a setting cannot be used."""
    found = settings()
    checks = [Check("settings", "ok", "every one can be used")]
    checks.append(_writable("export folder", found.export_dir, "PLACEOPS_EXPORT_DIR"))
    checks.append(_writable("backup folder", backup_folder(), "PLACEOPS_BACKUP_DIR"))
    checks += [Check("time zone", "ok", found.time_zone), secrets(), *_servers()]
    return [*checks, redis()]


def require_usable(checks: Sequence[Check]) -> None:
    """Raises invalid-input for a folder or a file, database-unreachable for a server that is away or does not fit."""
    for failed in (check for check in checks if check.status == "fail"):
        code = "database-unreachable" if failed.name in SERVERS else "invalid-input"
        raise PlaceopsError(code, f"{failed.name}: {failed.detail}", failed.fix)


def _writable(name: str, folder: Path, variable: str) -> Check:
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    detail = str(folder) if there == folder.absolute() else f"{folder} can be made"
    try:
        if not there.is_dir():
            raise NotADirectoryError(0, "it is no folder")
        if not os.access(there, os.W_OK | os.X_OK):
            raise PermissionError(0, "it cannot be written to")
        with tempfile.NamedTemporaryFile(dir=there, prefix=".placeops-"):
            pass
    except OSError as error:
        return Check(name, "fail", f"{there}: {error.strerror}", f"make {there} writable, or set {variable}")
    return Check(name, "ok", detail)


def _servers() -> Iterator[Check]:
    looks: Sequence[tuple[str, Callable[[], Check]]] = (("database", _database), ("schema", _schema))
    for name, look in looks:
        try:
            yield look()
        except PlaceopsError as error:
            yield Check(name, "fail", error.message, error.fix)
            return


def _database() -> Check:
    open_runtime("placeops cli", check_schema=False)
    return Check("database", "ok", "it is configured, or runs here")


def _schema() -> Check:
    found = schema_status()
    fix = "placeops db migrate" if found.pending else "upgrade placeOps on this machine"
    detail = f"at revision {found.current or 'none'}, this version needs {found.head}"
    return unless(not found.ready, "schema", detail, fix)
