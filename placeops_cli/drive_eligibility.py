"""`placeops drive eligible` and `why`: who meets a drive's rules, and who does not for which reason."""

from __future__ import annotations

from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from placeops_cli.command import (
    TEN_MINUTES,
    Call,
    College,
    DriveArgument,
    Paging,
    Timeout,
    Wait,
    command,
    part,
)
from placeops_cli.criteria import CriteriaFlags, RulesFile, given_rules
from placeops_cli.job_columns import JOB
from placeops_cli.output import Column
from placeops_cli.reading import rupees
from placeops_cli.waiting import finish, settled

if TYPE_CHECKING:
    from tasks.rules import Judged
    from tasks.services.eligibility import EligibilitySummary, Explanation
    from tasks.services.standings import Candidate

app = part()

VERDICTS = {"eligible": "eligible", "not": "not eligible", "review": "to be reviewed", None: "never"}

COUNTS: tuple[Column[Any], ...] = (
    Column("students"),
    Column("eligible", lambda found: found.verdicts["eligible"]),
    Column("review", lambda found: found.verdicts["review"]),
    Column("not_eligible", lambda found: found.verdicts["not"]),
    Column("failed_rules", title="Fail by rule"),
    Column("unknown_rules", title="Unknown by rule"),
    Column("only_missing", title="Lost for one unknown value"),
    Column("missing_several", title="For several"),
)
SUMMARY: tuple[Column[EligibilitySummary], ...] = (
    Column("drive"),
    Column("criteria_version", title="Rules, version"),
    *COUNTS,
    Column("computed_at", title="Computed"),
    Column("outdated"),
)
CANDIDATE: tuple[Column[Candidate], ...] = (
    Column("college"),
    Column("roll_no", title="Roll no."),
    Column("name"),
    Column("programme", wide=True),
    Column("branch"),
    Column("batch_year", title="Batch", wide=True),
    Column("cgpa", title="CGPA"),
    Column("verdict"),
    Column("reason", title="For"),
    Column("selected"),
    Column("registration"),
    Column("student_id", wide=True),
)
EXPLANATION: tuple[Column[Explanation], ...] = (
    Column("drive"),
    Column("roll_no", title="Roll no."),
    Column("name"),
    Column("college"),
    Column("verdict", lambda found: VERDICTS[found.verdict]),
    Column("stored_verdict", lambda found: VERDICTS[found.stored_verdict], title="Last computed", wide=True),
    Column("selected", lambda found: "pending" if found.selection_pending else found.selected),
    Column("registration"),
    Column("criteria_version", title="Rules, version"),
    Column("on_missing", title="When unknown"),
)
JUDGED: tuple[Column[Judged], ...] = (
    Column("outcome"),
    Column("rule", title="Rule"),
    Column("value"),
    Column("threshold"),
    Column("remedy", title="Would pass with"),
)


@command(app, "eligible", examples=["placeops drive eligible ACME-1 --wait"])
def eligible(call: Call, drive: DriveArgument, wait: Wait = False, timeout: Timeout = TEN_MINUTES) -> None:
    """Compute who is eligible, in the background; with --wait show the counts, rule by rule."""
    actor = call.open()
    from tasks.services import eligibility

    jobs = settled(call.out, actor, eligibility.compute_eligibility(actor, drive), wait=wait, timeout=timeout)
    if wait and jobs[0].state == "completed":
        summary = eligibility.eligibility_summary(actor, drive)
        call.out.record(summary, SUMMARY, key=attrgetter("drive_id"))
    else:
        call.out.record(jobs[0], JOB)
    finish(call.out, actor, jobs, wait=wait)


@command(
    app,
    "preview",
    examples=[
        "placeops drive preview --cgpa-min 7 --branch CSE",
        "placeops drive preview --drive ACME-1 --cgpa-min 6.5",
    ],
)
def preview(
    call: Call,
    rules: CriteriaFlags,
    criteria: RulesFile = None,
    drive: Annotated[
        str | None,
        typer.Option("--drive", metavar="DRIVE", help="Count for this drive: its pay, unless one is given."),
    ] = None,
    ctc_min: Annotated[
        int | None,
        typer.Option("--ctc-min", metavar="RUPEES", parser=rupees, help="The pay that placed students see."),
    ] = None,
) -> None:
    """Count who would be eligible by rules that are not stored, and whom missing data would cost."""
    actor = call.open()
    from tasks.services import preview as service
    from tasks.services.criteria import Criteria

    wanted = Criteria(**given_rules(rules, criteria))
    found = service.preview_eligibility(actor, wanted, drive=drive, ctc_min=ctc_min)
    call.out.record(found, COUNTS, key=attrgetter("students"))
    for warning in found.warnings:
        call.out.warn(warning)


@command(
    app,
    "candidates",
    examples=[
        "placeops drive candidates ACME-1 --verdict eligible --not-selected",
        "placeops drive candidates ACME-1 --verdict eligible --branch CSE --all -q > rolls.txt",
    ],
)
def list_candidates(
    call: Call,
    drive: DriveArgument,
    verdict: Annotated[
        Literal["eligible", "review", "not"] | None,
        typer.Option("--verdict", help="Only students with this verdict today."),
    ] = None,
    selected: Annotated[
        bool | None,
        typer.Option("--selected/--not-selected", help="Only students who are on the selection, or not."),
    ] = None,
    search: Annotated[
        str | None,
        typer.Option("--search", metavar="TEXT", help="Only with this in the roll number or the name."),
    ] = None,
    college: Annotated[str | None, typer.Option("--college", metavar="CODE", help="Only this college's.")] = (
        None
    ),
    branch: Annotated[
        str | None, typer.Option("--branch", metavar="NAME", help="Only this branch's.")
    ] = None,
    *,
    paging: Paging,
) -> None:
    """List the students that a drive chooses from; -q prints each as COLLEGE:ROLL_NO, as `drive publish` takes it."""
    actor = call.open()
    from tasks.services import standings

    fetch = partial(
        standings.candidates,
        actor,
        drive,
        verdict=verdict,
        selected=selected,
        search=search,
        college=college,
        branch=branch,
    )
    call.out.listing(paging.pages(fetch), CANDIDATE, empty="No such students.", key=attrgetter("ref"))


@command(app, "why", examples=["placeops drive why ACME-1 21CS001"])
def why(
    call: Call,
    drive: DriveArgument,
    student: Annotated[str, typer.Argument(metavar="STUDENT", help="The roll number, or COLLEGE:ROLL_NO.")],
    college: College = None,
) -> None:
    """Show every rule of a drive for one student, and what would have made it pass."""
    actor = call.open()
    from tasks.services import eligibility

    found = eligibility.explain(actor, drive, student, college)
    if call.out.json:
        call.out.document(found)
        return
    if call.out.on_terminal:
        call.out.record(found, EXPLANATION, key=attrgetter("student_id"))
        call.out.say("")
    call.out.listing(found.rules, JUDGED, empty="The drive imposes no rules.", key=attrgetter("rule"))
