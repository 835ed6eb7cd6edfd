"""Start a server so that it cannot outlive its owner, wait for it, stop it, and know it again later."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tasks.embedded.accounts import Account
from tasks.embedded.errors import EmbeddedUnavailable, ServerDidNotStart
from tasks.processes import bound_to_parent

Ladder = tuple[tuple[signal.Signals, float], ...]
"""Signals to try in order, each with the seconds to wait for it."""

_SILENCE_SECONDS = 30.0
_LOG_BYTES = 5_000_000
_TAIL_LINES = 15


@dataclass(frozen=True, slots=True)
class Server:
    """A server that this process started."""

    process: subprocess.Popen[bytes]
    ladder: Ladder

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    def is_running(self) -> bool:
        """Whether it has not ended yet."""
        return self.process.poll() is None

    def stop(self) -> None:
        """End it in order, harder if it does not listen. Does nothing when it has ended."""
        _wind_down(self.ladder, self.process.send_signal, lambda: not self.is_running())

    def kill(self) -> None:
        """End it as a crash would: nothing is finished, nothing tidied up."""
        self.process.kill()
        self.process.wait()


def launch(
    command: Sequence[str | Path],
    account: Account | None,
    output: IO[bytes],
    death_signal: signal.Signals,
) -> subprocess.Popen[bytes]:
    """Start a program as the servers' user; on Linux it gets `death_signal` when its owner dies.

    A session of its own keeps the terminal's Ctrl-C from the servers, which their owner stops last.
    """
    try:
        return subprocess.Popen(
            [str(word) for word in command],
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=account.groups if account else None,
            # The operator's locale, PGDATA or TZ must not decide what the servers do.
            env={"PATH": os.defpath, "LC_ALL": "C"},
            cwd="/",
            umask=0o077,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=bound_to_parent(death_signal),
        )
    except OSError as error:
        raise EmbeddedUnavailable(f"{command[0]} cannot be executed: {error}") from error


def open_log(path: Path) -> IO[bytes]:
    """Open a log for appending; one that has grown large becomes `<name>.1` first."""
    with suppress(FileNotFoundError):
        if path.stat().st_size > _LOG_BYTES:
            path.replace(path.with_name(f"{path.name}.1"))
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab")


def wait_until(ready: Callable[[], bool], server: Server, name: str, log: Path) -> None:
    """Return once `ready()`; raise ServerDidNotStart when the server ends or falls silent.

    Recovery after a crash may take long, and says so in the log: only silence counts.
    """
    size, deadline = -1, 0.0
    while not ready():
        grown = log.stat().st_size
        if grown != size:
            size, deadline = grown, time.monotonic() + _SILENCE_SECONDS
        if not server.is_running():
            reason = f"ended with status {server.process.returncode} before it answered"
            raise ServerDidNotStart(name, reason, log, last_lines(log))
        if time.monotonic() > deadline:
            reason = f"did not answer for {_SILENCE_SECONDS:.0f} seconds"
            raise ServerDidNotStart(name, reason, log, last_lines(log))
        time.sleep(0.01)


def last_lines(log: Path) -> str:
    """The end of a log, a handful of lines."""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 8192))
        lines = file.read().decode(errors="replace").splitlines()
    return "\n".join(lines[-_TAIL_LINES:])


def runs(pid: int, program: str, argument: Path) -> bool:
    """Whether `pid` is a live `program` that was started with exactly this argument.

    A number alone proves nothing: after a crash it may belong to anybody, and a copied data folder brings its
    pid files along.
    """
    words = _command_line(pid)
    return bool(words) and Path(words[0]).name == program and str(argument) in words[1:]


def stop_left_over(pid_file: Path, program: str, argument: Path, ladder: Ladder) -> None:
    """Stop the server of an owner that was killed, if it is still there and certainly the one meant."""
    pid = read_pid(pid_file)
    if pid is not None:
        _wind_down(ladder, lambda number: os.kill(pid, number), lambda: not runs(pid, program, argument))


def read_pid(path: Path) -> int | None:
    """The process id in the first line of a pid file; None when there is none."""
    try:
        return int(path.read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None


def _wind_down(ladder: Ladder, send: Callable[[int], None], gone: Callable[[], bool]) -> None:
    for number, seconds in ladder:
        if gone():
            return
        with suppress(ProcessLookupError):
            send(number)
        deadline = time.monotonic() + seconds
        while not gone() and time.monotonic() < deadline:
            time.sleep(0.01)


def _command_line(pid: int) -> list[str]:
    """The words a process was started with; none for a dead or unreaped one."""
    if Path("/proc/self/cmdline").exists():
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            return []
        return [os.fsdecode(word) for word in words[:-1]]
    # Without /proc the words come back in one line; a path with blanks in it is not recognised.
    listed = subprocess.run(
        ["/bin/ps", "-ww", "-p", str(pid), "-o", "command="], capture_output=True, text=True, check=False
    )
    return listed.stdout.split()
