"""Which user runs the servers.

PostgreSQL refuses to run as root, so root's servers run as `postgres`, or else as `nobody`.
"""

from __future__ import annotations

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tasks.embedded.errors import DataFolderUnusable, EmbeddedUnavailable


@dataclass(frozen=True, slots=True)
class Account:
    """The user that root's servers run as, with that user's own groups and none of root's."""

    name: str
    uid: int
    gid: int
    groups: tuple[int, ...]


def server_account(database: Path | None) -> Account | None:
    """The user to run the servers as; None stands for the user that runs this program.

    `database` is an existing PostgreSQL folder: its owner decides, for PostgreSQL opens no one else's files.
    Raises DataFolderUnusable when this program cannot, or should not, act as that owner.
    """
    owner = database.stat().st_uid if database else None
    if os.geteuid() != 0:
        if database and owner != os.geteuid():
            raise _belongs_to_other(database)
        return None
    for account in _candidates():
        if owner is None or owner == account.uid:
            return account
    if database:
        raise _belongs_to_other(database)
    raise EmbeddedUnavailable(
        "PostgreSQL does not run as root, and there is no user postgres or nobody to run it as",
        "Run placeops as an ordinary user, or set DATABASE_URL and REDIS_URL.",
    )


def reaches(account: Account | None, path: Path) -> bool:
    """Whether the account may enter the folder, or execute the program, at `path`.

    Asks the kernel as that user instead of reading mode bits: access lists and mounts count as well.
    """
    if account is None:
        return os.access(path, os.X_OK)
    try:
        done = subprocess.run(
            ["/bin/sh", "-c", 'test -x "$1"', "sh", str(path)],
            user=account.uid,
            group=account.gid,
            extra_groups=account.groups,
            cwd="/",
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except OSError as error:
        raise EmbeddedUnavailable(
            f"root cannot run a program as user {account.name} here: {error}",
            "Run placeops as an ordinary user, or set DATABASE_URL and REDIS_URL.",
        ) from error
    return done.returncode == 0


def user_name(uid: int) -> str:
    """The name of a user, or the number of one without a name (a container's, a removed one's)."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _candidates() -> list[Account]:
    found = []
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        groups = tuple(os.getgrouplist(name, entry.pw_gid))
        found.append(Account(name, entry.pw_uid, entry.pw_gid, groups))
    return found


def _belongs_to_other(database: Path) -> DataFolderUnusable:
    owner = user_name(database.stat().st_uid)
    return DataFolderUnusable(
        f"the database in {database} belongs to user {owner}; {user_name(os.geteuid())} cannot run it",
        "Run placeops as the user who made the data folder, or choose another data folder.",
    )
