"""What errors and fixes call things on this door: inputs in plain words, acts by the request that does them.

Which member of a body an error is about says its pointer; the sentence is read by people too, in the console.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from itertools import takewhile
from typing import Any
from urllib.parse import quote

from tasks.errors import PlaceopsError, named_inputs

NO_NUL = r"^[^\x00]*$"
"""What PostgreSQL can store."""

REQUESTS = {
    "drive list": "GET /drives",
    "drive create": "POST /drives",
    "drive show": "GET /drives/{}",
    "drive create --copy-from": "POST /drives/{}/copy",
    "drive update": "PATCH /drives/{}",
    "drive publish": "POST /drives/{}/publish",
    "drive extend": "POST /drives/{}/extend",
    "drive pause": "POST /drives/{}/pause",
    "drive resume": "POST /drives/{}/resume",
    "drive cancel": "POST /drives/{}/cancel",
    "drive eligible": "POST /drives/{}/eligibility",
    "drive preview": "POST /eligibility/preview",
    "drive candidates": "GET /drives/{}/candidates",
    "drive why": "GET /drives/{}/why?student={}",
    "student list": "GET /students",
    "student show": "GET /students/lookup?roll_no={}",
    "student drives": "GET /students/drives?roll_no={}",
    "student choices": "GET /students/choices",
    "student import": "POST /students/import",
    "student export": "GET /students/export",
    "drive start": "POST /drives/{}/start",
    "drive complete": "POST /drives/{}/complete",
    "drive archive": "POST /drives/{}/archive",
    "drive delete": "DELETE /drives/{}",
    "drive stats": "GET /drives/{}/stats",
    "registration list": "GET /drives/{}/registrations",
    "registration mine": "GET /registrations/mine",
    "registration add": "POST /drives/{}/registrations",
    "registration withdraw": "POST /drives/{}/registrations/withdraw",
    "round list": "GET /drives/{}/rounds",
    "round create": "POST /drives/{}/rounds",
    "round update": "PATCH /drives/{}/rounds/{}",
    "round delete": "DELETE /drives/{}/rounds/{}",
    "attendance list": "GET /drives/{}/attendance",
    "attendance mark": "POST /drives/{}/attendance",
    "attendance finalise": "POST /drives/{}/attendance/finalise",
    "attendance correct": "POST /drives/{}/attendance/correct",
    "offer list": "GET /offers",
    "offer show": "GET /offers/{}",
    "offer record": "POST /offers",
    "offer update": "PATCH /offers/{}",
    "export list": "GET /exports",
    "export download": "GET /exports/{}/download",
    "export registrations": "POST /drives/{}/exports",
    "job list": "GET /jobs",
    "job show": "GET /jobs/{}",
    "job wait": "GET /jobs/{}",
    "job watch": "GET /jobs/{}",
    "job retry": "POST /jobs/{}/retry",
    "job cancel": "POST /jobs/{}/cancel",
    "job count": "GET /jobs/counts",
    "job retry --failed": "POST /jobs/retry",
    "job cancel --state": "POST /jobs/cancel",
    "queue stats": "GET /queues",
    "queue throughput": "GET /queues/throughput",
    "queue pause": "POST /queues/{}/pause",
    "queue drain": "POST /queues/{}/drain",
    "queue resume": "POST /queues/{}/resume",
    "schedule list": "GET /schedules",
    "schedule enable": "POST /schedules/{}/enable",
    "schedule disable": "POST /schedules/{}/disable",
    "schedule run": "POST /schedules/{}/run",
    "view list": "GET /views",
    "view show": "GET /views/{}",
    "view refresh": "POST /views/{}/refresh",
    "user list": "GET /users",
    "user create": "POST /users",
    "user enable": "POST /users/{}/enable",
    "user reset-password": "POST /users/{}/reset-password",
    "user set-role": "POST /users/{}/role",
    "user disable": "POST /users/{}/disable",
    "token list": "GET /tokens",
    "token create": "POST /tokens",
    "token revoke": "POST /tokens/{}/revoke",
    "worker list": "GET /workers",
    "audit list": "GET /audit",
    "status": "GET /status",
}
"""The request that does what a command does; the command's arguments fill the gaps."""

PLAIN = {
    "cgpa_min": "least CGPA",
    "tenth_min": "least 10th %",
    "twelfth_or_diploma_min": "least 12th or diploma %",
    "active_backlogs_max": "most active backlogs",
    "total_backlogs_max": "most backlogs ever",
    "gender_purpose": "purpose of the gender rule",
    "not_placed": "“not placed”",
    "not_debarred": "“not debarred”",
    "placed_ctc_multiple": "multiple of the accepted CTC",
    "on_missing": "what becomes of missing values",
    "ctc_min": "lowest CTC",
    "ctc_max": "highest CTC",
    "ctc_fixed": "fixed CTC",
    "ctc_variable": "variable CTC",
    "ctc_total": "total CTC",
    "reg_opens_at": "opening of registration",
    "reg_closes_at": "close of registration",
    "drive_date": "date of the drive",
    "starts_at": "start",
    "offered_on": "day of the offer",
    "joins_on": "day of joining",
    "override_reason": "a reason to override",
    "add_students": "students to add",
    "remove_students": "students to remove",
    "dry_run": "a dry run",
}
"""Inputs that are not simply called by the words of their names."""

_COMMAND = re.compile(r"`?placeops ((?:'[^']*'|[^;,`'])+)`?")

_SENTENCES = {
    "missing": "is missing",
    "extra_forbidden": "is not known here",
    "literal_error": "must be {expected}",
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a whole number of fewer digits",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "decimal_parsing": "must be a number",
    "decimal_type": "must be a number",
    "finite_number": "must be a number",
    "decimal_max_digits": "must have at most {max_digits} digits",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "string_type": "must be a text",
    "string_too_short": "must have at least {min_length} character(s)",
    "string_too_long": "must have at most {max_length} characters",
    "string_pattern_mismatch": "holds a character that cannot be stored (NUL)",
    "too_long": "must have at most {max_length} entries",
    "too_short": "must have at least {min_length} entries",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "model_attributes_type": "must be a JSON object",
    "model_type": "must be a JSON object",
    "timezone_aware": "needs a time zone, as in 2026-12-01T17:00:00+05:30",
    "datetime_parsing": "must be a time as in 2026-12-01T17:00:00+05:30",
    "datetime_from_date_parsing": "must be a time as in 2026-12-01T17:00:00+05:30",
    "date_parsing": "must be a date as in 2026-12-01",
    "date_from_datetime_parsing": "must be a date as in 2026-12-01",
    "date_from_datetime_inexact": "must be a date as in 2026-12-01",
}


def on_the_wire(error: PlaceopsError) -> PlaceopsError:
    """The error in this door's words."""
    return error.in_words(lambda text: _COMMAND.sub(_request, named_inputs(text, plain)))


def plain(name: str) -> str:
    """An input as people call it."""
    return PLAIN.get(name) or name.replace("_", " ")


def place(pointer: str) -> str:
    """A place in what was sent, in words: `/criteria/cgpa_min`, `/selected_students/3`."""
    *outer, last = pointer[1:].split("/")
    if last.isdigit() and outer:
        return f"{plain(outer[-1])}, entry {int(last) + 1}"
    return plain(last) or "body"


def _request(found: re.Match[str]) -> str:
    """The request that does the same, else the command itself and where it is typed."""
    try:
        words = shlex.split(found[1])
    except ValueError:
        return found[0]
    known = next((length for length in (3, 2, 1) if " ".join(words[:length]) in REQUESTS), None)
    if known is None:
        return f"{found[0]} (on the server)"
    wanted = REQUESTS[" ".join(words[:known])]
    given = words[known:]
    if "--drive" in given[:-1]:
        given = [given[given.index("--drive") + 1]]
    arguments = list(takewhile(lambda word: word[0] not in "-…", given))
    if len(arguments) < wanted.count("{}"):
        return wanted.split("{")[0]
    return wanted.format(*(quote(word, safe=":") for word in arguments))


def sentence(one: Mapping[str, Any]) -> str:
    """What is wrong with an input, by the type that the validation gives it."""
    if one["type"] == "json_invalid":
        return f"not JSON ({one['ctx']['error']} at character {one['loc'][-1]})"
    if one["type"] == "string_pattern_mismatch" and one["ctx"]["pattern"] != NO_NUL:
        return f"must be of the form {one['ctx']['pattern']}"
    told = _SENTENCES.get(one["type"])
    return told.format(**one.get("ctx", {})) if told else str(one["msg"]).removeprefix("Value error, ")
