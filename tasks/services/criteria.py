"""A drive's criteria: what the rules are, which values they take, how a version is stored."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from sqlalchemy import Connection, select

from sql.tables import colleges, drive_criteria, students
from tasks.errors import PlaceopsError
from tasks.services.students import college_id


@dataclass(frozen=True, slots=True)
class Criteria:
    """The rules of a drive. A rule that is None imposes nothing; one that is 0 is a rule. `colleges` are codes."""

    cgpa_min: Decimal | None = None
    tenth_min: Decimal | None = None
    twelfth_or_diploma_min: Decimal | None = None
    active_backlogs_max: int | None = None
    total_backlogs_max: int | None = None
    branches: tuple[str, ...] = ()
    programmes: tuple[str, ...] = ()
    batch_years: tuple[int, ...] = ()
    colleges: tuple[str, ...] = ()
    genders: tuple[str, ...] = ()
    gender_purpose: str | None = None
    not_debarred: bool = True
    not_placed: bool = False
    placed_ctc_multiple: Decimal | None = None
    on_missing: str = "EXCLUDE"


def load_criteria(tx: Connection, drive_id: int, version: int) -> Criteria:
    """One version of a drive's criteria."""
    match = (drive_criteria.c.drive_id == drive_id) & (drive_criteria.c.version == version)
    row = tx.execute(select(drive_criteria).where(match)).mappings().one()
    codes = tx.scalars(select(colleges.c.code).where(colleges.c.id.in_(row["college_in"] or [])))
    copied = {field.name: row[field.name] for field in fields(Criteria) if field.name in row}
    return Criteria(
        **copied,
        branches=tuple(row["branch_in"] or ()),
        programmes=tuple(row["programme_in"] or ()),
        batch_years=tuple(row["batch_year_in"] or ()),
        colleges=tuple(sorted(codes)),
        genders=tuple(row["gender_in"] or ()),
    )


def invalid(field: str, message: str, fix: str) -> PlaceopsError:
    """An invalid-input error about one field."""
    return PlaceopsError("invalid-input", message, fix, field=f"/{field}")


def check_criteria(criteria: Criteria) -> dict[str, Any]:
    """The columns of a version, but for the colleges. Raises invalid-input naming the rule."""
    ranges: dict[str, int] = {"cgpa_min": 10, "tenth_min": 100, "twelfth_or_diploma_min": 100}
    for name, most in ranges.items():
        value = getattr(criteria, name)
        if value is not None and not (value.is_finite() and 0 <= value <= most):
            example = "7.5 (a percentage is no CGPA)" if most == 10 else "60"
            raise invalid(
                f"criteria/{name}",
                f"`{name}` must be 0 to {most}, not {value}",
                f"give a number such as {example}",
            )
    for name in ("active_backlogs_max", "total_backlogs_max"):
        value = getattr(criteria, name)
        if value is not None and not 0 <= value <= 1000:
            raise invalid(
                f"criteria/{name}",
                f"`{name}` must be 0 to 1000, not {value}",
                "0 allows no backlog; leave it out for no rule",
            )
    if criteria.genders and not (criteria.gender_purpose or "").strip():
        raise invalid(
            "criteria/gender_purpose",
            "a gender rule needs the purpose it serves",
            "say it as `gender_purpose`, such as 'women in tech'",
        )
    if set(criteria.genders) - {"F", "M", "X"}:
        raise invalid("criteria/genders", "`genders` must be F, M or X", "write F, M or X")
    if any(not 1950 <= year <= 2100 for year in criteria.batch_years):
        raise invalid(
            "criteria/batch_years",
            "`batch_years` must be 1950 to 2100",
            "give the year of graduation in four digits",
        )
    multiple = criteria.placed_ctc_multiple
    if multiple is not None and not (criteria.not_placed and multiple.is_finite() and 0 < multiple <= 1000):
        raise invalid(
            "criteria/placed_ctc_multiple",
            "`placed_ctc_multiple` must be above 0, at most 1000, and goes with `not_placed`",
            "give `not_placed` too, and a multiple such as 1.5",
        )
    if criteria.on_missing not in ("EXCLUDE", "REVIEW", "INCLUDE"):
        raise invalid(
            "criteria/on_missing",
            "`on_missing` must be EXCLUDE, REVIEW or INCLUDE",
            "say what becomes of students whose value is unknown",
        )
    for name in ("branches", "programmes"):
        if any(not word.strip() or "\0" in word for word in getattr(criteria, name)):
            raise invalid(f"criteria/{name}", f"an empty name is among the `{name}`", "leave it out")
    copied = asdict(criteria)
    for name in ("branches", "programmes", "batch_years", "colleges", "genders"):
        del copied[name]
    lists = {
        "branch_in": criteria.branches,
        "programme_in": criteria.programmes,
        "batch_year_in": criteria.batch_years,
        "gender_in": criteria.genders,
    }
    return copied | {name: list(listed) or None for name, listed in lists.items()}


def college_ids(tx: Connection, criteria: Criteria) -> list[int] | None:
    """The ids of the colleges that may apply, None for all. Raises invalid-input for an unknown code."""
    if not criteria.colleges:
        return None
    try:
        return [college_id(tx, code) for code in criteria.colleges]
    except PlaceopsError as error:
        raise invalid("criteria/colleges", error.message, error.fix) from error


def unknown_names(tx: Connection, criteria: Criteria) -> list[str]:
    """A sentence for each branch and programme that no student has: a slip of the pen, or one that is yet to come."""
    told = []
    for field, names in {"branch": criteria.branches, "programme": criteria.programmes}.items():
        column = students.c[field]
        used = set(tx.scalars(select(column).where(column.in_(names)).distinct())) if names else set()
        if used.issuperset(names):
            continue
        known = sorted(tx.scalars(select(column).where(column.is_not(None)).distinct()))
        told += [
            f"no student has the {field} {name!r}{_nearest(name, known)}"
            for name in names
            if name not in used
        ]
    return told


def _nearest(name: str, known: list[str]) -> str:
    by_folded = {word.casefold(): word for word in known}
    near = [by_folded[word] for word in get_close_matches(name.casefold(), by_folded, n=2)]
    if near:
        return f"; did you mean {' or '.join(near)}?"
    return f"; known: {', '.join(known[:10])}{', …' if len(known) > 10 else ''}" if known else ""
