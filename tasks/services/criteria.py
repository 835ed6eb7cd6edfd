"""A drive's criteria: what the rules are, which values they take, how a version is stored."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, select

from sql.tables import colleges, drive_criteria
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


def invalid(field: str, message: str, fix: str | None = None) -> PlaceopsError:
    """An invalid-input error about one field."""
    return PlaceopsError("invalid-input", message, fix, field=f"/{field}")


def check_criteria(criteria: Criteria) -> dict[str, Any]:
    """The columns of a version, but for the colleges. Raises invalid-input naming the rule."""
    ranges: dict[str, int] = {"cgpa_min": 10, "tenth_min": 100, "twelfth_or_diploma_min": 100}
    for name, most in ranges.items():
        value = getattr(criteria, name)
        if value is not None and not (value.is_finite() and 0 <= value <= most):
            raise invalid(f"criteria/{name}", f"{name} must be 0 to {most}, not {value}")
    for name in ("active_backlogs_max", "total_backlogs_max"):
        value = getattr(criteria, name)
        if value is not None and not 0 <= value <= 1000:
            raise invalid(f"criteria/{name}", f"{name} must be 0 to 1000, not {value}")
    if criteria.genders and not (criteria.gender_purpose or "").strip():
        raise invalid(
            "criteria/gender_purpose",
            "a gender rule needs the purpose it serves",
            "--gender-purpose 'women in tech'",
        )
    if set(criteria.genders) - {"F", "M", "X"}:
        raise invalid("criteria/genders", "genders are F, M and X")
    if any(not 1950 <= year <= 2100 for year in criteria.batch_years):
        raise invalid("criteria/batch_years", "batch years are 1950 to 2100")
    multiple = criteria.placed_ctc_multiple
    if multiple is not None and not (criteria.not_placed and multiple.is_finite() and 0 < multiple <= 1000):
        raise invalid(
            "criteria/placed_ctc_multiple", "placed_ctc_multiple must be above 0 and goes with not_placed"
        )
    if criteria.on_missing not in ("EXCLUDE", "REVIEW", "INCLUDE"):
        raise invalid("criteria/on_missing", "on_missing is EXCLUDE, REVIEW or INCLUDE")
    words = {"branch_in": criteria.branches, "programme_in": criteria.programmes}
    for name, listed in words.items():
        if any(not word.strip() or "\0" in word for word in listed):
            raise invalid(f"criteria/{name}", "an empty name is in the list")
    copied = asdict(criteria)
    for name in ("branches", "programmes", "batch_years", "colleges", "genders"):
        del copied[name]
    lists = words | {"batch_year_in": criteria.batch_years, "gender_in": criteria.genders}
    return copied | {name: list(listed) or None for name, listed in lists.items()}


def college_ids(tx: Connection, criteria: Criteria) -> list[int] | None:
    """The ids of the colleges that may apply, None for all. Raises invalid-input for an unknown code."""
    if not criteria.colleges:
        return None
    try:
        return [college_id(tx, code) for code in criteria.colleges]
    except PlaceopsError as error:
        raise invalid("criteria/colleges", error.message, error.fix) from error
