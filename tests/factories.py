"""Rows for tests, made in bulk by SQL; every function returns ids."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, insert, select, text

from sql.tables import colleges, drive_criteria, placement_drives, students


def college(conn: Connection, code: str = "ENG", **values: Any) -> int:
    """One college."""
    row = {"code": code, "name": f"College {code}"} | values
    return int(conn.execute(insert(colleges).values(row).returning(colleges.c.id)).scalar_one())


def student(conn: Connection, college_id: int, roll_no: str, **values: Any) -> int:
    """One student; marks are unknown unless given."""
    row = {"college_id": college_id, "roll_no": roll_no, "name": f"Student {roll_no}"} | values
    return int(conn.execute(insert(students).values(row).returning(students.c.id)).scalar_one())


def crowd(conn: Connection, college_id: int, count: int) -> list[int]:
    """Many students with known marks: roll numbers R000001…, CGPA 5.00 to 9.99 in a fixed pattern."""
    conn.execute(
        text("""
            INSERT INTO students (college_id, roll_no, name, email, gender, programme, branch, batch_year,
                                  cgpa, tenth_pct, twelfth_pct, active_backlogs, total_backlogs)
            SELECT :college, 'R' || lpad(n::text, 6, '0'), 'Student ' || n, 's' || n || '@example.edu',
                   CASE n % 2 WHEN 0 THEN 'F' ELSE 'M' END, 'B.E.', (ARRAY['CSE', 'ECE', 'MECH'])[n % 3 + 1], 2027,
                   5 + (n * 37 % 500) / 100.0, 60 + n % 40, 55 + n % 45, n % 7 / 6, n % 5 / 4
            FROM generate_series(1, :count) n
        """),
        {"college": college_id, "count": count},
    )
    return list(
        conn.scalars(select(students.c.id).where(students.c.college_id == college_id).order_by(students.c.id))
    )


def drive(
    conn: Connection, code: str = "ACME-1", criteria: dict[str, Any] | None = None, **values: Any
) -> int:
    """A draft drive whose registration window is open for a week, with one version of criteria."""
    row: dict[str, Any] = {
        "code": code,
        "company": "Acme",
        "title": "Graduate engineer",
        "created_by": "tests",
    }
    row |= {
        "reg_opens_at": text("now() - interval '1 hour'"),
        "reg_closes_at": text("now() + interval '7 days'"),
    }
    found = conn.execute(
        insert(placement_drives).values(row | values).returning(placement_drives.c.id)
    ).scalar_one()
    conn.execute(
        insert(drive_criteria).values(
            {"drive_id": found, "version": 1, "created_by": "tests"} | (criteria or {})
        )
    )
    return int(found)


def posted(conn: Connection, drive_id: int, selected: list[int]) -> None:
    """Make a drive posted with its selection applied, as a finished publish leaves it."""
    conn.execute(
        text("""
            UPDATE placement_drives SET status = 'posted', published_at = now(), published_by = 'tests' WHERE id = :id
        """),
        {"id": drive_id},
    )
    conn.execute(
        text("""
            WITH request AS (
                INSERT INTO publish_requests
                    (drive_id, number, student_ids, source, requested_by, applied_at, added, removed)
                VALUES (:id, 1, :ids, 'COORDINATOR', 'tests', now(), cardinality(CAST(:ids AS int[])), 0))
            INSERT INTO drive_coordinator_selections (drive_id, student_id, source, selected_by)
            SELECT :id, unnest(CAST(:ids AS int[])), 'COORDINATOR', 'tests'
        """),
        {"id": drive_id, "ids": selected},
    )
