"""The command as a process: pipes, terminals, signals, exit codes."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sql.engine import transaction
from tests import factories
from tests.cli.conftest import Run
from tests.cli.terminal import on_terminal
from tests.conftest import Place

COMMAND = [sys.executable, "-m", "placeops_cli"]


@pytest.mark.usefixtures("office")
def test_a_pipe_gets_tsv_with_full_values(process: Run) -> None:
    ran = process("drive", "list")
    assert (ran.code, ran.err) == (0, "")
    assert ran.column("code") == ["ACME-1"]
    assert ran.column("reg_closes_at")[0].endswith("+05:30")
    assert "\x1b" not in ran.out


@pytest.mark.usefixtures("office")
def test_a_terminal_gets_a_table_with_relative_times_and_hints(place: Place) -> None:
    seen = on_terminal(["drive", "list"], place.environment)
    assert seen.code == 0
    assert "\x1b[1m" in seen.screen
    assert "in 7 days" in seen.screen
    assert "\t" not in seen.screen


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize("words", [["drive", "list"], ["drive", "list", "-h"], ["nonsense"], ["status"]])
def test_no_color_is_obeyed(place: Place, words: list[str]) -> None:
    assert "\x1b" in on_terminal(words, place.environment).screen
    assert "\x1b" not in on_terminal(words, place.environment | {"NO_COLOR": "1"}).screen


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize(
    ("words", "reader"),
    [
        ("student list --limit 30", "true"),
        ("student list --all", "head -1 > /dev/null"),
        ("student list --limit 30 --json", "head -1 > /dev/null"),
        ("drive list -h", "head -1 > /dev/null"),
    ],
)
def test_a_reader_that_leaves_early_is_no_failure(place: Place, words: str, reader: str) -> None:
    with transaction() as tx:
        factories.crowd(tx, factories.college(tx, "ARTS"), 3000)
    script = f"{' '.join(COMMAND)} {words} | {reader}; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", script], env=place.environment, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("0\n", "")


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize(
    ("words", "closed", "code"),
    [
        ("drive list", ">&-", 0),
        ("drive show 99", "2>&-", 4),
        ("drive publish ACME-1 --eligible", "<&-", 2),
    ],
)
def test_a_closed_stream_is_no_crash(place: Place, words: str, closed: str, code: int) -> None:
    script = f"{' '.join(COMMAND)} {words} {closed}"
    done = subprocess.run(["bash", "-c", script], env=place.environment, capture_output=True, text=True)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize(
    "words",
    [
        "student import absent.csv --college ENG",
        "drive publish ACME-1 --students absent.csv",
        "drive create --company A --title B --criteria absent.toml",
    ],
)
def test_a_missing_file_comes_with_a_way_out(process: Run, words: str) -> None:
    ran = process(*words.split())
    assert ran.code == 2
    assert "No such file or directory" in ran.err
    assert "  fix: name a file" in ran.err


def test_a_question_defaults_to_no(place: Place, office: list[int]) -> None:
    words = ["drive", "publish", "ACME-1", "--students", os.devnull]
    assert on_terminal(words, place.environment).code == 2
    words = ["drive", "publish", "ACME-1", "--eligible"]
    declined = on_terminal(words, place.environment, "\n")
    assert declined.code == 7
    assert "Post drive ACME-1 (Acme) to" in declined.screen
    assert "[y/N]" in declined.screen
    assert "[declined]" in declined.screen
    assert on_terminal(words, place.environment, "y\n").code == 0


@pytest.mark.usefixtures("office")
def test_where_nobody_can_be_asked_it_takes_yes(process: Run) -> None:
    asked = process("drive", "publish", "ACME-1", "--eligible", stdin="y\n")
    assert asked.code == 2
    assert "[confirmation-needed]" in asked.err
    assert process("drive", "publish", "ACME-1", "--eligible", "--yes").code == 0


@pytest.mark.parametrize(
    ("environment", "code"),
    [
        ({"DATABASE_URL": "postgresql://nobody:hidden@127.0.0.1:1/none"}, "database-unreachable"),
        ({"DATABASE_URL": "nonsense"}, "invalid-input"),
        ({"DATABASE_URL": "postgresql://nobody:hid@hidden@127.0.0.1:1/none"}, "invalid-input"),
        ({"DATABASE_URL": "postgresql://nobody:hidden@127.0.0.1:hidden/none"}, "invalid-input"),
        ({"PLACEOPS_API_PORT": "0"}, "invalid-input"),
        ({"PLACEOPS_TIME_ZONE": "Mars/Olympus"}, "invalid-input"),
    ],
)
def test_trouble_outside_is_told_without_traceback_or_password(
    process: Run, environment: dict[str, str], code: str
) -> None:
    ran = process("drive", "list", **environment)
    assert ran.code == (3 if code == "database-unreachable" else 2)
    assert f"[{code}]" in ran.err
    assert "Traceback" not in ran.err
    assert "hidden" not in ran.err


def test_without_any_database_it_says_how_to_get_one(place: Place) -> None:
    environment = {name: value for name, value in place.environment.items() if name != "DATABASE_URL"}
    done = subprocess.run(
        [*COMMAND, "drive", "list", "--json"], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 3
    assert done.stdout == ""
    problem = json.loads(done.stderr)
    assert problem["code"] == "not-configured"
    assert "placeops up" in problem["fix"]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals_end_a_wait_quietly(
    place: Place, office: list[int], number: signal.Signals, code: int
) -> None:
    asked = subprocess.run(
        [*COMMAND, "drive", "eligible", "ACME-1", "-q"],
        env=place.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    waiting = subprocess.Popen(
        [*COMMAND, "job", "watch", asked.stdout.strip()],
        env=place.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert waiting.stdout
    assert waiting.stdout.readline().startswith("id\ttype\tstate\t")
    assert "waiting" in waiting.stdout.readline()
    time.sleep(0.2)
    waiting.send_signal(number)
    _, said = waiting.communicate(timeout=30)
    assert (waiting.returncode, said) == (code, "")


def test_ctrl_c_inside_text_that_an_import_executes_is_no_other_end(tmp_path: Path) -> None:
    """CPython would end `python -m` with the signal itself, which is -2 to whoever started the process."""
    (tmp_path / "interrupted.py").write_text(
        "import sys\n"
        "from placeops_cli import main\n"
        "main._run = lambda words: exec('raise KeyboardInterrupt')\n"
        "sys.exit(main.main([]))\n"
    )
    command = [sys.executable, "-m", "interrupted"]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    assert subprocess.run(command, cwd=tmp_path, env=environment, check=False).returncode == 130


def test_enqueuing_without_a_worker_says_so(process: Run, office: list[int]) -> None:
    ran = process("drive", "eligible", "ACME-1")
    assert ran.code == 0
    assert ran.column("state") == ["waiting"]
    assert "no worker runs" in ran.err


@pytest.mark.parametrize("wait", [(), ("--wait", "--timeout", "1s")], ids=["at once", "waiting"])
def test_a_job_that_failed_inline_without_a_worker_is_told_with_its_next_try(
    process: Run, office: list[int], place: Place, wait: tuple[str, ...]
) -> None:
    (place.folder / "uploads").write_text("no folder")
    ran = process("export", "registrations", "ACME-1", *wait, REDIS_URL="redis://127.0.0.1:1")
    assert ran.code == (8 if wait else 0)
    assert re.search(
        r"job \d+ failed 1 time \(NotADirectoryError.*\) and is tried again by the next worker from 20\d\d-.*, "
        r"but no worker runs: placeops worker run",
        ran.err,
    )


def test_a_wait_that_is_over_exits_with_8(process: Run, office: list[int]) -> None:
    ran = process("drive", "eligible", "ACME-1", "--wait", "--timeout", "1s")
    assert ran.code == 8
    assert "[still-running]" in ran.err


def test_a_full_disk_is_no_success(place: Place, office: list[int]) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [*COMMAND, "drive", "list"], env=place.environment, stdout=full, stderr=subprocess.PIPE
        )
    assert done.returncode == 1
    assert b"[file-unwritable]" in done.stderr and b"No space left" in done.stderr
    assert b"Traceback" not in done.stderr and b"Exception ignored" not in done.stderr
