"""`placeops` for a shell script that calls it many times: each call is a fork of one process that has imported it.

python -m tests.deploy.commands SOCKET     serves; a caller sends its arguments and its three streams
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

# A place without workers fails the doctor, which is no mistake of who asks it.
CALLER = """#!{python} -ISs
import json, socket, sys
with socket.socket(socket.AF_UNIX) as server:
    server.connect({address!r})
    socket.send_fds(server, [json.dumps(sys.argv[1:]).encode()], [0, 1, 2])
    code = int(server.recv(8) or b"70")
sys.exit(0 if (sys.argv[1:2], code) == (["doctor"], 1) else code)
"""


@contextmanager
def commands(folder: Path, environment: Mapping[str, str]) -> Iterator[Path]:
    """A folder with the program `placeops`, which works in `folder` with this environment."""
    programs = folder / "bin"
    programs.mkdir()
    address = folder / "commands.sock"
    caller = programs / "placeops"
    caller.write_text(CALLER.format(python=sys.executable, address=str(address)))
    caller.chmod(0o755)
    words = [sys.executable, "-m", "tests.deploy.commands", str(address)]
    server = subprocess.Popen(words, env=dict(environment), cwd=folder)
    try:
        deadline = time.monotonic() + 60
        while not address.exists():
            assert server.poll() is None and time.monotonic() < deadline
            time.sleep(0.02)
        yield programs
    finally:
        server.terminate()
        server.wait()


def serve(address: str) -> None:
    """Run what is sent, one command after another, for ever."""
    import alembic.command
    import psycopg
    import rich.table
    import sqlalchemy.dialects.postgresql.psycopg

    from placeops_cli import main
    from tasks.services import backups, configuration, drift, health, restoring
    from tests.cli.tree import LEAVES

    assert LEAVES and all(
        (alembic, psycopg, rich, sqlalchemy, backups, configuration, drift, health, restoring)
    )
    # Nobody asks what became of whoever answered.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(f"{address}.new")
        listening.listen()
        os.rename(f"{address}.new", address)
        while True:
            caller, _ = listening.accept()
            with caller:
                if os.fork() == 0:
                    _answer(caller, main.main)


def _answer(caller: socket.socket, main: Callable[[list[str]], int]) -> NoReturn:
    """Run one command while others, which it may share a pipe with, run beside it; tell its exit status."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    words, streams, _, _ = socket.recv_fds(caller, 65_536, 3)
    child = os.fork()
    if child == 0:
        _run(main, json.loads(words), streams)
    for stream in streams:
        os.close(stream)
    _, status = os.waitpid(child, 0)
    caller.send(str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


def _run(main: Callable[[list[str]], int], words: list[str], streams: list[int]) -> NoReturn:
    code = 70
    try:
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        sys.stdin, sys.stdout, sys.stderr = (open(at, mode) for at, mode in enumerate("rww"))  # noqa: SIM115
        code = main(words)
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


if __name__ == "__main__":
    serve(sys.argv[1])
