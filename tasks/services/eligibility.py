"""Eligibility: have it computed, sum it up, explain it for one student."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, RowMapping, select, true

from sql.engine import transaction
from sql.planning import planned_for_its_values
from sql.queries import query
from sql.tables import colleges, drive_criteria
from tasks.actor import Actor
from tasks.errors import PlaceopsError
from tasks.jobs import ledger
from tasks.lifecycle import said
from tasks.rules import LABELS, Judged, judge, names_of
from tasks.services import access, audit
from tasks.services.jobs import Job, read_job
from tasks.services.students import find_student

OVER = ("completed", "cancelled", "archived")


@dataclass(frozen=True, slots=True)
class EligibilitySummary:
    """Who meets a drive's criteria as the students' rows are now, in numbers of students.

    `verdicts` counts eligible, review and not; `failed_rules` and `unknown_rules` count by rule, so that one
    student may be in several. `only_missing` counts who fails nothing and is left out for one unknown value alone, by
    its rule; `missing_several` those for whom it is more than one. `stale`: never computed (`computed_at` None), or
    `outdated` students whose stored verdict no longer holds.
    """

    drive_id: int
    drive: str
    criteria_version: int
    computed_at: datetime | None
    stale: bool
    outdated: int
    students: int
    verdicts: dict[str, int]
    failed_rules: dict[str, int]
    unknown_rules: dict[str, int]
    only_missing: dict[str, int]
    missing_several: int


@dataclass(frozen=True, slots=True)
class Tally:
    """Students by verdict and by rule; the members are those of `EligibilitySummary`."""

    students: int
    verdicts: dict[str, int]
    failed_rules: dict[str, int]
    unknown_rules: dict[str, int]
    only_missing: dict[str, int]
    missing_several: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a student may or may not register for a drive, from the rows as they are now.

    `rules` are those the drive imposes. `stored_verdict` is what the last computation left (None: there was
    none); `differs` when it is not today's. `selected` is AUTO, COORDINATOR or OVERRIDE (None: not selected),
    `registration` is registered or withdrawn.
    """

    drive_id: int
    drive: str
    student_id: int
    roll_no: str
    name: str
    college: str
    criteria_version: int
    on_missing: str
    verdict: str
    stored_verdict: str | None
    differs: bool
    computed_at: datetime | None
    selected: str | None
    selection_pending: bool
    registration: str | None
    rules: list[Judged]


def compute_eligibility(actor: Actor, ref: str) -> Job:
    """Have a drive's eligibility computed by a job; it publishes nothing.

    Raises not-found, drive-state, queue-draining.
    """
    with transaction() as tx:
        drive = access.drive_in_sight(tx, actor, ref, "drive.write").row
        if drive["status"] in OVER:
            raise PlaceopsError(
                "drive-state",
                f"drive {drive['code']} is {said(drive['status'])}: its eligibility is no longer computed",
                f"placeops drive show {drive['code']}",
                details={"status": drive["status"]},
            )
        payload = {"drive": drive["id"], "criteria_version": drive["criteria_version"], "publish": False}
        job_id = ledger.enqueue(
            tx,
            "eligibility-filter",
            payload,
            created_by=actor.name,
            request_id=actor.request_id,
            drive_id=drive["id"],
        )
        audit.record(tx, actor, "drive.eligibility", "drive", drive["id"], after={"job": job_id})
    return read_job(job_id)


def eligibility_summary(actor: Actor, ref: str) -> EligibilitySummary:
    """Live counts for a drive, computed or not; a second or two for 800,000 students. Raises not-found."""
    with transaction(read_only=True) as tx:
        wanted = {"drive": access.drive_in_sight(tx, actor, ref, "eligibility.read").id, "version": None}
        drive = tx.execute(query("eligibility", "drive_rules"), wanted).mappings().one()
        with planned_for_its_values(tx):
            groups = tx.execute(query("eligibility", "tally"), dict(drive)).all()
    tally = tally_of(groups)
    outdated = sum(group.outdated for group in groups)
    return EligibilitySummary(
        drive_id=drive["drive"],
        drive=drive["code"],
        criteria_version=drive["version"],
        computed_at=drive["eligibility_computed_at"],
        stale=drive["eligibility_computed_at"] is None or outdated > 0,
        outdated=outdated,
        **asdict(tally),
    )


def tally_of(groups: Iterable[Row[Any]]) -> Tally:
    """The counts of students with the same verdict for the same reasons, added up."""
    verdicts = Counter({"eligible": 0, "review": 0, "not": 0})
    failed, unknown, only, several = Counter[str](), Counter[str](), Counter[str](), 0
    for group in (group for group in groups if group.students):
        verdicts[group.verdict] += group.students
        missing = names_of(group.unknown_rules)
        failed.update(dict.fromkeys(names_of(group.failed_rules), group.students))
        unknown.update(dict.fromkeys(missing, group.students))
        if group.verdict == "not" and not group.failed_rules:
            only.update({missing[0]: group.students} if len(missing) == 1 else {})
            several += group.students if len(missing) > 1 else 0
    return Tally(
        students=verdicts.total(),
        verdicts=dict(verdicts),
        failed_rules=_by_rule(failed),
        unknown_rules=_by_rule(unknown),
        only_missing=_by_rule(only),
        missing_several=several,
    )


def _by_rule(counts: Counter[str]) -> dict[str, int]:
    """In the rules' own order."""
    return {name: counts[name] for name in LABELS if counts[name]}


def explain(actor: Actor, ref: str, roll_no: str, college: str | None = None) -> Explanation:
    """A drive's rules for one student, and what would have made each pass. Raises not-found, ambiguous."""
    with transaction(read_only=True) as tx:
        drive = access.drive_in_sight(tx, actor, ref, "eligibility.why")
        inside = true() if drive.whole else access.students_in_sight(actor, "eligibility.why")
        student = find_student(tx, roll_no, college, inside)
        values = {"drive": drive.id, "student": student.id}
        standing = tx.execute(query("eligibility", "standing"), values).mappings().one()
        if standing["verdict"] is None:
            raise PlaceopsError(
                "not-found",
                f"drive {ref} has no student {student.roll_no} to choose from",
                "a drive of a test college takes students of test colleges only, and the others only others",
            )
        criteria = _criteria(tx, standing)
        codes = {row.id: row.code for row in tx.execute(select(colleges.c.id, colleges.c.code))}
    stored = standing["stored_verdict"] or "not" if standing["eligibility_computed_at"] else None
    return Explanation(
        drive_id=standing["drive"],
        drive=standing["code"],
        student_id=student.id,
        roll_no=student.roll_no,
        name=student.name,
        college=student.college,
        criteria_version=standing["version"],
        on_missing=criteria["on_missing"],
        verdict=standing["verdict"],
        stored_verdict=stored,
        differs=stored not in (None, standing["verdict"]),
        computed_at=standing["eligibility_computed_at"],
        selected=standing["selected"],
        selection_pending=standing["selection_pending"],
        registration=standing["registration"],
        rules=judge(dict(criteria), asdict(student), dict(standing), codes),
    )


def _criteria(tx: Connection, standing: RowMapping) -> RowMapping:
    match = (drive_criteria.c.drive_id == standing["drive"]) & (
        drive_criteria.c.version == standing["version"]
    )
    return tx.execute(select(drive_criteria).where(match)).mappings().one()
