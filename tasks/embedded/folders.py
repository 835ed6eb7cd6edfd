"""Where everything lies in and around a data folder.

    <data>/run/           owner.lock, servers.json       <data>/log/           postgres.log, valkey.log
    <data>/uploads/temp/  export files                   <home>/postgres/      the database
    <home>/run/sockets/   both sockets (or a short folder in /tmp)

<home> is the data folder itself, or /var/lib/placeops/<hash>/ where root's servers cannot reach it.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tasks.embedded.accounts import Account, reaches, server_account, user_name
from tasks.embedded.errors import DataFolderUnusable

SYSTEM_STATE = Path("/var/lib/placeops")
POSTGRES_PORT = 5432  # names the socket; nothing listens on TCP
_POSTGRES_SOCKET = f".s.PGSQL.{POSTGRES_PORT}"
_SOCKET_PATH_BYTES = 103  # sun_path holds 108 bytes with its final zero on Linux, 104 on macOS
_PLAIN_PATH = re.compile(r"[A-Za-z0-9/._+@-]+")


@dataclass(frozen=True, slots=True)
class Folders:
    """The places of one data folder, and the user its servers run as (None: the current one)."""

    data_dir: Path
    home: Path
    sockets: Path
    account: Account | None

    @property
    def run(self) -> Path:
        """The owner's lock and the note for other terminals."""
        return self.data_dir / "run"

    @property
    def exports(self) -> Path:
        """Finished export files."""
        return self.data_dir / "uploads" / "temp"

    @property
    def postgres(self) -> Path:
        """PostgreSQL's data folder; it exists once the database was made completely."""
        return self.home / "postgres"

    @property
    def postgres_log(self) -> Path:
        """PostgreSQL's log; the one before it ends in `.1`."""
        return self.data_dir / "log" / "postgres.log"

    @property
    def valkey_log(self) -> Path:
        """Valkey's log; the one before it ends in `.1`."""
        return self.data_dir / "log" / "valkey.log"

    @property
    def valkey_socket(self) -> Path:
        """The socket that Valkey answers on."""
        return self.sockets / "valkey.sock"

    @property
    def valkey_pid(self) -> Path:
        """The file in which Valkey notes its process id."""
        return self.sockets / "valkey.pid"

    @property
    def home_note(self) -> Path:
        """Says where the database lies when that is not the data folder."""
        return self.data_dir / "postgres-is-in"


def prepare(data_dir: Path) -> Folders:
    """Create what is missing of a data folder, and say where everything lies. Changes nothing that exists.

    Raises DataFolderUnusable when the folder cannot be created, is another user's, or lost its database.
    """
    data_dir = data_dir.expanduser().resolve()
    try:
        return _prepare(data_dir)
    except OSError as error:
        raise DataFolderUnusable(
            f"the data folder {data_dir} cannot be used: {error}",
            "Choose a data folder that you may write to.",
        ) from error


def private_folder(path: Path, account: Account | None) -> None:
    """Make `path` a folder that only the servers' user may enter; refuse one that somebody else prepared.

    Raises DataFolderUnusable.
    """
    owner = account.uid if account else os.geteuid()
    with suppress(FileExistsError):
        path.mkdir(mode=0o700)
    found = path.lstat()
    # A folder of ours that root had no time to hand over is still root's.
    mine = found.st_uid in {owner, os.geteuid()}
    if not stat.S_ISDIR(found.st_mode) or not mine or stat.S_IMODE(found.st_mode) & 0o077:
        raise DataFolderUnusable(
            f"{path} is not a private folder of user {user_name(owner)}",
            f"Look at who made it, then remove {path} or choose another data folder.",
        )
    if account and found.st_uid != owner:
        os.chown(path, account.uid, account.gid, follow_symlinks=False)


def system_state() -> Path:
    """/var/lib/placeops, created for root. Raises DataFolderUnusable when others may write there."""
    with suppress(FileExistsError):
        SYSTEM_STATE.mkdir(parents=True)
        SYSTEM_STATE.chmod(0o755)
    found = SYSTEM_STATE.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise DataFolderUnusable(
            f"{SYSTEM_STATE} is open to other users, and PostgreSQL's programs must lie there",
            f"chown root {SYSTEM_STATE} && chmod 755 {SYSTEM_STATE}",
        )
    return SYSTEM_STATE


def _prepare(data_dir: Path) -> Folders:
    data_dir.parent.mkdir(parents=True, exist_ok=True)
    _folder(data_dir)
    if not data_dir.is_dir():
        raise NotADirectoryError("it is not a folder")
    recorded = _recorded_home(data_dir)
    account = server_account(recorded / "postgres" if recorded else None)
    home = recorded or _new_home(data_dir, account)
    if not reaches(account, home):
        raise DataFolderUnusable(
            f"user {account.name if account else user_name(os.geteuid())} cannot enter {home} any more",
            f"Let that user pass through the folders above {home}, as it could when the database was made.",
        )
    _folder(data_dir / "run")
    if not os.access(data_dir / "run", os.W_OK):
        raise PermissionError(f"{data_dir / 'run'} belongs to another user")
    for name in ("log", "uploads", "uploads/temp"):
        (data_dir / name).mkdir(mode=0o700, exist_ok=True)
    _folder(home / "run")
    folders = Folders(data_dir, home, _socket_folder(data_dir, home, account), account)
    private_folder(folders.sockets, account)
    return folders


def _folder(path: Path) -> None:
    """One that root's servers can pass through, but not list, and nobody else's business otherwise."""
    with suppress(FileExistsError):
        path.mkdir(mode=0o700)
        if os.geteuid() == 0:
            path.chmod(0o711)


def _recorded_home(data_dir: Path) -> Path | None:
    note = data_dir / "postgres-is-in"
    if not note.exists():
        return data_dir if (data_dir / "postgres").exists() else None
    home = Path(note.read_text().strip())
    if not (home / "postgres").exists():
        raise DataFolderUnusable(
            f"the database of {data_dir} was in {home}, and is not there any more",
            f"Bring {home} back, or remove {note} to begin with an empty database.",
        )
    return home


def _new_home(data_dir: Path, account: Account | None) -> Path:
    if reaches(account, data_dir):
        return data_dir
    home = system_state() / _short_hash(data_dir)
    _folder(home)
    return home


def _socket_folder(data_dir: Path, home: Path, account: Account | None) -> Path:
    # libpq splits host= at commas and URLs need escapes, so an unusual path is treated like a long one.
    sockets = home / "run" / "sockets"
    length = len(os.fsencode(sockets / _POSTGRES_SOCKET))
    if length <= _SOCKET_PATH_BYTES and _PLAIN_PATH.fullmatch(str(sockets)):
        return sockets
    uid = account.uid if account else os.geteuid()
    return Path(f"/tmp/placeops-{uid}-{_short_hash(data_dir)}")  # noqa: S108 (private_folder checks it)


def _short_hash(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
