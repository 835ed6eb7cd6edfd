"""A proxy for PostgreSQL's protocol that cuts the connection at the k-th statement.

Statements are counted where the client asks for an answer: a Query or a Sync message (PostgreSQL documentation,
"Message Formats"). `before`: the server never hears of it. `after`: the server has answered, the client is not told.
"""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

When = Literal["before", "after"]

ANSWER_WANTED = b"QS"
READY = ord("Z")


@dataclass
class Cut:
    """Where to cut; `done` once it has happened."""

    statement: int
    when: When
    seen: int = 0
    done: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def hit(self) -> bool:
        """One more statement; whether it is the one."""
        with self.lock:
            self.seen += 1
            if self.seen != self.statement:
                return False
            self.done = True
            return True


class Proxy:
    """Listens on loopback and passes everything on to a PostgreSQL socket, but for what `cut` says."""

    def __init__(self, socket_path: str) -> None:
        self._target = socket_path
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.cut: Cut | None = None
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """No further connections."""
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._target)
                _Session(self, client, server).start()


class _Session:
    """One connection, in two threads."""

    def __init__(self, proxy: Proxy, client: socket.socket, server: socket.socket) -> None:
        self._proxy = proxy
        self._client, self._server = client, server
        self._silent = False

    def start(self) -> None:
        for part in (self._from_client, self._from_server):
            threading.Thread(target=self._guarded, args=(part,), daemon=True).start()

    def _guarded(self, part: object) -> None:
        try:
            with suppress(OSError, EOFError):
                part()  # type: ignore[operator]
        finally:
            for end in (self._client, self._server):
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
                end.close()

    def _from_client(self) -> None:
        stream = self._client.makefile("rb")
        length = stream.read(4)
        self._server.sendall(length + stream.read(_length(length) - 4))  # the start-up message has no type
        held = bytearray()
        while True:
            kind, message = _message(stream)
            held += message
            if kind in b"PBDEC":
                continue  # nothing runs before the Sync that follows
            cut = self._proxy.cut
            if kind in ANSWER_WANTED and cut is not None and cut.hit():
                if cut.when == "before":
                    return
                self._silent = True
            self._server.sendall(held)
            held.clear()

    def _from_server(self) -> None:
        stream = self._server.makefile("rb")
        while True:
            kind, message = _message(stream)
            if not self._silent:
                self._client.sendall(message)
            elif kind == READY:
                return


def _length(data: bytes) -> int:
    if len(data) < 4:
        raise EOFError
    return int(struct.unpack("!I", data)[0])


def _message(stream: object) -> tuple[int, bytes]:
    head = stream.read(5)  # type: ignore[attr-defined]
    if len(head) < 5:
        raise EOFError
    rest = stream.read(_length(head[1:]) - 4)  # type: ignore[attr-defined]
    return head[0], head + rest
