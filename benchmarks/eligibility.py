"""Eligibility of 100,000 students beside one bare INSERT … SELECT of the same rules; and a run again, nothing changed.

    DATABASE_URL=postgresql://… python -m benchmarks.eligibility

Medians of five, in turn. The bare statement writes into a copy of the table with its keys, checks and trigger; it knows
the rules by heart, so that it needs no three outcomes, and keeps only who passes.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from sqlalchemy import Connection, text

from benchmarks.publish import scratch_database
from sql import engine
from sql.engine import transaction
from tasks.jobs.eligibility_filter import apply
from tasks.jobs.registry import ActiveJob
from tests import factories

ROUNDS = 5
CRITERIA = {
    "cgpa_min": "6.75",
    "tenth_min": 60,
    "twelfth_or_diploma_min": 60,
    "active_backlogs_max": 0,
    "branch_in": ["CSE", "ECE", "EEE"],
    "batch_year_in": [2026],
}
STUDENTS = text("""
    INSERT INTO students (college_id, roll_no, name, gender, programme, branch, batch_year, admission_type, cgpa,
                          tenth_pct, twelfth_pct, diploma_pct, active_backlogs, total_backlogs, placed, debarred)
    SELECT :college, 'R' || n, 'Student ' || n, CASE n % 2 WHEN 0 THEN 'F' ELSE 'M' END, 'B.E.',
           (ARRAY['CSE', 'ECE', 'MECH', 'CIVIL', 'EEE'])[1 + n % 5], 2026 + n % 2,
           CASE WHEN n % 100 < 8 THEN 'LATERAL' ELSE 'REGULAR' END,
           CASE WHEN n % 33 > 0 THEN 5 + (n * 37 % 500) / 100.0 END, 50 + (n * 7919 % 5000) / 100.0,
           CASE WHEN n % 100 >= 8 THEN 50 + (n * 104729 % 5000) / 100.0 END,
           CASE WHEN n % 100 < 8 THEN 50 + (n * 104729 % 5000) / 100.0 END,
           CASE WHEN n % 50 > 0 THEN n % 7 / 6 END, CASE WHEN n % 50 > 0 THEN n % 5 / 4 END, n % 11 = 0, n % 97 = 0
    FROM generate_series(1, CAST(:count AS bigint)) n
""")
COPY_OF_THE_TABLE = text("""
    CREATE TABLE bare (LIKE drive_eligibility INCLUDING ALL,
        FOREIGN KEY (student_id) REFERENCES students ON DELETE CASCADE,
        FOREIGN KEY (drive_id, criteria_version) REFERENCES drive_criteria ON DELETE CASCADE);
    CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON bare
        FOR EACH STATEMENT EXECUTE FUNCTION note_change();
""")
BARE = text("""
    INSERT INTO bare (drive_id, criteria_version, student_id, verdict)
    SELECT :drive, 1, s.id, 'eligible'
    FROM students s JOIN colleges c ON c.id = s.college_id
    WHERE NOT c.is_test AND s.cgpa >= 6.75 AND s.tenth_pct >= 60 AND s.active_backlogs <= 0
      AND CASE s.admission_type WHEN 'LATERAL' THEN coalesce(s.diploma_pct, s.twelfth_pct)
          ELSE coalesce(s.twelfth_pct, s.diploma_pct) END >= 60
      AND s.branch IN ('CSE', 'ECE', 'EEE') AND s.batch_year = 2026 AND NOT s.debarred
""")


def bare(tx: Connection, drive: int) -> None:
    """The limit: what nobody can do without."""
    tx.execute(BARE, {"drive": drive})


def job(tx: Connection, drive: int) -> dict[str, int]:
    """What a worker applies; the ledger's own commit comes on top for both."""
    payload = {"drive": drive, "criteria_version": 1, "publish": False}
    return apply(tx, ActiveJob(1, "eligibility-filter", 1, payload, drive, "benchmark", None, 900), None)


def milliseconds(act: Callable[[Connection, int], object], drive: int) -> float:
    """From the first statement to the commit."""
    began = time.perf_counter()
    with transaction() as tx:
        act(tx, drive)
    return (time.perf_counter() - began) * 1000


def main() -> None:
    """Print the figures."""
    with scratch_database():
        with transaction() as tx:
            tx.execute(STUDENTS, {"college": factories.college(tx), "count": 100_000})
            tx.execute(COPY_OF_THE_TABLE)
            drives = [factories.drive(tx, f"BENCH-{number}", CRITERIA) for number in range(ROUNDS + 1)]
        with engine.engine().connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
            conn.execute(text("VACUUM ANALYZE"))
        rounds = [[milliseconds(act, drive) for act in (bare, job, job)] for drive in drives][1:]
        with transaction() as tx:
            counts = job(tx, drives[0])
            passing = tx.scalar(text("SELECT count(*) FROM bare")) or 0
        assert passing == counts["eligible"] * len(drives)
        print(f"{counts['students']:,} students, {counts['eligible']:,} eligible")
        print(f"{'':28}{'ms':>6}{'ratio':>8}")
        for name, column in (
            ("one bare INSERT … SELECT", 0),
            ("eligibility-filter", 1),
            ("again, nothing changed", 2),
        ):
            times = statistics.median(row[column] for row in rounds)
            ratio = statistics.median(row[column] / row[0] for row in rounds)
            print(f"{name:28}{times:6.0f}{ratio:8.2f}")
        again = statistics.median(row[2] / row[1] for row in rounds)
        print(f"again / first run: {again:.2f}")


if __name__ == "__main__":
    main()
