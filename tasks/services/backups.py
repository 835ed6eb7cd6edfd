"""Backups of the database: made, listed, proven by a restore to the side, and cleared away.

The database holds when its last backup was taken (an audit event), since whoever asks may run on another host than the
backup does. Redis holds nothing worth a backup: rings are no jobs.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from sql import databases, schema
from sql.engine import transaction
from sql.queries import query
from tasks.actor import Actor
from tasks.errors import PlaceopsError
from tasks.jobs.incarnation import program_version
from tasks.services import access, audit
from tasks.services.dumps import files, programs
from tasks.services.dumps.files import Backup
from tasks.services.dumps.side import OF_NOBODY, damaged, load, reached, scratch
from tasks.settings import settings

log = logging.getLogger(__name__)

STALE_HOURS = 26
"""A daily backup that is older than this has been missed once."""


def database_url() -> str:
    """The URL of the database that is backed up."""
    url = settings().database_url
    assert url is not None
    return url.get_secret_value()


def create_backup(actor: Actor) -> Backup:
    """Dump the database into the folder of backups, and note it in the audit log.

    Raises forbidden, locked, program-missing, dump-failed, file-unwritable, database-unreachable, schema-outdated.
    """
    access.require(actor, "system.manage")
    url = database_url()
    with reached(), files.sole() as folder, databases.content(url) as content:
        if content.revision is None:
            raise PlaceopsError("schema-outdated", "the database is empty: there is nothing to back up")
        program, number = programs.dumper(content.server)
        database = databases.name_of(url)
        name = files.name_for(database, content.at)
        part = folder / f"{name}{files.DUMP}{files.PART}"
        wanted = [
            "--format=custom",
            *OF_NOBODY,
            f"--snapshot={content.snapshot}",
            f"--file={part}",
            "--lock-wait-timeout=60s",
        ]
        try:
            programs.run(program, wanted, url, database)
            size = files.sync(part)
            backup = Backup(
                name=name,
                database=database,
                created_at=content.at,
                bytes=size,
                sha256=files.digest(part),
                revision=content.revision,
                placeops=program_version(),
                server_version=content.server_version,
                program=number,
                rows=content.rows,
                verified_at=None,
            )
            files.publish(part, backup)
        except OSError as error:
            raise PlaceopsError("file-unwritable", f"{folder}: {error.strerror}") from error
        finally:
            part.unlink(missing_ok=True)
    _note(actor, "create", backup)
    return backup


def list_backups(actor: Actor) -> list[Backup]:
    """The whole backups of the folder, newest first; the database is not asked. Raises forbidden, file-unreadable."""
    access.require(actor, "system.read")
    return files.found()


def verify_backup(actor: Actor, name: str | None = None) -> Backup:
    """Prove a backup (the newest, unless named): its bytes are those of its manifest, and a restore to the side brings
    its revision and every row back.

    Raises forbidden, not-found, backup-damaged, locked, program-missing, dump-failed, database-unreachable.
    """
    access.require(actor, "system.manage")
    backup = chosen(name)
    url = database_url()
    require_whole(backup)
    with reached(), databases.maintenance(url) as conn, scratch(conn, url, "verify") as side:
        load(conn, backup, url, side)
    verified = files.note_verified(backup, datetime.now(UTC))
    try:
        _note(actor, "verify", verified)
    except (PlaceopsError, SQLAlchemyError) as error:
        # The database itself may be what was lost.
        log.warning("the verification is not in the audit log: %s", error)
    return verified


def prune_backups(actor: Actor, keep: int, *, dry_run: bool = False) -> list[Backup]:
    """Remove all but the newest `keep` backups of this database; returns those. Raises forbidden, locked."""
    access.require(actor, "system.manage")
    old = _of_this_database()[keep:]
    if dry_run or not old:
        return old
    with files.sole():
        for backup in old:
            files.remove(backup)
            _note(actor, "remove", backup)
    return old


def last_success(tx: Connection) -> datetime | None:
    """The moment whose data the newest backup holds; None before the first one."""
    found: datetime | None = tx.scalar(query("backups", "last_success"))
    return found


def chosen(name: str | None) -> Backup:
    """The backup of that name; without one the newest of this database. Raises not-found."""
    if name is not None:
        return files.one(name)
    if not (mine := _of_this_database()):
        told = f"no whole backup of {databases.name_of(database_url())} in {files.backup_folder()}"
        raise PlaceopsError("not-found", told, "placeops backup create")
    return mine[0]


def require_whole(backup: Backup) -> None:
    """Raises backup-damaged when the file is not the one that its manifest tells of."""
    try:
        size, digest = backup.dump.stat().st_size, files.digest(backup.dump)
    except OSError as error:
        raise PlaceopsError("file-unreadable", f"{backup.dump}: {error.strerror}") from error
    if (size, digest) != (backup.bytes, backup.sha256):
        raise damaged(backup, f"its SHA-256 is {digest}, the manifest says {backup.sha256}")


def require_known(backup: Backup) -> None:
    """Raises schema-too-new for a backup of a later version of placeOps."""
    if backup.revision not in schema.revisions():
        raise PlaceopsError(
            "schema-too-new",
            f"backup {backup.name} is at revision {backup.revision}, which this version of placeOps does not know",
            f"upgrade placeOps on this machine to {backup.placeops} or later",
        )


def summary(backup: Backup) -> dict[str, str | int]:
    """What the audit log keeps of a backup."""
    return {
        "created_at": backup.created_at.isoformat(),
        "bytes": backup.bytes,
        "sha256": backup.sha256,
        "rows": sum(backup.rows.values()),
    }


def _of_this_database() -> list[Backup]:
    database = databases.name_of(database_url())
    return [backup for backup in files.found() if backup.database == database]


def _note(actor: Actor, action: str, backup: Backup) -> None:
    with reached(), transaction() as tx:
        audit.record(tx, actor, f"backup.{action}", "backup", backup.name, after=summary(backup))
