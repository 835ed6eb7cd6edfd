"""Runs experiments, each in a process of its own, on servers started for them (or those of PLACEOPS_TEST_…_URL)."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.conftest import DATABASE, REDIS
from tests.experiments.bugs_of_time import BUGS
from tests.experiments.one import MODULES, TOO_SLOW

ON_DEMAND = ("load",)
"""Not among those that run when none is named."""


@contextmanager
def servers() -> Iterator[None]:
    """A PostgreSQL and a Valkey for all of them."""
    if DATABASE in os.environ:
        yield
        return
    from tasks.embedded import running

    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with TemporaryDirectory(prefix="placeops-experiments-", dir=memory) as name:
        Path(name).chmod(0o711)
        with running(Path(name)) as found:
            os.environ |= {DATABASE: found.database_url, REDIS: found.redis_url or ""}
            yield


def run(experiment: str, seed: int, *more: str) -> subprocess.CompletedProcess[str]:
    """One experiment; its output is kept."""
    command = [sys.executable, "-m", "tests.experiments.one", experiment, str(seed), *more]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def experiments(names: Sequence[str], seed: int, minutes: float | None) -> bool:
    """Run them one after the other and show their tables; whether all passed."""
    good = True
    for name in names:
        more = ["--minutes", str(minutes)] if minutes else []
        done = run(name, seed, *more)
        print(done.stdout, end="", flush=True)
        if done.returncode == TOO_SLOW:
            print(
                "Nothing but the speed was wrong, and the machine may have been busy: once more", flush=True
            )
            done = run(name, seed, *more)
            print(done.stdout, end="", flush=True)
        if done.returncode:
            good = False
            print(done.stderr, file=sys.stderr)
    return good


def caught(names: Sequence[str], seed: int) -> bool:
    """Plant each bug in the part of the experiment that is to see it; whether all were seen."""
    good = True
    for name, bug in BUGS.items():
        if bug.experiment not in names:
            continue
        began = time.monotonic()
        more = ["--bug", name] + (["--part", bug.part] if bug.part else [])
        done = run(bug.experiment, seed, *more)
        words = next((line.strip() for line in done.stdout.splitlines() if "✗" in line), "")
        seen = done.returncode in (1, TOO_SLOW) and bool(words)
        good = good and seen
        verdict = f"caught by {bug.experiment}" if seen else f"NOT CAUGHT by {bug.experiment}"
        print(f"{name}: {bug.what}\n  {verdict} in {time.monotonic() - began:.0f} s  {words}", flush=True)
        if not seen:
            print(done.stdout[-3000:], done.stderr[-3000:], file=sys.stderr)
    return good


def main() -> int:
    """Exit status 1 when an experiment failed, or a bug was not caught."""
    parser = argparse.ArgumentParser(prog="python -m tests.experiments", description=__doc__)
    parser.add_argument("experiments", nargs="*", metavar="e1…e5 or load", help="e1 to e5 unless named")
    parser.add_argument("--seed", type=int, default=1, help="the same seed, the same run")
    parser.add_argument("--minutes", type=float, help="the long form: about so many minutes each")
    parser.add_argument("--bugs", action="store_true", help="plant the seeded bugs instead")
    words = parser.parse_args()
    names = words.experiments or [name for name in MODULES if words.bugs or name not in ON_DEMAND]
    if unknown := set(names) - set(MODULES):
        parser.error(f"there is no {', '.join(sorted(unknown))}, only {', '.join(MODULES)}")
    with servers():
        good = caught(names, words.seed) if words.bugs else experiments(names, words.seed, words.minutes)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
