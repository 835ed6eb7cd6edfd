"""What an offer may hold, and which status follows which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from tasks.errors import PlaceopsError

KINDS = ("DRIVE", "PPO", "OFF_CAMPUS")
MOVES: Mapping[str, tuple[str, ...]] = {
    "OFFERED": ("ACCEPTED", "DECLINED", "REVOKED"),
    "ACCEPTED": ("DECLINED", "REVOKED"),
    "DECLINED": ("OFFERED",),
    "REVOKED": ("OFFERED",),
}
"""Everything after the first answer takes a reason."""
STATUSES = tuple(MOVES)
PAY = ("ctc_fixed", "ctc_variable", "ctc_total")
DATES = ("offered_on", "joins_on")
MOST_RUPEES = 10**12
MOST_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class NewOffer:
    """An offer to a student (a roll number): of a drive, or of a company as PPO or OFF_CAMPUS.

    Money in whole rupees a year, None is unknown.
    """

    student: str
    college: str | None = None
    drive: str | None = None
    kind: str = "DRIVE"
    company: str | None = None
    ctc_fixed: int | None = None
    ctc_variable: int | None = None
    ctc_total: int | None = None
    status: str = "OFFERED"
    offered_on: date | None = None
    joins_on: date | None = None


def checked_new(new: NewOffer) -> dict[str, object]:
    """The columns of a new offer but for its student and drive. Raises invalid-input naming the field."""
    if new.kind not in KINDS:
        raise _invalid("kind", f"no such kind: {new.kind!r}", f"one of {', '.join(KINDS)}")
    if (new.kind == "DRIVE") != (new.drive is not None):
        raise _invalid(
            "drive",
            "an offer of the kind DRIVE needs its drive, the others have none",
            "give `drive`, or `kind` PPO or OFF_CAMPUS",
        )
    company = (new.company or "").strip() or None
    if (
        (company is None and new.drive is None)
        or len(company or "") > MOST_CHARACTERS
        or "\0" in (company or "")
    ):
        raise _invalid(
            "company", f"`company` must be 1 to {MOST_CHARACTERS} characters", "say who makes the offer"
        )
    values: dict[str, object] = {name: getattr(new, name) for name in ("status", *PAY, *DATES)}
    if new.ctc_total is None and new.ctc_fixed is not None and new.ctc_variable is not None:
        values["ctc_total"] = new.ctc_fixed + new.ctc_variable
    return {"kind": new.kind, "company": company} | checked_changes(values)


def checked_changes(
    changes: Mapping[str, object], *, beside: Mapping[str, object] | None = None
) -> dict[str, object]:
    """The values themselves; `beside` holds what stays as it is. Raises invalid-input naming the field."""
    for name, value in changes.items():
        if name == "status":
            if value not in STATUSES:
                raise _invalid("status", f"no such status: {value!r}", f"one of {', '.join(STATUSES)}")
        elif name in PAY:
            if value is not None and not (isinstance(value, int) and 0 <= value <= MOST_RUPEES):
                raise _invalid(
                    name,
                    f"`{name}` must be 0 to {MOST_RUPEES} rupees a year, not {value}",
                    "give whole rupees a year, such as 650000",
                )
        elif name in DATES:
            if value is not None and not (isinstance(value, date) and 1970 < value.year < 2200):
                raise _invalid(
                    name, f"`{name}` must be between 1971 and 2199", "write the date like 2026-12-01"
                )
        else:
            raise _invalid(name, f"{name!r} of an offer cannot be changed", "record another offer")
    _check_together(dict(beside or {}) | dict(changes), set(changes))
    return dict(changes)


def require_status_move(offer_id: int, old: str, new: str, reason: str | None) -> None:
    """Raises offer-state for a move that the status does not allow, invalid-input for one that lacks its reason."""
    if new not in MOVES[old]:
        moves = ", ".join(MOVES[old])
        raise PlaceopsError(
            "offer-state",
            f"offer {offer_id} is {old} and cannot become {new}; it can become: {moves}",
            f"placeops offer show {offer_id}",
            details={"status": old, "allowed_moves": list(MOVES[old])},
        )
    if old != "OFFERED" and reason is None:
        raise _invalid("reason", f"an offer that is {old} moves on with a reason only", "give it as `reason`")


def _check_together(values: Mapping[str, object], given: set[str]) -> None:
    fixed, variable, total = (values.get(name) for name in PAY)
    parts = [part for part in (fixed, variable) if isinstance(part, int)]
    if isinstance(total, int) and sum(parts) > total and given & set(PAY):
        raise _invalid(
            "ctc_total",
            f"`ctc_total` {total} is less than its parts, {sum(parts)}",
            "give the whole sum, or leave out what is unknown",
        )
    offered, joins = (values.get(name) for name in DATES)
    if isinstance(offered, date) and isinstance(joins, date) and joins < offered and given & set(DATES):
        raise _invalid("joins_on", "`joins_on` lies before `offered_on`", "swap them, or leave one out")


def _invalid(field: str, message: str, fix: str) -> PlaceopsError:
    return PlaceopsError("invalid-input", message, fix, field=f"/{field}")
