"""Registrations on one drive by 64 clients through one API process, beside bare INSERT … ON CONFLICT by 64 clients.

    DATABASE_URL=postgresql://… python -m benchmarks.registrations [--students 4000] [--rounds 3]

Every student registers once, with a token of their own. The clients are four processes of 16 connections that send
prepared bytes; they, the API and PostgreSQL share the machine. The peer's clients do one statement a student in a
transaction of its own: no authentication, no window, no rules, no audit. Each round takes another drive.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import secrets
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from urllib.request import urlopen

import psycopg
from sqlalchemy import text

from benchmarks.publish import scratch_database
from sql.engine import transaction
from tests import factories

PROCESSES = 4
CONNECTIONS = 16
INSERT = """
    INSERT INTO drive_registrations (drive_id, student_id, channel, criteria_version, registered_by, registered_at)
    VALUES (%s, %s, 'SELF', 1, 'benchmark', clock_timestamp()) ON CONFLICT DO NOTHING
"""


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--students", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with scratch_database() as url, _clients() as pool:
        with transaction() as tx:
            students = factories.crowd(tx, factories.college(tx), options.students)
        tokens = _tokens(students)
        plain = url.replace("+psycopg", "")
        with _api() as (port, pid):
            for number in range(options.rounds + 1):
                drive, bare = _drive(f"API-{number}", students), _drive(f"BARE-{number}", students)
                requests = [_request(port, drive, token) for token in tokens]
                before = _cpu_seconds(pid)
                ours = _spread(pool, _register, [(port, chunk) for chunk in _dealt(requests)])
                spent = _cpu_seconds(pid) - before
                peer = _spread(pool, _insert, [(plain, bare, chunk) for chunk in _dealt(students)])
                if number:
                    print(
                        f"through the API: {_told(*ours)}; {spent / len(students) * 1000:.2f} ms of its CPU each"
                    )
                    print(f"bare statements: {_told(*peer)}")
                _check(drive, len(students))


def _drive(code: str, students: list[int]) -> int:
    with transaction() as tx:
        drive = factories.drive(tx, code)
        factories.posted(tx, drive, students)
    return drive


def _tokens(students: Sequence[int]) -> list[str]:
    """A user and a token for each student, in one statement."""
    made = [secrets.token_urlsafe(32) for _ in students]
    digests = [hashlib.sha256(secret.encode()).hexdigest() for secret in made]
    statement = text("""
        WITH owner AS (
            INSERT INTO users (email, name, role, student_id)
            SELECT 's' || id || '@example.edu', 'S', 'STUDENT', id FROM unnest(CAST(:students AS int[])) id
            RETURNING id, student_id)
        INSERT INTO tokens (user_id, kind, name, secret_sha256, created_by, expires_at)
        SELECT owner.id, 'token', 'benchmark', given.digest, 'benchmark', now() + interval '1 day'
        FROM unnest(CAST(:students AS int[]), CAST(:digests AS text[])) AS given (student_id, digest)
        JOIN owner USING (student_id)
    """)
    with transaction() as tx:
        tx.execute(statement, {"students": list(students), "digests": digests})
        tx.execute(text("ANALYZE"))
    return made


@contextmanager
def _api() -> Iterator[tuple[int, int]]:
    """An API process; its port and its pid."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = [sys.executable, "-m", "placeops_cli", "api", "run", "--port", str(port)]
    process = subprocess.Popen(words, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            try:
                urlopen(f"http://127.0.0.1:{port}/readyz").close()
                break
            except OSError:
                time.sleep(0.1)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait()


@contextmanager
def _clients() -> Iterator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        yield pool


def _request(port: int, drive: int, token: str) -> bytes:
    return (
        f"POST /drives/{drive}/registrations HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 2\r\n"
        f"Content-Type: application/json\r\nAuthorization: Bearer {token}\r\n\r\n{{}}"
    ).encode()


def _dealt(items: Sequence[object]) -> list[list[list[object]]]:
    """The items dealt out to the connections of each process."""
    count = PROCESSES * CONNECTIONS
    hands = [list(items[start::count]) for start in range(count)]
    return [hands[start::PROCESSES] for start in range(PROCESSES)]


def _spread(
    pool: ProcessPoolExecutor, work: Callable[..., list[float]], given: Sequence[tuple[object, ...]]
) -> tuple[list[float], float]:
    """All latencies, and the seconds from the first request to the last answer."""
    began = time.perf_counter()
    waiting = [pool.submit(work, *arguments) for arguments in given]
    latencies = [latency for done in waiting for latency in done.result()]
    return latencies, time.perf_counter() - began


def _register(port: int, hands: list[list[bytes]]) -> list[float]:
    def client(hand: list[bytes], taken: list[float]) -> None:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            for request in hand:
                began = time.perf_counter()
                connection.sendall(request)
                status = _answer(connection)
                taken.append(time.perf_counter() - began)
                assert status == b"201", status

    return _threads(client, hands)


def _answer(connection: socket.socket) -> bytes:
    """Read one answer whole; its status."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    while len(body) < length:
        body += connection.recv(65536)
    return head[9:12]


def _insert(url: str, drive: int, hands: list[list[int]]) -> list[float]:
    def client(hand: list[int], taken: list[float]) -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            for student in hand:
                began = time.perf_counter()
                connection.execute(INSERT, (drive, student))
                taken.append(time.perf_counter() - began)

    return _threads(client, hands)


def _threads(client: Callable[..., None], hands: Sequence[Sequence[object]]) -> list[float]:
    taken: list[float] = []
    threads = [threading.Thread(target=client, args=(hand, taken)) for hand in hands]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return taken


def _cpu_seconds(pid: int) -> float:
    """What a process has used so far, in user and kernel mode."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _told(latencies: list[float], seconds: float) -> str:
    p50, p99 = statistics.median(latencies), statistics.quantiles(latencies, n=100)[98]
    return f"{len(latencies) / seconds:.0f}/s, p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms"


def _check(drive: int, students: int) -> None:
    with transaction() as tx:
        counted = text(
            "SELECT count(*), count(DISTINCT student_id) FROM drive_registrations WHERE drive_id = :drive"
        )
        assert tuple(tx.execute(counted, {"drive": drive}).one()) == (students, students)


if __name__ == "__main__":
    main()
