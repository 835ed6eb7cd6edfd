"""`placeops drive create` and `update`: what a drive says, and who may register by its rules."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from placeops_cli.command import TEN_MINUTES, Call, DriveArgument, Timeout, Wait, command, part
from placeops_cli.criteria import CriteriaFlags, RulesFile, given_rules
from placeops_cli.drive_columns import DRIVE
from placeops_cli.output import Output
from placeops_cli.reading import day, in_zone, moment, rupees, words
from placeops_cli.waiting import finish, settled
from placeops_cli.words import option
from tasks.errors import PlaceopsError

if TYPE_CHECKING:
    from tasks.services.drive_update import DriveChanges

app = part()

CLEARABLE = ("ctc_min", "ctc_max", "reg_opens_at", "reg_closes_at", "drive_date", "note")
"""Fields of a drive that may be unknown."""


@dataclass(frozen=True, slots=True)
class DriveFlags:
    """What a drive is made of."""

    company: Annotated[str | None, typer.Option("--company", metavar="NAME", help="Who recruits.")] = None
    title: Annotated[str | None, typer.Option("--title", metavar="TEXT", help="For which position.")] = None
    code: Annotated[
        str | None,
        typer.Option("--code", metavar="CODE", help="A short name; made from the company if absent."),
    ] = None
    ctc_min: Annotated[
        int | None,
        typer.Option("--ctc-min", metavar="RUPEES", parser=rupees, help="Pay from, rupees a year."),
    ] = None
    ctc_max: Annotated[
        int | None,
        typer.Option("--ctc-max", metavar="RUPEES", parser=rupees, help="Pay up to, rupees a year."),
    ] = None
    opens: Annotated[
        datetime | None,
        typer.Option(
            "--opens", metavar="TIME", parser=moment, help="Registration opens: '2026-12-01 09:00'."
        ),
    ] = None
    closes: Annotated[
        datetime | None,
        typer.Option(
            "--closes", metavar="TIME", parser=moment, help="Registration closes: '2026-12-05 17:00'."
        ),
    ] = None
    drive_date: Annotated[
        date | None,
        typer.Option("--drive-date", metavar="DATE", parser=day, help="The day itself: 2026-12-10."),
    ] = None


@command(
    app,
    "create",
    examples=[
        "placeops drive create --company Acme --title 'Graduate engineer' --closes '2026-12-05 17:00' --cgpa-min 7",
        "placeops drive create --company Acme --title Analyst --criteria rules.toml --auto-calc --wait",
        "placeops drive create --copy-from ACME-1 --closes '2027-12-05 17:00'",
    ],
)
def create_drive(
    call: Call,
    new: DriveFlags,
    rules: CriteriaFlags,
    criteria: RulesFile = None,
    copy_from: Annotated[
        str | None,
        typer.Option(
            "--copy-from", metavar="DRIVE", help="Take company, title, pay and rules from this drive."
        ),
    ] = None,
    auto_calc: Annotated[
        bool, typer.Option("--auto-calc", help="Compute who is eligible, and publish to them by itself.")
    ] = False,
    wait: Wait = False,
    timeout: Timeout = TEN_MINUTES,
) -> None:
    """Create a drive as a draft. Times without an offset are in the college's zone."""
    if copy_from is None and (new.company is None or new.title is None):
        raise PlaceopsError(
            "usage",
            "a new drive needs a company and a title",
            "--company NAME and --title TEXT, or --copy-from DRIVE",
        )
    actor = call.open()
    from tasks.services import drive_create, drive_update, drives
    from tasks.services.criteria import Criteria

    given, imposed = _fields(call.out, new), given_rules(rules, criteria)
    if copy_from is None:
        wanted = drive_create.NewDrive(**given, auto_calc=auto_calc)
        created = drive_create.create_drive(actor, wanted, Criteria(**imposed))
    else:
        changes = _changes(given, imposed)
        created = drive_update.copy_drive(actor, copy_from, changes, auto_calc=auto_calc)
    jobs = settled(call.out, actor, created.job, wait=wait, timeout=timeout)
    drive = drives.show_drive(actor, str(created.drive.id)).drive if jobs else created.drive
    call.out.record(drive, DRIVE, document=replace(created, drive=drive, job=jobs[0] if jobs else None))
    for warning in created.warnings:
        call.out.warn(warning)
    if not auto_calc:
        call.out.hint(f"Next: placeops drive publish {drive.code} --eligible, or --students FILE")
    finish(call.out, actor, jobs, wait=wait)


@command(
    app,
    "update",
    examples=[
        "placeops drive update ACME-1 --title 'Graduate engineer, Pune' --drive-date 2026-12-12",
        "placeops drive update ACME-1 --cgpa-min 6.5 --clear branch,ctc-max",
    ],
)
def update_drive(
    call: Call,
    drive: DriveArgument,
    changed: DriveFlags,
    rules: CriteriaFlags,
    criteria: RulesFile = None,
    note: Annotated[
        str | None,
        typer.Option("--note", metavar="TEXT", help="A note for the office; students do not see it."),
    ] = None,
    clear: Annotated[
        str | None,
        typer.Option(
            "--clear", metavar="NAMES", help="Options that no longer hold, with commas: ctc-max,branch."
        ),
    ] = None,
    wait: Wait = False,
    timeout: Timeout = TEN_MINUTES,
) -> None:
    """Change a drive; what is not named stays. Changed rules are a new version, in a draft or while it is paused."""
    actor = call.open()
    from tasks.services import drive_update, drives

    given = _fields(call.out, changed) | ({} if note is None else {"note": note})
    fields, dropped = _cleared(clear)
    changes = _changes(given | dict.fromkeys(fields), given_rules(rules, criteria) | dict.fromkeys(dropped))
    done = drive_update.update_drive(actor, drive, changes)
    jobs = settled(call.out, actor, done.job, wait=wait, timeout=timeout)
    found = drives.show_drive(actor, drive).drive if jobs else done.drive
    call.out.record(found, DRIVE, document=replace(done, drive=found, job=jobs[0] if jobs else None))
    for warning in done.warnings:
        call.out.warn(warning)
    finish(call.out, actor, jobs, wait=wait)


def _fields(out: Output, flags: DriveFlags) -> dict[str, Any]:
    """The fields that were given, as the service calls them."""
    found = {
        "company": flags.company,
        "title": flags.title,
        "code": flags.code,
        "ctc_min": flags.ctc_min,
        "ctc_max": flags.ctc_max,
        "reg_opens_at": in_zone(flags.opens, out.zone),
        "reg_closes_at": in_zone(flags.closes, out.zone),
        "drive_date": flags.drive_date,
    }
    return {name: value for name, value in found.items() if value is not None}


def _changes(given: dict[str, Any], rules: dict[str, Any]) -> DriveChanges:
    return cast("DriveChanges", given | ({"criteria": rules} if rules else {}))


def _cleared(names: str | None) -> tuple[list[str], list[str]]:
    """Fields and rules that are unknown, or impose nothing, from now on. Raises invalid-input."""
    from tasks.services.criteria import Criteria

    rules = list(Criteria.__dataclass_fields__)
    known = {option(name).removeprefix("--"): name for name in (*CLEARABLE, *rules)}
    chosen = [known[name] for name in words(names, "option to clear", known)]
    return [name for name in chosen if name in CLEARABLE], [name for name in chosen if name in rules]
