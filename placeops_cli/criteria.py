"""A drive's rules, from flags or from a file. What a rule means, and whether it can be, is the service's business."""

from __future__ import annotations

import json
import tomllib
from dataclasses import asdict, dataclass, fields
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from placeops_cli.reading import number, whole
from placeops_cli.rolls import decoded
from tasks.errors import PlaceopsError

if TYPE_CHECKING:
    from tasks.services.criteria import Criteria

_KINDS = {
    "Decimal": "a number",
    "int": "a whole number",
    "tuple[str,": "a list of texts",
    "tuple[int,": "a list of whole numbers",
    "bool": "true or false",
}


RulesFile = Annotated[
    str | None,
    typer.Option("--criteria", metavar="FILE", help="The rules in a TOML or JSON file; flags win."),
]


@dataclass(frozen=True, slots=True)
class CriteriaFlags:
    """The rules as options; one that is not given imposes nothing, 0 is a rule."""

    cgpa_min: Annotated[
        Decimal | None, typer.Option("--cgpa-min", metavar="N", parser=number, help="Least CGPA, 0 to 10.")
    ] = None
    tenth_min: Annotated[
        Decimal | None, typer.Option("--tenth-min", metavar="PCT", parser=number, help="Least 10th %.")
    ] = None
    twelfth_or_diploma_min: Annotated[
        Decimal | None,
        typer.Option(
            "--twelfth-or-diploma-min",
            metavar="PCT",
            parser=number,
            help="Least 12th %, or diploma % where there is no 12th.",
        ),
    ] = None
    active_backlogs_max: Annotated[
        int | None,
        typer.Option("--active-backlogs-max", metavar="N", parser=whole(0, 1000), help="Most backlogs now."),
    ] = None
    total_backlogs_max: Annotated[
        int | None,
        typer.Option("--total-backlogs-max", metavar="N", parser=whole(0, 1000), help="Most backlogs ever."),
    ] = None
    branches: Annotated[
        list[str] | None, typer.Option("--branch", metavar="NAME", help="A branch that may apply; repeat it.")
    ] = None
    programmes: Annotated[
        list[str] | None,
        typer.Option("--programme", metavar="NAME", help="A programme that may apply; repeat it."),
    ] = None
    batch_years: Annotated[
        list[int] | None,
        typer.Option(
            "--batch-year",
            metavar="YEAR",
            parser=whole(1950, 2100),
            help="A batch that may apply; repeat it.",
        ),
    ] = None
    colleges: Annotated[
        list[str] | None,
        typer.Option("--college", metavar="CODE", help="A college that may apply; repeat it."),
    ] = None
    genders: Annotated[
        list[str] | None,
        typer.Option("--gender", metavar="F|M|X", help="A gender that may apply; needs --gender-purpose."),
    ] = None
    gender_purpose: Annotated[
        str | None, typer.Option("--gender-purpose", metavar="TEXT", help="The purpose of a gender rule.")
    ] = None
    allow_debarred: Annotated[bool, typer.Option("--allow-debarred", help="Debarred students may apply.")] = (
        False
    )
    not_placed: Annotated[bool, typer.Option("--not-placed", help="Placed students may not apply …")] = False
    placed_ctc_multiple: Annotated[
        Decimal | None,
        typer.Option(
            "--placed-ctc-multiple",
            metavar="N",
            parser=number,
            help="… unless the drive pays N times what they accepted.",
        ),
    ] = None
    on_missing: Annotated[
        Literal["EXCLUDE", "REVIEW", "INCLUDE"] | None,
        typer.Option(
            "--on-missing", help="What becomes of a student whose value is unknown; EXCLUDE by default."
        ),
    ] = None


def given_rules(flags: CriteriaFlags, file: str | None) -> dict[str, Any]:
    """The rules of the file with those of the flags over them, by name. Raises file-unreadable, invalid-input."""
    given: dict[str, Any] = {}
    for name, value in asdict(flags).items():
        if _imposes(value):
            given[name] = tuple(value) if isinstance(value, list) else value
    if given.pop("allow_debarred", False):
        given["not_debarred"] = False
    return (_from_file(file) if file else {}) | given


def rules_of(criteria: Criteria) -> dict[str, object]:
    """The rules that impose something, by name."""
    return {name: value for name, value in asdict(criteria).items() if _imposes(value)}


def _imposes(value: object) -> bool:
    # By identity: 0 == False, and a rule of 0 is a rule.
    return value is not None and value is not False and value != () and value != []


def _from_file(file: str) -> dict[str, Any]:
    from pydantic import TypeAdapter, ValidationError

    from tasks.services.criteria import Criteria

    rules = _parsed(file)
    known = [field.name for field in fields(Criteria)]
    for name in rules:
        if name not in known:
            raise PlaceopsError(
                "invalid-input", f"{file}: no such rule: {name}", f"rules: {', '.join(known)}"
            )
    try:
        found = TypeAdapter(Criteria).validate_python(rules)
        return {name: getattr(found, name) for name in rules}
    except ValidationError as error:
        first = error.errors()[0]
        where = "/".join(str(part) for part in first["loc"])
        kind = _KINDS.get(
            str(Criteria.__dataclass_fields__[str(first["loc"][0])].type).split(" ")[0], "a text"
        )
        raise PlaceopsError(
            "invalid-input",
            f"{file}: {where} must be {kind}, not {first['input']!r}",
            "correct it in the file",
            field=f"/criteria/{where}",
        ) from None


def _parsed(file: str) -> dict[str, Any]:
    try:
        text = decoded(Path(file).read_bytes(), file)
        found = _json(text) if file.endswith(".json") else tomllib.loads(text, parse_float=Decimal)
    except OSError as error:
        raise PlaceopsError(
            "file-unreadable", f"{file}: {error.strerror}", "name a file that can be read, in TOML or JSON"
        ) from None
    except ValueError as error:
        raise PlaceopsError(
            "file-unreadable", f"{file}: {error}", "write it as TOML, or as JSON in a .json file"
        ) from None
    if not isinstance(found, dict):
        raise PlaceopsError(
            "invalid-input", f"{file}: the rules are not one object", 'write it like {"cgpa_min": 7.5}'
        )
    return found


def _json(text: str) -> Any:
    return json.loads(text, parse_float=Decimal)
