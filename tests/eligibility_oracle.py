"""The eligibility rules once more, in plain Python, and ugly students to try both on."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

WORDS = ["CSE", " cse ", "Cse", "ECE", "A,B", 'A"B', "A\\B", "{x}", "NULL", "=cmd", "மெக்", "e c e"]
CGPAS = [Decimal(text) for text in ("0", "6.99", "7.00", "7.01", "10")]
MARKS = [Decimal(text) for text in ("0", "59.99", "60", "60.01", "100")]
MONEY = [0, 500_000, 999_999, 1_000_000, 1_500_000]


@dataclass(frozen=True)
class Case:
    """Criteria of a drive, students to judge by them, and the CTCs of the offers that each accepted."""

    criteria: dict[str, Any]
    ctc: tuple[int | None, int | None]
    students: list[dict[str, Any]]
    accepted: list[list[int | None]] = field(default_factory=list)


def outcomes(
    criteria: dict[str, Any],
    student: dict[str, Any],
    ctc: tuple[int | None, int | None],
    accepted: list[int | None],
) -> dict[str, bool | None]:
    """Each rule that the criteria impose: True passes, False fails, None is unknown."""
    found: dict[str, bool | None] = {}
    lateral = student["admission_type"] == "LATERAL"
    first, second = ("diploma_pct", "twelfth_pct") if lateral else ("twelfth_pct", "diploma_pct")
    school = student[first] if student[first] is not None else student[second]
    for rule, value in (
        ("cgpa_min", student["cgpa"]),
        ("tenth_min", student["tenth_pct"]),
        ("twelfth_or_diploma_min", school),
    ):
        if criteria[rule] is not None:
            found[rule] = None if value is None else value >= criteria[rule]
    for rule in ("active_backlogs", "total_backlogs"):
        if criteria[f"{rule}_max"] is not None:
            found[f"{rule}_max"] = None if student[rule] is None else student[rule] <= criteria[f"{rule}_max"]
    for rule in ("branch", "programme", "batch_year", "college", "gender"):
        allowed = criteria[f"{rule}_in"]
        if allowed is not None:
            value = student["college_id" if rule == "college" else rule]
            found[f"{rule}_in"] = (
                None if value is None else _plain(value) in [_plain(word) for word in allowed]
            )
    if criteria["not_debarred"]:
        found["not_debarred"] = not student["debarred"]
    if criteria["not_placed"]:
        found["not_placed"] = _not_placed(criteria["placed_ctc_multiple"], student["placed"], ctc, accepted)
    return found


def verdict(found: dict[str, bool | None], on_missing: str) -> str:
    """What the rules come to."""
    if False in found.values():
        return "not"
    if None in found.values():
        return {"EXCLUDE": "not", "REVIEW": "review", "INCLUDE": "eligible"}[on_missing]
    return "eligible"


def _plain(value: Any) -> Any:
    return value.strip(" ").lower() if isinstance(value, str) else value


def _not_placed(
    multiple: Decimal | None, flag: bool, ctc: tuple[int | None, int | None], accepted: list[int | None]
) -> bool | None:
    if not flag and not accepted:
        return True
    if multiple is None:
        return False
    offered = ctc[0] if ctc[0] is not None else ctc[1]
    known = [amount for amount in accepted if amount is not None]
    if offered is None or not accepted:
        return None
    if any(offered < multiple * amount for amount in known):
        return False
    return True if len(known) == len(accepted) else None


def _maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


def _lists(values: list[Any]) -> st.SearchStrategy[Any]:
    return _maybe(st.lists(st.sampled_from(values), min_size=1, max_size=4))


def criteria(college_ids: list[int]) -> st.SearchStrategy[dict[str, Any]]:
    """Any criteria: each rule absent, 0, on a cut-off or between two values that a mark can have."""
    rules = {
        "cgpa_min": _maybe(st.sampled_from([*CGPAS, Decimal("6.995"), Decimal("7")])),
        "tenth_min": _maybe(st.sampled_from([*MARKS, Decimal("59.995")])),
        "twelfth_or_diploma_min": _maybe(st.sampled_from([*MARKS, Decimal("60.005")])),
        "active_backlogs_max": _maybe(st.sampled_from([0, 1, 50_000])),
        "total_backlogs_max": _maybe(st.sampled_from([0, 2])),
        "branch_in": _lists(WORDS),
        "programme_in": _lists(WORDS),
        "batch_year_in": _lists([2026, 2027]),
        "college_in": _lists(college_ids),
        "gender_in": _lists(["F", "M", "X"]),
        "not_debarred": st.booleans(),
        "placed": st.sampled_from(
            [(False, None), (True, None), *((True, Decimal(n)) for n in ("1", "1.5", "0.001"))]
        ),
        "on_missing": st.sampled_from(["EXCLUDE", "REVIEW", "INCLUDE"]),
    }
    return st.fixed_dictionaries(rules).map(_with_purpose)


def _with_purpose(drawn: dict[str, Any]) -> dict[str, Any]:
    not_placed, multiple = drawn.pop("placed")
    purpose = None if drawn["gender_in"] is None else "women in technology"
    return drawn | {"not_placed": not_placed, "placed_ctc_multiple": multiple, "gender_purpose": purpose}


def student(college_ids: list[int]) -> st.SearchStrategy[dict[str, Any]]:
    """A student on, beside or without every cut-off."""
    return st.fixed_dictionaries(
        {
            "college_id": st.sampled_from(college_ids),
            "gender": _maybe(st.sampled_from(["F", "M", "X"])),
            "programme": _maybe(st.sampled_from(WORDS)),
            "branch": _maybe(st.sampled_from(WORDS)),
            "batch_year": _maybe(st.sampled_from([2026, 2027])),
            "admission_type": st.sampled_from(["REGULAR", "LATERAL"]),
            "cgpa": _maybe(st.sampled_from(CGPAS)),
            "tenth_pct": _maybe(st.sampled_from(MARKS)),
            "twelfth_pct": _maybe(st.sampled_from(MARKS)),
            "diploma_pct": _maybe(st.sampled_from(MARKS)),
            "active_backlogs": _maybe(st.sampled_from([0, 1, 2])),
            "total_backlogs": _maybe(st.sampled_from([0, 2, 3])),
            "placed": st.booleans(),
            "debarred": st.booleans(),
        }
    )


def cases(college_ids: list[int], size: int) -> st.SearchStrategy[Case]:
    """Criteria, a CTC range and up to `size` students with their accepted offers."""
    low_high = st.tuples(_maybe(st.sampled_from(MONEY)), _maybe(st.sampled_from(MONEY)))
    ordered = low_high.map(lambda pair: pair if None in pair else (min(pair), max(pair)))
    offers = st.lists(_maybe(st.sampled_from(MONEY)), max_size=2)
    each = st.lists(st.tuples(student(college_ids), offers), min_size=1, max_size=size)
    return st.builds(
        lambda rules, ctc, drawn: Case(rules, ctc, [s for s, _ in drawn], [o for _, o in drawn]),
        criteria(college_ids),
        ordered,
        each,
    )
