"""The folder of the backups: `NAME.dump` in pg_dump's own format, and beside it `NAME.json`, its manifest.

A dump has its final name only when all of it, and its manifest, is on the disk: what a killed backup leaves behind ends
in `.part`, and the next one clears it away.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from tasks.errors import PlaceopsError
from tasks.settings import settings

DUMP, MANIFEST, PART = ".dump", ".json", ".part"
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup by its manifest: what it holds (rows by table), what made it, and since when it is known to be whole.

    `created_at` is the moment whose data it holds. `verified_at` is None until it was restored once for a look.
    """

    name: str
    database: str
    created_at: datetime
    bytes: int
    sha256: str
    revision: str
    placeops: str
    server_version: str
    program: int
    rows: Mapping[str, int]
    verified_at: datetime | None

    @property
    def dump(self) -> Path:
        """Its file."""
        return backup_folder() / f"{self.name}{DUMP}"


def backup_folder() -> Path:
    """Where backups are kept: the setting, else beside the data."""
    found = settings()
    return found.backup_dir or found.data_dir / "backups"


@contextmanager
def sole() -> Iterator[Path]:
    """The folder, made where it is missing, for the only one who writes to it. Raises locked, file-unwritable."""
    folder = backup_folder()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (folder / ".lock").open("w")
    except OSError as error:
        raise _unwritable(error) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PlaceopsError("locked", f"another backup is being written to {folder}") from None
        clear(folder)
        yield folder


def clear(folder: Path) -> None:
    """Remove what a killed backup has left: parts, and manifests whose dump never got its name."""
    for path in folder.iterdir():
        lonely = path.suffix == MANIFEST and not path.with_suffix(DUMP).exists()
        if path.suffix == PART or lonely:
            path.unlink(missing_ok=True)


def name_for(database: str, moment: datetime) -> str:
    """What the backup of a moment is called."""
    return f"{re.sub('[^A-Za-z0-9_.]', '_', database)}-{moment.astimezone(UTC):%Y%m%dT%H%M%S}Z"


def publish(part: Path, backup: Backup) -> None:
    """Give a finished dump its manifest and its name, in this order. Raises OSError."""
    write_manifest(part.parent, backup)
    part.rename(part.parent / f"{backup.name}{DUMP}")
    _sync(part.parent)


def write_manifest(folder: Path, backup: Backup) -> None:
    """Put the manifest there, whole or not at all."""
    part = folder / f"{backup.name}{MANIFEST}{PART}"
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(asdict(backup), file, default=datetime.isoformat, indent=2)
        file.flush()
        os.fsync(file.fileno())
    part.rename(folder / f"{backup.name}{MANIFEST}")
    _sync(folder)


def note_verified(backup: Backup, moment: datetime) -> Backup:
    """Remember that a backup was found whole; without a right to write, it was still found so."""
    noted = replace(backup, verified_at=moment)
    with suppress(OSError):
        write_manifest(backup_folder(), noted)
    return noted


def found() -> list[Backup]:
    """The whole backups of the folder, newest first; a folder that is not there holds none."""
    folder = backup_folder()
    try:
        dumps = [path for path in folder.iterdir() if path.suffix == DUMP]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise PlaceopsError("file-unreadable", f"{folder}: {error.strerror}") from error
    readable = [backup for path in dumps if (backup := _read(path)) is not None]
    return sorted(readable, key=lambda backup: backup.created_at, reverse=True)


def one(name: str) -> Backup:
    """The backup of this name or file name. Raises not-found."""
    wanted = Path(name).name.removesuffix(DUMP)
    for backup in found():
        if backup.name == wanted:
            return backup
    raise PlaceopsError("not-found", f"no whole backup {wanted} in {backup_folder()}", "placeops backup list")


def remove(backup: Backup) -> None:
    """Remove the dump, then its manifest: in between there is no backup."""
    backup.dump.unlink(missing_ok=True)
    backup.dump.with_suffix(MANIFEST).unlink(missing_ok=True)


def digest(path: Path) -> str:
    """The SHA-256 of a file."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            found.update(chunk)
    return found.hexdigest()


def sync(path: Path) -> int:
    """Bring a file to the disk; returns its size in bytes."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        return os.fstat(file.fileno()).st_size


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(dump: Path) -> Backup | None:
    try:
        values = json.loads(dump.with_suffix(MANIFEST).read_text("utf-8"))
        for name in ("created_at", "verified_at"):
            values[name] = values[name] and datetime.fromisoformat(values[name])
        return Backup(**values | {"name": dump.stem})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _unwritable(error: OSError) -> PlaceopsError:
    return PlaceopsError(
        "file-unwritable",
        f"{error.filename}: {error.strerror}",
        "make the folder writable, or name another one in PLACEOPS_BACKUP_DIR",
    )
