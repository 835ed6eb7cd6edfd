"""Publishing a drive: judge a selection, post the drive and request the publish in one transaction.

The selection itself is applied by a job; until then the drive shows *selection pending*.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Row, RowMapping

from sql.engine import transaction
from sql.locks import drive_lock
from sql.planning import planned_for_its_values
from sql.queries import query
from tasks.actor import Actor
from tasks.errors import PlaceopsError
from tasks.jobs import draining
from tasks.jobs.publishing import NOBODY, Request, lock_publish, request_publish
from tasks.lifecycle import require_publishable
from tasks.rules import reasons
from tasks.services import access, audit
from tasks.services.drives import Drive, load_drive
from tasks.services.jobs import Job, read_job
from tasks.services.students import college_id

MOST_STUDENTS = 1_000_000
MOST_PROBLEMS = 100
LONG_SELECTION = 20_000


@dataclass(frozen=True, slots=True)
class Listed:
    """One entry of a selection: where it stood (a line or a position), and a student's id or roll number.

    A roll number may carry its college: `COLLEGE:ROLL_NO`.
    """

    line: int
    roll_no: str | None = None
    student_id: int | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Why an entry cannot be used as it is: `unknown`, `ambiguous`, `duplicate` or `not eligible`."""

    line: int
    value: str
    problem: str
    detail: str | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a publish would do. `problems` holds the first hundred, `problem_counts` all of them by kind.

    Students who are removed but have registered (`removed_registered`) stay registered.
    """

    selected: int
    added: int
    removed: int
    removed_registered: int
    overridden: int
    problems: list[Problem]
    problem_counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class Published:
    """The posted drive, the job that applies its selection (None: nothing to do, or a dry run) and the plan.

    `repeated`: this very selection was requested before; nothing was changed. `refused`: after a dry run, the code
    of the error that the publish itself would end with.
    """

    drive: Drive
    job: Job | None
    plan: Plan
    repeated: bool
    dry_run: bool
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class _Judged:
    """Arrays as text, and what is wrong."""

    selected: int
    ids: str
    overridden: int
    override_ids: str
    problems: list[Problem]
    counts: dict[str, int]


def publish_drive(
    actor: Actor,
    ref: str,
    selection: Sequence[Listed] = (),
    *,
    eligible: bool = False,
    college: str | None = None,
    override_reason: str | None = None,
    dry_run: bool = False,
    allow_removals: bool = True,
) -> Published:
    """Publish a drive to the listed students, or to everybody who is eligible today.

    Replaces the selection that stands; the answer's plan says who comes and goes. Raises not-found,
    drive-not-publishable, queue-draining, nobody-selected, students-unknown (unknown and ambiguous entries, by line),
    students-not-eligible (unless a reason to override is given), and confirmation-needed when students would be
    removed and `allow_removals` is false. A dry run changes nothing and tells the last three as `refused`, so that
    the plan is seen beside them.
    """
    if not eligible and not selection:
        raise PlaceopsError(
            "nobody-selected",
            "nobody is on the list",
            "put roll numbers into it, one a line, or publish to everybody `eligible`",
            field="/selected_students",
        )
    if eligible == bool(selection) or len(selection) > MOST_STUDENTS:
        raise PlaceopsError(
            "nobody-selected",
            f"a publish takes 1 to {MOST_STUDENTS:,} students, or everybody eligible, and not both",
            "give `selected_students`, or `eligible`",
            field="/selected_students",
        )
    with transaction() as tx:
        sight = access.drive_in_sight(tx, actor, ref, "drive.write")
        drive_id = sight.id
        if not dry_run:
            lock_publish(tx, drive_id)
        row = _open_drive(tx, ref, drive_id)
        with planned_for_its_values(tx):
            judged = _everybody(tx, row) if eligible else _judge(tx, row, selection, college, override_reason)
        plan = _plan(tx, drive_id, judged)
        refused = refusal(plan)
        if dry_run:
            if row["status"] == "draft" or plan.added or plan.removed:
                draining.require_open(tx, ["auto-publish"])
            drive = load_drive(tx, drive_id)
            return Published(drive, None, plan, False, True, refused.code if refused else None)
        if refused:
            raise refused
        if plan.removed and not allow_removals:
            raise _unconfirmed(plan)
        # Not before: judging a long list takes seconds, and registrations wait for this lock.
        drive_lock(tx, drive_id, shared=False)
        _open_drive(tx, ref, drive_id)
        request = _request(tx, actor, drive_id, judged, plan, override_reason)
    with transaction(read_only=True) as tx:
        drive = load_drive(tx, drive_id)
    job = None if request.job_id is None else read_job(request.job_id)
    return Published(drive, job, plan, request.repeated, False)


def _open_drive(tx: Connection, ref: str, drive_id: int) -> RowMapping:
    """The drive and its rules. Raises drive-not-publishable."""
    values = {"drive": drive_id, "version": None}
    row = tx.execute(query("eligibility", "drive_rules"), values).mappings().one()
    require_publishable(ref, row["status"])
    closes = row["reg_closes_at"]
    if closes is None or closes <= row["now"]:
        when = (
            "has no close of registration"
            if closes is None
            else f"closed its registration at {closes.isoformat()}"
        )
        raise PlaceopsError(
            "drive-not-publishable",
            f"drive {ref} {when}; it needs one in the future to be published",
            "create the drive anew with a later `reg_closes_at`",
        )
    return row


def _everybody(tx: Connection, row: RowMapping) -> _Judged:
    found = tx.execute(query("publishing", "eligible"), dict(row)).one()
    if not found.selected:
        raise PlaceopsError(
            "nobody-selected",
            f"no student is eligible for drive {row['code']}",
            f"placeops drive eligible {row['code']}",
        )
    return _Judged(found.selected, found.ids, 0, NOBODY, [], {})


def _judge(
    tx: Connection,
    row: RowMapping,
    selection: Sequence[Listed],
    college: str | None,
    override_reason: str | None,
) -> _Judged:
    override = bool((override_reason or "").strip())
    given = {entry.line: entry.roll_no for entry in selection}
    selection = _with_colleges_resolved(tx, row, selection)
    ids = [entry.student_id for entry in selection if entry.student_id is not None]
    roll_nos = [entry.roll_no for entry in selection if entry.roll_no is not None]
    scope = {**row, "college": None if college is None else college_id(tx, college)}
    found = tx.execute(query("publishing", "match"), scope | {"ids": _array(ids), "roll_nos": roll_nos}).one()
    # A mixed list may name a student twice, by roll number and by id; that is looked into line by line.
    clean = found.matched == len(selection) and (
        (not roll_nos and len(set(ids)) == len(ids))
        or (not ids and found.roll_nos == len(set(roll_nos)) == len(roll_nos))
    )
    selected, chosen, problems, counts = found.matched, found.ids, [], {}
    unfit = tx.execute(query("publishing", "unfit"), scope | {"ids": chosen}).one()
    if not clean or (unfit.students and not override):
        found = _look_closer(tx, scope, selection, override)
        selected, chosen, counts = found.selected, found.ids, found.counts
        problems = [_problem(entry, given[entry["line"]]) for entry in found.problems]
        unfit = tx.execute(query("publishing", "unfit"), scope | {"ids": chosen}).one()
    number, overridden = (unfit.students, unfit.ids) if override else (0, NOBODY)
    return _Judged(selected, chosen, number, overridden, problems, counts)


def _look_closer(
    tx: Connection, scope: Mapping[str, Any], selection: Sequence[Listed], override: bool
) -> Row[Any]:
    if len(selection) > LONG_SELECTION:
        tx.execute(query("publishing", "hash_joins"))
    values = {
        "lines": [entry.line for entry in selection],
        "roll_nos": [entry.roll_no for entry in selection],
        "ids": [entry.student_id for entry in selection],
        "override": override,
        "most": MOST_PROBLEMS,
    }
    return tx.execute(query("publishing", "judge"), {**scope, **values}).one()


def _array(ids: Sequence[int]) -> str:
    """A PostgreSQL array as text: ten times cheaper to send than a list of 230,000 numbers."""
    return "{" + ",".join(map(str, ids)) + "}"


def _with_colleges_resolved(tx: Connection, row: RowMapping, selection: Sequence[Listed]) -> Sequence[Listed]:
    """The selection with an id for each `COLLEGE:ROLL_NO` that names a student."""
    named = {entry.roll_no for entry in selection if entry.roll_no and ":" in entry.roll_no}
    if not named:
        return selection
    parts = [(name, *name.split(":", 1)) for name in named]
    values = dict(zip(("names", "codes", "roll_nos"), map(list, zip(*parts, strict=True)), strict=True))
    found = tx.execute(query("publishing", "with_college"), values | {"is_test": row["is_test"]})
    ids: dict[str | None, int] = {each.name: each.id for each in found}
    return [
        Listed(entry.line, student_id=ids[entry.roll_no]) if entry.roll_no in ids else entry
        for entry in selection
    ]


def _problem(entry: Mapping[str, Any], given: str | None) -> Problem:
    why = reasons(entry["failed_rules"], entry["unknown_rules"]) or None
    return Problem(entry["line"], given or entry["value"], entry["problem"], why)


def _plan(tx: Connection, drive_id: int, judged: _Judged) -> Plan:
    counts = tx.execute(query("publishing", "compare"), {"drive": drive_id, "ids": judged.ids}).one()
    return Plan(
        selected=judged.selected,
        added=counts.added,
        removed=counts.removed,
        removed_registered=counts.removed_registered,
        overridden=judged.overridden,
        problems=judged.problems,
        problem_counts=judged.counts,
    )


def refusal(plan: Plan) -> PlaceopsError | None:
    """Why a publish by this plan is refused: students-unknown or students-not-eligible, each with its lines."""
    counts = plan.problem_counts
    unusable = counts.get("unknown", 0) + counts.get("ambiguous", 0)
    if unusable:
        return PlaceopsError(
            "students-unknown",
            f"{unusable} of the listed students cannot be identified ({_counted(counts)})",
            "correct the list, or import the missing students; write COLLEGE:ROLL_NO, or give `college`, where a roll "
            "number is ambiguous",
            field="/selected_students",
            details=_lines(plan, ("unknown", "ambiguous")),
        )
    if counts.get("not eligible"):
        return PlaceopsError(
            "students-not-eligible",
            f"{counts['not eligible']} of the {plan.selected} listed students are not eligible",
            "take them off the list, or give `override_reason`",
            field="/selected_students",
            details=_lines(plan, ("not eligible",)),
        )
    return None


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(
        f"{number} {kind}" for kind, number in counts.items() if kind in ("unknown", "ambiguous")
    )


def _lines(plan: Plan, kinds: Sequence[str]) -> dict[str, Any]:
    """The problems of these kinds as an error's details."""
    lines = [asdict(problem) for problem in plan.problems if problem.problem in kinds]
    return {
        "problems": lines,
        "counts": {kind: n for kind, n in plan.problem_counts.items() if kind in kinds},
    }


def _unconfirmed(plan: Plan) -> PlaceopsError:
    return PlaceopsError(
        "confirmation-needed",
        f"{plan.removed} students would leave the selection ({plan.removed_registered} of them have registered)",
        "look with `dry_run`, then repeat with `yes`",
        details={"added": plan.added, "removed": plan.removed},
    )


def _request(
    tx: Connection, actor: Actor, drive_id: int, judged: _Judged, plan: Plan, override_reason: str | None
) -> Request:
    request = request_publish(
        tx,
        drive_id,
        judged.ids,
        source="COORDINATOR",
        by=actor.name,
        override_ids=judged.override_ids,
        override_reason=override_reason,
        request_id=actor.request_id,
    )
    if not request.repeated:
        after = {
            "number": request.number,
            "selected": plan.selected,
            "added": plan.added,
            "removed": plan.removed,
        }
        audit.record(tx, actor, "drive.publish", "drive", drive_id, after=after, reason=override_reason)
    return request
