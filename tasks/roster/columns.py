"""Which column of a roster is which: header names are matched loosely, a mapping settles the rest."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tasks.errors import PlaceopsError
from tasks.roster.problems import shown

FIELDS: Mapping[str, str] = {
    "roll_no": "roll rollno rollnumber regno regdno regnumber registerno registernumber registrationno "
    "registrationnumber enrolmentno enrolmentnumber enrollmentno enrollmentnumber usn prn hallticketno "
    "hallticketnumber htno universityrollno universityregno",
    "name": "name fullname",
    "college": "college collegecode institute institutecode institution institutioncode campus",
    "email": "email emailid emailaddress mail mailid",
    "phone": "phone phoneno phonenumber mobile mobileno mobilenumber contact contactno contactnumber cell "
    "cellphone mobilephone whatsapp whatsappno whatsappnumber",
    "gender": "gender sex",
    "programme": "programme program degree course",
    "branch": "branch department dept discipline stream specialisation specialization",
    "batch_year": "batch batchyear passingyear yearpassing passoutyear passout passedoutyear yop "
    "graduationyear yeargraduation",
    "admission_type": "admissiontype admissionmode entrytype modeadmission lateral lateralentry",
    "cgpa": "cgpa cgpa10 cgpaout10 currentcgpa overallcgpa ugcgpa cpi cgpi ogpa gpa",
    "tenth_pct": "10 10th x xth tenth ssc sslc class10 class10th classx 10std 10thstd matric matriculation",
    "twelfth_pct": "12 12th xii xiith twelfth hsc class12 class12th classxii 12std 12thstd puc intermediate "
    "inter",
    "diploma_pct": "diploma",
    "active_backlogs": "activebacklogs activebacklog backlogs backlog currentbacklogs currentbacklog "
    "livebacklogs standingbacklogs nobacklogs noactivebacklogs arrears arrear activearrears currentarrears "
    "standingarrears noarrears noactivearrears activekt activekts livekt livekts",
    "total_backlogs": "totalbacklogs totalbacklog historybacklogs backloghistory backlogshistory "
    "nototalbacklogs totalarrears historyarrears arrearhistory arrearshistory",
    "placed": "placed isplaced alreadyplaced placementstatus",
    "debarred": "debarred isdebarred blacklisted",
}
"""The fields of a student and the header names they go by, as `_key` spells them."""

_SAID = {
    "roll_no": "roll number",
    "cgpa": "CGPA",
    "tenth_pct": "10th %",
    "twelfth_pct": "12th %",
    "diploma_pct": "diploma %",
}

REQUIRED = ("roll_no", "name")

_NOISE = frozenset(
    {"pct", "percent", "percentage", "marks", "mark", "score", "aggregate", "of", "the", "in"}
    | {"student", "students", "candidate", "candidates"}
)
_FIELD_OF = {key: field for field, keys in FIELDS.items() for key in keys.split()}


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each field is found (index into a row) and under which header; and the headers left over."""

    index: Mapping[str, int]
    header: Mapping[str, str]
    ignored: list[str]


def match_columns(header: Sequence[str], mapping: Mapping[str, str]) -> Columns:
    """Match the header's cells to fields; `mapping` (field -> header name) goes before what names suggest.

    Raises invalid-input for a mapping that names no field or no column, roster-rejected when two columns
    claim one field or a required one is missing; each with the file's `columns` in its details.
    """
    index = {field: _mapped(header, field, theirs) for field, theirs in mapping.items()}
    taken = set(index.values())
    for position, name in enumerate(header):
        field = _FIELD_OF.get(_key(name))
        if field is None or field in mapping or position in taken:
            continue
        if field in index:
            raise _two_columns(field, header[index[field]], name, header)
        index[field] = position
    for field in REQUIRED:
        if field not in index:
            raise _missing(field, header)
    used = set(index.values())
    ignored = [shown(name) for position, name in enumerate(header) if position not in used and name.strip()]
    return Columns(index, {field: shown(_tidy(header[at])) for field, at in index.items()}, ignored)


def _mapped(header: Sequence[str], field: str, theirs: str) -> int:
    if field not in FIELDS:
        raise PlaceopsError(
            "invalid-input", f"{shown(field)!r} is no field of a student", f"fields: {', '.join(FIELDS)}",
            field="/map",
        )  # fmt: skip
    for spelling in (str, _tidy, _key):
        wanted = spelling(theirs)
        found = [position for position, name in enumerate(header) if wanted and spelling(name) == wanted]
        if len(found) == 1:
            return found[0]
        if found:
            break
    trouble = "is the name of several columns" if found else "is no column of the file"
    fix = f"columns: {_listed(header)}"
    raise PlaceopsError(
        "invalid-input",
        f"{shown(theirs)!r} {trouble}",
        fix,
        field=f"/map/{field}",
        details={"columns": _names(header)},
    )


def _two_columns(field: str, one: str, other: str, header: Sequence[str]) -> PlaceopsError:
    if _tidy(one) == _tidy(other):
        fix = "rename one of them, or take it out of the file"
    else:
        fix = f"say which one it is: `map` {field}={_quoted(one)}"
    both = f"{shown(_tidy(one))!r} and {shown(_tidy(other))!r}"
    return PlaceopsError(
        "roster-rejected",
        f"two columns look like the {_said(field)}: {both}",
        fix,
        field=f"/map/{field}",
        details={"columns": _names(header)},
    )


def _missing(field: str, header: Sequence[str]) -> PlaceopsError:
    fix = f"name it: `map` {field}=COLUMN, with one of the file's columns: {_listed(header)}"
    return PlaceopsError(
        "roster-rejected",
        f"no column looks like the {_said(field)}",
        fix,
        field=f"/map/{field}",
        details={"columns": _names(header)},
    )


def _said(field: str) -> str:
    """A field within a sentence."""
    return _SAID.get(field) or field.replace("_", " ")


def _listed(header: Sequence[str]) -> str:
    names = _names(header)
    return ", ".join(names[:30]) + (", …" if len(names) > 30 else "")


def _names(header: Sequence[str]) -> list[str]:
    return [shown(_tidy(name)) for name in header if name.strip()]


def _quoted(name: str) -> str:
    plain = shown(_tidy(name))
    return plain if re.fullmatch(r"[\w./-]+", plain) else f'"{plain}"'


def _tidy(name: str) -> str:
    return " ".join(name.split()).strip("\ufeff")


def _key(name: str) -> str:
    words = re.findall(r"[^\W_]+", name.casefold().replace("e-mail", "email"))
    return "".join(word for word in words if word not in _NOISE) or "".join(words)
