"""Roster import beside a plain COPY of the same students: seconds, their ratio, the importer's memory.

    python -m benchmarks.roster [--rows 800000] [--rounds 5]

Works in a database of its own on the server of DATABASE_URL, or on an embedded one. The limit is what
`\\copy` of a clean file into the same empty, indexed table takes; the same without the foreign key is shown too.
The roster has 1 % bad rows and is read by a process of its own, whose memory is compared with that of a roster
of 10,000 rows.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any
from uuid import uuid4

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

COLUMNS = (
    *("college_id", "roll_no", "name", "email", "phone", "gender", "programme", "branch", "batch_year"),
    *(
        "admission_type",
        "cgpa",
        "tenth_pct",
        "twelfth_pct",
        "diploma_pct",
        "active_backlogs",
        "total_backlogs",
    ),
)
HEADER = (
    "Campus,Roll No.,Name,E-mail,Mobile,Gender,Degree,Dept,Batch,Admission Type,CGPA/10,10th %,XII %,"
    "Diploma %,Backlogs,History of Backlogs"
)
NAMES = ("Asha Rao", "Ravi Kumar", "José Pinto", "தமிழ்ச்செல்வி", "नेहा शर्मा", '"Rao, Vikram"')
BAD_CELLS = {7: "", 10: "78.5", 11: "102", 14: "-1"}


def rows(count: int) -> Iterator[list[str]]:
    """Students as the cells of a CSV line, the first cell their college's id; the same ones every time."""
    chance = random.Random(20_270)
    for n in range(count):
        lateral = n % 12 == 0
        mark = f"{55 + n * 37 % 4_500 / 100:.2f}"
        yield [
            *("1", f"{n % 90:02d}CS{n:07d}", NAMES[n % 6] if n % 3 else f"Given{n % 997} Family{n % 1_009}"),
            *(f"s{n}@example.edu", f"+91 00000 {n % 100_000:05d}", "FM"[n % 2], "B.E."),
            *(
                chance.choice(("CSE", "ECE", "EEE", "MECH", "CIVIL")),
                "2027",
                "LATERAL" if lateral else "REGULAR",
            ),
            *("" if n % 33 == 0 else f"{5 + chance.randrange(500) / 100:.2f}", mark),
            *(("", mark) if lateral else (mark, "")),
            *("" if n % 50 == 0 else str(n % 4 // 3), str(n % 5 // 2)),
        ]


def write_files(folder: Path, count: int) -> tuple[Path, Path]:
    """The clean file for COPY, and the roster with every hundredth row made bad."""
    clean, roster = folder / f"clean-{count}.csv", folder / f"roster-{count}.csv"
    bad = list(BAD_CELLS)
    with clean.open("w", encoding="utf-8") as copied, roster.open("w", encoding="utf-8") as sent:
        sent.write(HEADER + "\n")
        for n, cells in enumerate(rows(count)):
            copied.write(",".join(cells) + "\n")
            cells[0] = "ENG"
            if n % 100 == 99:
                at = bad[n // 100 % len(bad)]
                cells[at] = BAD_CELLS[at] or "x" * 300
            sent.write(",".join(cells) + "\n")
    return clean, roster


def copy(url: str, clean: Path, table: str) -> float:
    """Seconds of a COPY into `table`, committed."""
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, COLUMNS))
    )
    with psycopg.connect(url) as conn, clean.open("rb") as file:
        started = time.perf_counter()
        with conn.cursor().copy(statement) as sink:
            while chunk := file.read(65_536):
                sink.write(chunk)
        conn.commit()
        return time.perf_counter() - started


def import_in_child(url: str, roster: Path) -> dict[str, Any]:
    """Seconds, counts and peak memory of an import by a fresh process."""
    command = [sys.executable, "-m", "benchmarks.roster", "--import-only", str(roster)]
    done = subprocess.run(command, env=os.environ | {"DATABASE_URL": url}, check=True, capture_output=True)
    measured: dict[str, Any] = json.loads(done.stdout)
    return measured


def import_here(roster: Path) -> dict[str, Any]:
    """Import with this process and measure it."""
    from sql import engine
    from tasks.actor import SYSTEM
    from tasks.services.roster import import_roster

    engine.configure(os.environ["DATABASE_URL"], application="placeops benchmark")
    with roster.open("rb") as file:
        started = time.perf_counter()
        report = import_roster(SYSTEM, file, college="ENG")
        seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (
        1 << 20 if sys.platform == "darwin" else 1 << 10
    )
    return {"seconds": seconds, "new": report.new, "rejected": report.rejected, "peak_mib": peak}


@contextmanager
def database() -> Iterator[str]:
    """A migrated database of its own, dropped at the end."""
    if server := os.environ.get("DATABASE_URL"):
        name = f"bench_{uuid4().hex[:12]}"
        admin = make_url(server).set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(admin, autocommit=True) as conn:
            conn.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            try:
                yield migrated(make_url(admin).set(database=name).render_as_string(hide_password=False))
            finally:
                conn.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
        return
    from tasks.embedded import running

    with tempfile.TemporaryDirectory(prefix="placeops-bench-") as folder, running(Path(folder)) as servers:
        yield migrated(servers.database_url)


def migrated(url: str) -> str:
    """The URL, once the database behind it has the tables and one college."""
    from sql import engine, schema

    engine.configure(url, application="placeops benchmark")
    with engine.engine().connect() as conn:
        schema.migrate(conn)
    engine.dispose()
    with psycopg.connect(url) as conn:
        conn.execute("INSERT INTO colleges (code, name) VALUES ('ENG', 'Engineering')")
    return url


def fresh(url: str) -> None:
    """Empty tables, nothing left to write from the round before."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("SET client_min_messages = warning")
        conn.execute("TRUNCATE students CASCADE")
        conn.execute("DROP TABLE IF EXISTS plain_students")
        conn.execute("CREATE TABLE plain_students (LIKE students INCLUDING ALL)")
        conn.execute("CHECKPOINT")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=800_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--import-only", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.import_only:
        print(json.dumps(import_here(options.import_only)))
        return
    with tempfile.TemporaryDirectory() as folder, database() as url:
        clean, roster = write_files(Path(folder), options.rows)
        _, small = write_files(Path(folder), 10_000)
        fresh(url)
        base = import_in_child(url, small)["peak_mib"]
        results: list[dict[str, float]] = []
        for _ in range(options.rounds):
            fresh(url)
            measured = {
                "limit": copy(url, clean, "students"),
                "no foreign key": copy(url, clean, "plain_students"),
            }
            fresh(url)
            first = import_in_child(url, roster)
            again = import_in_child(url, roster)
            if again["new"] or first["new"] + first["rejected"] != options.rows:
                raise SystemExit(f"wrong counts: {first}, {again}")
            measured |= {
                "import": first["seconds"],
                "nothing new": again["seconds"],
                "peak MiB": first["peak_mib"],
            }
            results.append(measured)
            print("  ".join(f"{name} {value:.1f}" for name, value in measured.items()), flush=True)
    middle = {name: median(each[name] for each in results) for name in results[0]}
    print(f"import / limit: {middle['import'] / middle['limit']:.2f} (goal: at most 3)")
    print(f"import / no foreign key: {middle['import'] / middle['no foreign key']:.2f}")
    print(f"nothing new / limit: {middle['nothing new'] / middle['limit']:.2f}")
    print(f"memory: {middle['peak MiB']:.0f} MiB, with 10,000 rows {base:.0f} MiB")


if __name__ == "__main__":
    main()
