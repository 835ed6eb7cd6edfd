"""The CLI as a function (fast) and as a process (its pipes, signals and exit codes)."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from placeops_cli.main import main
from sql.engine import transaction
from tests import factories
from tests.conftest import Place


@dataclass(frozen=True)
class Ran:
    """What a command line did."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    def column(self, name: str) -> list[str]:
        """The values below a heading of the TSV."""
        place = self.lines[0].split("\t").index(name)
        return [line.split("\t")[place] for line in self.lines[1:]]


Run = Callable[..., Ran]


@pytest.fixture(autouse=True)
def own_log() -> Iterator[None]:
    """A command that sets up its log writes to the stderr of its test: nothing of that may stay."""
    root = logging.getLogger()
    level = root.level
    yield
    root.handlers[:] = [one for one in root.handlers if type(one) is not logging.StreamHandler]
    root.setLevel(level)


@pytest.fixture
def placeops(place: Place, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command line in this process, with pipes and without Redis: jobs run inline."""
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1")
    from tasks.settings import settings

    settings.cache_clear()

    def run(*words: str) -> Ran:
        capsys.readouterr()
        code = main(words)
        caught = capsys.readouterr()
        return Ran(code, caught.out, caught.err)

    return run


@pytest.fixture
def process(place: Place) -> Run:
    """Run a command line in a process of its own."""

    def run(*words: str, stdin: str = "", **environment: str) -> Ran:
        done = subprocess.run(
            [sys.executable, "-m", "placeops_cli", *words],
            input=stdin,
            capture_output=True,
            text=True,
            env=place.environment | environment,
            timeout=60,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def office(place: Place) -> list[int]:
    """A college ENG of 30 students, R000001…, and a drive ACME-1 for those with a CGPA of 7."""
    with transaction() as tx:
        students = factories.crowd(tx, factories.college(tx), 30)
        factories.drive(tx, criteria={"cgpa_min": 7})
    return students
