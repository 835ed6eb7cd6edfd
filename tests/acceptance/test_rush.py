"""The rush: 64 clients register on one drive at once through the API, and the drive closes in the midst of it."""

from __future__ import annotations

import json
import random
import socket
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime
from http.client import HTTPConnection
from typing import Any, NamedTuple
from urllib.request import urlopen

import pytest
from sqlalchemy import func, select, update

from sql.engine import transaction
from sql.locks import drive_lock
from sql.tables import audit_events, drive_registrations, placement_drives
from tasks.actor import Role
from tests import accounts, factories
from tests.acceptance.conftest import Shell, eventually

CLIENTS = 64
STUDENTS = 300
CLICKS_EACH = 2
RECEIPTS_BEFORE_THE_CLOSE = 120


class Answer(NamedTuple):
    """What one click was answered with."""

    student: int
    status: int
    body: Mapping[str, Any]


class Office(NamedTuple):
    """An open drive, its students by id with their tokens, and the port of the API."""

    drive: int
    tokens: Mapping[int, str]
    port: int


@pytest.fixture
def office(shell: Shell) -> Iterator[Office]:
    """Everything is ready for the rush, the API as a process of its own."""
    with transaction() as tx:
        students = factories.crowd(tx, factories.college(tx), STUDENTS)
        drive = factories.drive(tx)
        factories.posted(tx, drive, students)
    tokens = {
        student: accounts.token(Role.STUDENT, f"s{student}@example.edu", student_id=student)
        for student in students
    }
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with shell.running("api", "run", "--port", str(port)):
        eventually(lambda: _ready(port))
        yield Office(drive, tokens, port)


def _ready(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def headers(token: str) -> dict[str, str]:
    """What a student's client sends along."""
    return {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}


def click(connection: HTTPConnection, office: Office, student: int) -> Answer:
    connection.request(
        "POST", f"/drives/{office.drive}/registrations", body="{}", headers=headers(office.tokens[student])
    )
    answer = connection.getresponse()
    return Answer(student, answer.status, json.loads(answer.read()))


def rush(office: Office, closed: threading.Event) -> list[Answer]:
    """Every student clicks twice, from 64 connections; sets the event when so many receipts are out."""
    clicks = [student for student in office.tokens for _ in range(CLICKS_EACH)]
    random.Random(4).shuffle(clicks)
    receipts = iter(range(RECEIPTS_BEFORE_THE_CLOSE))
    start = threading.Barrier(CLIENTS)

    def client(number: int) -> list[Answer]:
        with closing(HTTPConnection("127.0.0.1", office.port, timeout=60)) as connection:
            start.wait()
            answers = []
            for student in clicks[number::CLIENTS]:
                answers.append(click(connection, office, student))
                if answers[-1].status == 201 and next(receipts, None) is None:
                    closed.set()
            return answers

    with ThreadPoolExecutor(CLIENTS) as pool:
        return [answer for answers in pool.map(client, range(CLIENTS)) for answer in answers]


def close_drive(drive: int, when: threading.Event) -> tuple[datetime, int]:
    """Close the registration as an administrator would; when that was, and how many were registered by then."""
    assert when.wait(60)
    with transaction() as tx:
        drive_lock(tx, drive, shared=False)
        now = {"reg_closes_at": func.clock_timestamp()}
        closed = update(placement_drives).values(now).returning(placement_drives.c.reg_closes_at)
        moment = tx.execute(closed).scalar_one()
        assert isinstance(moment, datetime)
        registered = tx.scalar(select(func.count()).select_from(drive_registrations))
        return moment, registered or 0


def test_a_rush_of_64_clients_and_a_close_in_its_midst(office: Office) -> None:
    enough = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        closing_time = pool.submit(close_drive, office.drive, enough)
        answers = rush(office, enough)
        closed_at, registered_by_then = closing_time.result()

    by_status = Counter(answer.status for answer in answers)
    assert set(by_status) == {200, 201, 409}, by_status
    refused = [answer for answer in answers if answer.status == 409]
    assert {answer.body["code"] for answer in refused} == {"registration-closed"}

    with transaction() as tx:
        table = drive_registrations.c
        rows = {row.student_id: row for row in tx.execute(select(drive_registrations))}
        assert tx.scalar(select(func.count()).select_from(drive_registrations)) == len(rows)
        assert len(rows) == registered_by_then
        assert tx.scalar(select(func.max(table.registered_at))) < closed_at
        events = tx.scalars(
            select(audit_events.c.object_id).where(audit_events.c.action == "registration.add")
        ).all()
    assert sorted(events) == sorted(str(row.id) for row in rows.values())

    made = [answer.student for answer in answers if answer.status == 201]
    assert len(made) == len(set(made)) and set(made) == set(rows)
    assert len(made) > RECEIPTS_BEFORE_THE_CLOSE
    assert {answer.student for answer in refused}.isdisjoint(rows)
    for answer in answers:
        if answer.status != 409:
            receipt, row = answer.body["registration"], rows[answer.student]
            assert (receipt["id"], receipt["channel"]) == (row.id, "SELF")
            assert datetime.fromisoformat(receipt["registered_at"]) == row.registered_at < closed_at
