"""The eligibility rules in words, in the order of the bits of `failed_rules` and `unknown_rules`.

What a rule means is defined once, in SQL (`students_against`); nothing here decides anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

LABELS: Mapping[str, str] = {
    "cgpa_min": "CGPA",
    "tenth_min": "10th %",
    "twelfth_or_diploma_min": "12th or diploma %",
    "active_backlogs_max": "active backlogs",
    "total_backlogs_max": "total backlogs",
    "branch_in": "branch",
    "programme_in": "programme",
    "batch_year_in": "batch year",
    "college_in": "college",
    "gender_in": "gender",
    "not_debarred": "debarment",
    "not_placed": "placement",
}
_COLUMNS = {
    "cgpa_min": "cgpa",
    "tenth_min": "tenth_pct",
    "active_backlogs_max": "active_backlogs",
    "total_backlogs_max": "total_backlogs",
    "branch_in": "branch",
    "programme_in": "programme",
    "batch_year_in": "batch_year",
    "college_in": "college",
    "gender_in": "gender",
}


@dataclass(frozen=True, slots=True)
class Judged:
    """One rule that a drive imposes, for one student: PASS, FAIL or UNKNOWN.

    `value` is None when it is unknown; `remedy` says what would have made the rule pass, None when it does.
    """

    rule: str
    label: str
    outcome: str
    value: str | None
    threshold: str
    remedy: str | None


def names_of(mask: int) -> list[str]:
    """The rules whose bits are set."""
    return [name for bit, name in enumerate(LABELS) if mask >> bit & 1]


def reasons(failed: int, unknown: int) -> str:
    """Both masks in words, such as `CGPA, 12th or diploma % missing`."""
    missing = (f"{LABELS[name]} missing" for name in names_of(unknown))
    return ", ".join([*(LABELS[name] for name in names_of(failed)), *missing])


def judge(
    criteria: Mapping[str, Any],
    student: Mapping[str, Any],
    standing: Mapping[str, Any],
    codes: Mapping[int, str],
) -> list[Judged]:
    """The rules that these criteria impose.

    `standing` has the student's masks and the CTC of the accepted offer, `codes` the colleges' codes by id.
    """
    failed, unknown = names_of(standing["failed_rules"]), names_of(standing["unknown_rules"])
    judged = []
    for rule, label in LABELS.items():
        if criteria[rule] is None or criteria[rule] is False:
            continue
        outcome = "FAIL" if rule in failed else "UNKNOWN" if rule in unknown else "PASS"
        threshold = _threshold(rule, criteria, codes)
        value = _value(rule, outcome, student, standing["accepted_ctc"])
        remedy = (
            None
            if outcome == "PASS"
            else _remedy(rule, outcome, threshold, criteria, standing["accepted_ctc"])
        )
        judged.append(Judged(rule, label, outcome, value, threshold, remedy))
    return judged


def _threshold(rule: str, criteria: Mapping[str, Any], codes: Mapping[int, str]) -> str:
    limit = criteria[rule]
    if rule.endswith("_min"):
        return f"at least {limit}"
    if rule.endswith("_max"):
        return f"at most {limit}"
    if rule.endswith("_in"):
        words = [codes.get(word, str(word)) if rule == "college_in" else str(word) for word in limit]
        return f"one of {', '.join(words)}" if len(words) > 1 else words[0]
    if rule == "not_debarred":
        return "not debarred"
    multiple = criteria["placed_ctc_multiple"]
    return (
        "not placed"
        if multiple is None
        else f"not placed, or the drive's CTC at least {multiple} × the accepted one"
    )


def _value(rule: str, outcome: str, student: Mapping[str, Any], accepted_ctc: int | None) -> str | None:
    if rule == "twelfth_or_diploma_min":
        marks = {"12th": student["twelfth_pct"], "diploma": student["diploma_pct"]}
        return ", ".join(f"{name} {mark}" for name, mark in marks.items() if mark is not None) or None
    if rule == "not_debarred":
        return "debarred" if student["debarred"] else "not debarred"
    if rule == "not_placed":
        if accepted_ctc is not None:
            return f"placed, {accepted_ctc:,} rupees a year"
        return "placed, CTC unknown" if student["placed"] or outcome != "PASS" else "not placed"
    value = student[_COLUMNS[rule]]
    return None if value is None else str(value)


def _remedy(
    rule: str, outcome: str, threshold: str, criteria: Mapping[str, Any], accepted_ctc: int | None
) -> str:
    if rule == "not_debarred":
        return "the debarment lifted"
    if rule == "not_placed":
        if outcome == "UNKNOWN":
            return "the CTC of the drive and of every accepted offer on record"
        if accepted_ctc is None or criteria["placed_ctc_multiple"] is None:
            return "no accepted offer, and no mark as placed"
        return (
            f"a drive CTC of at least {ceil(criteria['placed_ctc_multiple'] * accepted_ctc):,} rupees a year"
        )
    on_record = "on record, " if outcome == "UNKNOWN" else ""
    return f"{LABELS[rule]} {on_record}{threshold}"
