"""Publishing a drive: judge a selection, post the drive and request the publish in one transaction.

The selection itself is applied by a job; until then the drive shows *selection pending*.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, RowMapping

from sql.engine import transaction
from sql.locks import drive_lock
from sql.planning import planned_for_its_values
from sql.queries import query
from tasks.actor import Actor
from tasks.errors import PlaceopsError
from tasks.jobs import draining
from tasks.jobs.publishing import Request, lock_publish, request_publish
from tasks.lifecycle import require_move
from tasks.services import access, audit
from tasks.services.drives import Drive, load_drive
from tasks.services.jobs import Job, read_job
from tasks.services.selections import (
    Judged,
    Listed,
    Mover,
    Problem,
    amend,
    everybody_eligible,
    judge,
    movers,
    within,
)

MOST_STUDENTS = 1_000_000


@dataclass(frozen=True, slots=True)
class Plan:
    """What a publish would do. `problems` holds the first hundred, `problem_counts` all of them by kind.

    Students who are removed but have registered (`removed_registered`) stay registered. A dry run names the first
    hundred who come, leave, and are on it by override.
    """

    selected: int
    added: int
    removed: int
    removed_registered: int
    overridden: int
    problems: list[Problem]
    problem_counts: dict[str, int]
    added_students: list[Mover] = field(default_factory=list)
    removed_students: list[Mover] = field(default_factory=list)
    overridden_students: list[Mover] = field(default_factory=list)


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


def publish_drive(
    actor: Actor,
    ref: str,
    selection: Sequence[Listed] = (),
    *,
    add: Sequence[Listed] = (),
    remove: Sequence[Listed] = (),
    eligible: bool = False,
    college: str | None = None,
    override_reason: str | None = None,
    dry_run: bool = False,
    allow_removals: bool = True,
) -> Published:
    """Publish a drive to the listed students, or to everybody who is eligible today; or change its selection.

    A list replaces the selection that stands; `add` and `remove` change the applied one of a posted drive. The
    answer's plan says who comes and goes. Raises not-found, drive-not-publishable, selection-pending (nothing applied
    to add to), queue-draining, nobody-selected, students-unknown (unknown and ambiguous entries, by line),
    students-not-eligible (unless a reason to override is given), and confirmation-needed when students would be
    removed and `allow_removals` is false. A dry run changes nothing and tells the last three as `refused`, so that
    the plan is seen beside them.
    """
    _require_one_way(len(selection), len(add) + len(remove), eligible)
    override = bool((override_reason or "").strip())
    with transaction() as tx:
        drive_id = access.drive_in_sight(tx, actor, ref, "drive.write").id
        if not dry_run:
            lock_publish(tx, drive_id)
        row = _open_drive(tx, ref, drive_id)
        if add or remove:
            _require_applied(tx, row)
        bounds = within(tx, actor, row, college)
        with planned_for_its_values(tx):
            if eligible:
                judged = everybody_eligible(tx, row)
            elif selection:
                judged = judge(tx, bounds, selection, override=override)
            else:
                judged = amend(tx, bounds, add, remove, override=override)
        plan = _plan(tx, drive_id, judged)
        refused = refusal(
            plan, "add_students" if add else "remove_students" if remove else "selected_students"
        )
        if dry_run:
            if row["status"] == "draft" or plan.added or plan.removed:
                draining.require_open(tx, ["auto-publish"])
            named = _with_names(tx, drive_id, judged, plan)
            drive = load_drive(tx, drive_id)
            return Published(drive, None, named, False, True, refused.code if refused else None)
        if refused or (plan.removed and not allow_removals):
            raise refused or _unconfirmed(plan)
        # Not before: judging a long list takes seconds, and registrations wait for this lock.
        drive_lock(tx, drive_id, shared=False)
        _open_drive(tx, ref, drive_id)
        request = _request(tx, actor, drive_id, judged, plan, override_reason)
    with transaction(read_only=True) as tx:
        drive = load_drive(tx, drive_id)
    job = None if request.job_id is None else read_job(request.job_id)
    return Published(drive, job, plan, request.repeated, False)


def _require_one_way(listed: int, amended: int, eligible: bool) -> None:
    ways = bool(listed) + bool(amended) + eligible
    if ways == 0:
        raise PlaceopsError(
            "nobody-selected",
            "nobody is on the list",
            "put roll numbers into it, one a line, or publish to everybody `eligible`",
            field="/selected_students",
        )
    if ways > 1 or max(listed, amended) > MOST_STUDENTS:
        raise PlaceopsError(
            "nobody-selected",
            f"a publish takes 1 to {MOST_STUDENTS:,} students, or everybody eligible, or those who come and go",
            "give `selected_students`, or `eligible`, or `add_students` and `remove_students`",
            field="/selected_students",
        )


def _open_drive(tx: Connection, ref: str, drive_id: int) -> RowMapping:
    """The drive and its rules. Raises drive-not-publishable, and not-found when it was deleted meanwhile."""
    values = {"drive": drive_id, "version": None}
    row = tx.execute(query("eligibility", "drive_rules"), values).mappings().one_or_none()
    if row is None:
        raise access.no_such_drive(ref)
    require_move(row["code"], row["status"], "publish")
    closes = row["reg_closes_at"]
    if closes is None or closes <= row["now"]:
        when = (
            "has no close of registration"
            if closes is None
            else f"closed its registration at {closes.isoformat()}"
        )
        fix = (
            f"placeops drive extend {row['code']} --until TIME"
            if row["status"] == "posted"
            else f"give it one: placeops drive update {row['code']} --closes TIME"
        )
        raise PlaceopsError(
            "drive-not-publishable",
            f"drive {row['code']} {when}; it needs one in the future to be published",
            fix,
        )
    return row


def _require_applied(tx: Connection, row: RowMapping) -> None:
    """Raises drive-not-publishable for a draft, and selection-pending while the drive's newest selection is not
    the one that stands: what is added to it would be added to something else."""
    code = row["code"]
    if row["status"] == "draft":
        raise PlaceopsError(
            "drive-not-publishable",
            f"drive {code} is a draft: it has no selection yet that could be added to",
            f"placeops drive publish {code} --students FILE",
        )
    chosen = load_drive(tx, row["drive"]).selection
    if chosen.state == "pending":
        raise PlaceopsError(
            "selection-pending",
            f"the selection of drive {code} is still being applied",
            f"try again in a moment; placeops job show {chosen.job_id}",
        )
    if chosen.state in ("failed", "cancelled"):
        raise PlaceopsError(
            "selection-pending",
            f"the last selection of drive {code} was not applied: its job is {chosen.state}",
            f"placeops job retry {chosen.job_id}",
        )


def _plan(tx: Connection, drive_id: int, judged: Judged) -> Plan:
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


def _with_names(tx: Connection, drive_id: int, judged: Judged, plan: Plan) -> Plan:
    return replace(
        plan,
        added_students=movers(tx, "who_comes", drive_id, judged.ids),
        removed_students=movers(tx, "who_leaves", drive_id, judged.ids),
        overridden_students=movers(tx, "who_are", drive_id, judged.override_ids),
    )


def refusal(plan: Plan, field: str = "selected_students") -> PlaceopsError | None:
    """Why a publish by this plan is refused: students-unknown or students-not-eligible, each with its lines."""
    counts = plan.problem_counts
    unusable = counts.get("unknown", 0) + counts.get("ambiguous", 0)
    if unusable:
        return PlaceopsError(
            "students-unknown",
            f"{unusable} of the listed students cannot be identified ({_counted(counts)})",
            "correct the list, or import the missing students; write COLLEGE:ROLL_NO, or give `college`, where a roll "
            "number is ambiguous",
            field=f"/{field}",
            details=_lines(plan, ("unknown", "ambiguous")),
        )
    if counts.get("not eligible"):
        return PlaceopsError(
            "students-not-eligible",
            f"{counts['not eligible']} of the {plan.selected} listed students are not eligible",
            "take them off the list, or give `override_reason`",
            field=f"/{field}",
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
    tx: Connection, actor: Actor, drive_id: int, judged: Judged, plan: Plan, override_reason: str | None
) -> Request:
    request = request_publish(
        tx,
        drive_id,
        judged.ids,
        source="COORDINATOR",
        by=actor.name,
        override_ids=judged.override_ids,
        override_reason=override_reason or judged.kept_reason,
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
