"""placeOps as `placeops up --demo` starts it, installed from its wheel, and people who can sign in to it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import psycopg

import hatch_build
from tasks.embedded import find
from tests import wheels
from tests.acceptance.test_up import free_port

PASSWORD = "seven plain words for every test here"


@dataclass(frozen=True)
class Person:
    """An account of the running placeOps."""

    email: str
    password: str
    role: str


@dataclass
class Office:
    """A running placeOps with its demo college."""

    url: str
    folder: Path
    python: str
    environment: Mapping[str, str]
    people: dict[str, Person] = field(default_factory=dict)
    sessions: dict[str, Any] = field(default_factory=dict)
    """The cookies of each role, for browsers that need not sign in themselves."""

    def run(self, *words: str, expect: int = 0) -> str:
        """The stdout of `placeops …` on the same data."""
        command = [self.python, "-m", "placeops_cli", *words]
        done = subprocess.run(
            command, capture_output=True, text=True, env=dict(self.environment), cwd=self.folder, timeout=300
        )
        assert done.returncode == expect, f"{words}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def json(self, *words: str) -> Any:
        """What `placeops … --json` prints."""
        return json.loads(self.run(*words, "--json"))

    def person(self, role: str) -> Person:
        """Somebody of this role (`ADMIN`, `COORDINATOR`, `STAFF`, `STUDENT`), made once."""
        if role not in self.people:
            self.people[role] = self._make(role)
        return self.people[role]

    def _make(self, role: str) -> Person:
        words = []
        if role == "COORDINATOR":
            words = ["--college", self.json("student", "list", "--limit", "1")["items"][0]["college"]]
        if role == "STUDENT":
            words = ["--student", self.roll_no]
        return self.account(f"{role.lower()}@college.example", role, *words)

    def account(self, email: str, role: str, *words: str) -> Person:
        """A new account whose password is its owner's own."""
        told = self.json("user", "create", email, "--role", role, *words)["password"]
        secret = self.ask("/auth/login", {"email": email, "password": told, "deliver": "token"})["secret"]
        self.ask("/auth/password", {"current_password": told, "new_password": PASSWORD}, secret)
        return Person(email, PASSWORD, role)

    @cached_property
    def roll_no(self) -> str:
        """Whose account the STUDENT's is: a student of the first college whose number no other college has."""
        colleges: dict[str, list[str]] = {}
        for name in self.run("student", "list", "--all", "-q").split():
            college, _, roll_no = name.partition(":")
            colleges.setdefault(roll_no, []).append(college)
        first = min(college for found in colleges.values() for college in found)
        return next(roll_no for roll_no, found in colleges.items() if found == [first])

    def process(self, *words: str) -> int:
        """The pid of the one process of this placeOps whose command line holds these words."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                line = (folder / "cmdline").read_bytes().decode().split("\0")
                if set(words) <= set(line) and (folder / "cwd").samefile(self.folder):
                    found.append(int(folder.name))
        (pid,) = found
        return pid

    def change(self, statement: str, *values: Any) -> None:
        """One statement on the database itself: for what only time would bring."""
        servers = find(self.folder / "placeops-data")
        assert servers is not None
        with psycopg.connect(servers.database_url) as connection:
            connection.execute(statement.encode(), values)

    def ask(self, path: str, body: Any, secret: str = "") -> Any:
        """POST to the API as a program."""
        headers = {"Content-Type": "application/json"} | (
            {"Authorization": f"Bearer {secret}"} if secret else {}
        )
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or b"null")


def installed(folder: Path) -> Path:
    """The Python of an environment with the wheel and what it needs. Raises NotBuilt without the console."""
    copy = wheels.copied(folder / "checkout")
    if not hatch_build.is_fresh():
        console = copy / "placeops_api" / "console"
        shutil.rmtree(console, ignore_errors=True)
        hatch_build.build(target=console)
    return wheels.install(wheels.built(copy, folder), folder / "venv")


@contextmanager
def running(folder: Path) -> Iterator[Office]:
    """`placeops up --demo` in this folder, stopped when the block ends. Raises NotBuilt without the console."""
    python = installed(folder)
    place = folder / "place"
    place.mkdir(0o711)
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DATABASE_URL", "REDIS_URL", "PYTHONPATH") and not name.startswith("PLACEOPS_")
    } | {"PATH": str(python.parent), "PLACEOPS_CONFIG": os.devnull}
    port = free_port()
    log = (place / "up.log").open("ab")
    up = subprocess.Popen(
        [str(python), "-m", "placeops_cli", "up", "--demo", "--port", str(port)],
        env=environment,
        cwd=place,
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    office = Office(f"http://127.0.0.1:{port}", place, str(python), environment)
    try:
        _wait(office, up)
        yield office
    finally:
        if up.poll() is None:
            up.send_signal(signal.SIGTERM)
        up.wait(60)
        log.close()


def _wait(office: Office, up: subprocess.Popen[bytes], seconds: float = 400) -> None:
    deadline = time.monotonic() + seconds
    while True:
        assert up.poll() is None and time.monotonic() < deadline, (office.folder / "up.log").read_text()
        try:
            with urllib.request.urlopen(office.url + "/readyz", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
