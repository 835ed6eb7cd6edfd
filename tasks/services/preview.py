"""What criteria would do before anybody stores them: how many they let through, and whom missing data costs."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection

from sql.engine import transaction
from sql.planning import planned_for_its_values
from sql.queries import query
from tasks.actor import Actor
from tasks.permissions import Grant
from tasks.services import access
from tasks.services.criteria import Criteria, check_criteria, college_ids, unknown_names
from tasks.services.eligibility import tally_of


@dataclass(frozen=True, slots=True)
class EligibilityPreview:
    """Who would meet the criteria today, in numbers of students; the members are those of the summary of a drive.

    `warnings` names branches and programmes that no student has.
    """

    students: int
    verdicts: dict[str, int]
    failed_rules: dict[str, int]
    unknown_rules: dict[str, int]
    only_missing: dict[str, int]
    missing_several: int
    warnings: list[str]


def preview_eligibility(
    actor: Actor,
    criteria: Criteria,
    *,
    drive: str | None = None,
    ctc_min: int | None = None,
    ctc_max: int | None = None,
) -> EligibilityPreview:
    """Count by the rules that a drive with these criteria would have; nothing is stored.

    With `drive`, as if it were that one: its students, and its pay unless another is given. Whoever has a scope gets
    the students in it, unless the drive is wholly theirs. Raises forbidden, not-found, invalid-input naming the rule.
    """
    everybody = access.require(actor, "eligibility.read") is Grant.ALL
    rules = check_criteria(criteria)
    pay, is_test = (ctc_max if ctc_min is None else ctc_min), False
    with transaction(read_only=True) as tx:
        if drive is not None:
            found = access.drive_in_sight(tx, actor, drive, "eligibility.read")
            everybody = everybody or found.whole
            is_test = found.row["is_test"]
            if pay is None:
                pay = found.row["ctc_max"] if found.row["ctc_min"] is None else found.row["ctc_min"]
        rules |= {"college_in": college_ids(tx, criteria)}
        values = _bounds(actor, everybody) | {"drive_ctc": pay, "is_test": is_test}
        values["rules"] = _as_value(tx, rules)
        with planned_for_its_values(tx):
            tally = tally_of(tx.execute(query("eligibility", "preview"), values).all())
        return EligibilityPreview(**asdict(tally), warnings=unknown_names(tx, criteria))


def _bounds(actor: Actor, everybody: bool) -> dict[str, Any]:
    """The students that are counted; without colleges and branches in the scope nobody."""
    colleges, branches = list(actor.scope.colleges), list(actor.scope.branches)
    return {
        "everybody": everybody,
        "scope_colleges": colleges if colleges or not branches else None,
        "scope_branches": branches or None,
    }


def _as_value(tx: Connection, rules: dict[str, Any]) -> str:
    text = json.dumps(rules, default=str)
    return str(tx.execute(query("eligibility", "unsaved_rules"), {"criteria": text}).scalar_one())
