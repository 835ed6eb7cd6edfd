"""Lists of students for a drive: who is meant, who may be on them, and what they make of a selection that stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, RowMapping

from sql.planning import joined_by_hash
from sql.queries import query
from tasks.actor import Actor, Role
from tasks.errors import PlaceopsError
from tasks.jobs.publishing import NOBODY
from tasks.rules import reasons
from tasks.services.students import college_id

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
class Mover:
    """A student who comes to a selection, leaves it, or is on it by override."""

    student_id: int
    roll_no: str
    name: str
    college: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A selection that is wanted: arrays as text, and what is wrong with the lists that make it.

    `kept_reason`: why some are selected who are not eligible, from before.
    """

    selected: int
    ids: str
    overridden: int
    override_ids: str
    problems: list[Problem]
    counts: dict[str, int]
    kept_reason: str | None = None


def within(tx: Connection, actor: Actor, drive: RowMapping, college: str | None) -> dict[str, Any]:
    """The drive's row with the bounds of whom a list may name: the college, and the scope of a coordinator.

    A drive that is in a coordinator's scope itself takes anybody; another one nobody from outside of the scope.
    """
    bounded = actor.role is Role.COORDINATOR and drive["drive"] not in actor.scope.drives
    return dict(drive) | {
        "college": None if college is None else college_id(tx, college),
        "scope_colleges": list(actor.scope.colleges) or None if bounded else None,
        "scope_branches": list(actor.scope.branches) or None if bounded else None,
    }


def movers(tx: Connection, which: str, drive_id: int, ids: str) -> list[Mover]:
    """The first hundred by roll number of those who come to a drive's selection, leave it, or are such ids."""
    values = {"drive": drive_id, "ids": ids, "most": MOST_PROBLEMS}
    return [Mover(**row) for row in tx.execute(query("publishing", which), values).mappings()]


def everybody_eligible(tx: Connection, drive: RowMapping) -> Judged:
    """Everybody whom the drive's criteria let through today. Raises nobody-selected."""
    found = tx.execute(query("publishing", "eligible"), dict(drive)).one()
    if not found.selected:
        raise PlaceopsError(
            "nobody-selected",
            f"no student is eligible for drive {drive['code']}",
            f"placeops drive eligible {drive['code']}",
        )
    return Judged(found.selected, found.ids, 0, NOBODY, [], {})


def judge(
    tx: Connection, bounds: Mapping[str, Any], selection: Sequence[Listed], *, override: bool
) -> Judged:
    """Who is on a list, line by line where it is not clean; with `override` those who are not eligible too."""
    given = {entry.line: entry.roll_no for entry in selection}
    selection = _with_colleges_resolved(tx, bounds, selection)
    ids = [entry.student_id for entry in selection if entry.student_id is not None]
    roll_nos = [entry.roll_no for entry in selection if entry.roll_no is not None]
    wanted = {**bounds, "ids": _array(ids), "roll_nos": roll_nos}
    found = tx.execute(query("publishing", "match"), wanted).one()
    # A mixed list may name a student twice, by roll number and by id; that is looked into line by line.
    clean = found.matched == len(selection) and (
        (not roll_nos and len(set(ids)) == len(ids))
        or (not ids and found.roll_nos == len(set(roll_nos)) == len(roll_nos))
    )
    selected, chosen, problems, counts = found.matched, found.ids, [], {}
    unfit = tx.execute(query("publishing", "unfit"), {**bounds, "ids": chosen}).one()
    if not clean or (unfit.students and not override):
        found = _look_closer(tx, bounds, selection, override)
        selected, chosen, counts = found.selected, found.ids, found.counts
        problems = [_problem(entry, given[entry["line"]]) for entry in found.problems]
        unfit = tx.execute(query("publishing", "unfit"), {**bounds, "ids": chosen}).one()
    number, overridden = (unfit.students, unfit.ids) if override else (0, NOBODY)
    return Judged(selected, chosen, number, overridden, problems, counts)


def amend(
    tx: Connection,
    bounds: Mapping[str, Any],
    add: Sequence[Listed],
    remove: Sequence[Listed],
    *,
    override: bool,
) -> Judged:
    """The applied selection with some students added and others taken out; whoever is on both lists is out.

    Those who are to go and were not there are counted as `not selected`. Raises nobody-selected.
    """
    empty = Judged(0, NOBODY, 0, NOBODY, [], {})
    coming = judge(tx, bounds, add, override=override) if add else empty
    going = judge(tx, bounds, remove, override=True) if remove else empty
    lists = {"added": coming.ids, "override_ids": coming.override_ids, "removed": going.ids}
    made = tx.execute(query("publishing", "amend"), {"drive": bounds["drive"], **lists}).one()
    if not made.selected:
        raise PlaceopsError(
            "nobody-selected",
            f"nobody would be left on the selection of drive {bounds['code']}",
            f"placeops drive pause {bounds['code']} --reason TEXT",
            field="/remove_students",
        )
    counts = Counter(coming.counts) + Counter(going.counts) + Counter({"not selected": made.strangers})
    return replace(
        empty,
        selected=made.selected,
        ids=made.ids,
        overridden=made.overridden,
        override_ids=made.override_ids,
        problems=(coming.problems + going.problems)[:MOST_PROBLEMS],
        counts=dict(counts),
        kept_reason=made.reason,
    )


def _look_closer(
    tx: Connection, bounds: Mapping[str, Any], selection: Sequence[Listed], override: bool
) -> Row[Any]:
    values = {
        "lines": [entry.line for entry in selection],
        "roll_nos": [entry.roll_no for entry in selection],
        "ids": [entry.student_id for entry in selection],
        "override": override,
        "most": MOST_PROBLEMS,
    }
    with joined_by_hash(tx) if len(selection) > LONG_SELECTION else nullcontext():
        return tx.execute(query("publishing", "judge"), {**bounds, **values}).one()


def _array(ids: Sequence[int]) -> str:
    """A PostgreSQL array as text: ten times cheaper to send than a list of 230,000 numbers."""
    return "{" + ",".join(map(str, ids)) + "}"


def _with_colleges_resolved(
    tx: Connection, bounds: Mapping[str, Any], selection: Sequence[Listed]
) -> Sequence[Listed]:
    """The selection with an id for each `COLLEGE:ROLL_NO` that names a student."""
    named = {entry.roll_no for entry in selection if entry.roll_no and ":" in entry.roll_no}
    if not named:
        return selection
    parts = [(name, *name.split(":", 1)) for name in named]
    values = dict(zip(("names", "codes", "roll_nos"), map(list, zip(*parts, strict=True)), strict=True))
    found = tx.execute(query("publishing", "with_college"), values | {"is_test": bounds["is_test"]})
    ids: dict[str | None, int] = {each.name: each.id for each in found}
    return [
        Listed(entry.line, student_id=ids[entry.roll_no]) if entry.roll_no in ids else entry
        for entry in selection
    ]


def _problem(entry: Mapping[str, Any], given: str | None) -> Problem:
    why = reasons(entry["failed_rules"], entry["unknown_rules"]) or None
    return Problem(entry["line"], given or entry["value"], entry["problem"], why)
