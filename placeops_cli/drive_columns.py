"""How a drive is shown, by whichever command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from placeops_cli.criteria import rules_of
from placeops_cli.output import Column

if TYPE_CHECKING:
    from tasks.services.drives import Drive, DriveDetails, DriveStats


def selection_of(drive: Drive) -> str:
    """Who may register, in a few words."""
    chosen = drive.selection
    if chosen.state in ("none", "applied"):
        return chosen.state
    return f"{chosen.state} (job {chosen.job_id})"


DRIVE: tuple[Column[Drive], ...] = (
    Column("id"),
    Column("code"),
    Column("company"),
    Column("title"),
    Column("status"),
    Column("registration"),
    Column("reg_opens_at", title="Opens", wide=True),
    Column("reg_closes_at", title="Closes"),
    Column("drive_date", wide=True),
    Column("ctc_min", title="CTC from", wide=True),
    Column("ctc_max", title="CTC to", wide=True),
    Column("selection", selection_of),
    Column("selected", lambda drive: drive.selection.selected),
    Column("registered"),
    Column("auto_calc", wide=True),
    Column("auto_published", wide=True),
    Column("criteria_version", wide=True),
    Column("eligibility_computed_at", title="Eligibility computed", wide=True),
    Column("published_at", title="Published", wide=True),
    Column("published_by", wide=True),
    Column("paused_reason", wide=True),
    Column("cancelled_reason", wide=True),
    Column("note", wide=True),
    Column("allowed_moves", wide=True),
    Column("created_by", wide=True),
    Column("created_at", title="Created", wide=True),
    Column("row_version", title="Version", wide=True),
)


def _lifted(column: Column[Drive]) -> Column[DriveDetails]:
    return Column(column.name, lambda found: column.of(found.drive), column.title)


RULES: Column[DriveDetails] = Column("criteria", lambda found: rules_of(found.criteria))
DETAILS = (*map(_lifted, DRIVE), RULES)

STATS: tuple[Column[DriveStats], ...] = (
    Column("drive"),
    Column("eligible"),
    Column("selected"),
    Column("registered"),
    Column("withdrawn"),
    Column("attended"),
    Column("no_show", title="No-show"),
    Column("offered"),
    Column("accepted"),
    Column("criteria_version", title="Rules, version"),
    Column("eligibility_computed_at", title="Eligibility computed"),
    Column("as_of", title="As of"),
)
