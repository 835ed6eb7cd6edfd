"""Asking for exports, their states, and handing out files."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from sql.engine import transaction
from sql.tables import audit_events, exports, jobs
from tasks.actor import SYSTEM, Actor, Repeat, Role, Scope
from tasks.errors import PlaceopsError
from tasks.jobs import export_registrations as export_job
from tasks.jobs.registry import ActiveJob
from tasks.services.exports import (
    Export,
    ExportRequested,
    Filters,
    list_exports,
    open_export,
    request_export,
    show_export,
)
from tasks.settings import settings
from tests import factories
from tests.conftest import Place

ANEW = "placeops export registrations ACME-1 --preset company_shortlist"
MEERA = Actor("meera@example.edu", request_id="req-1", role=Role.ADMIN)


@pytest.fixture
def drive(place: Place) -> int:
    with transaction() as tx:
        return factories.drive(tx)


def written(asked: ExportRequested) -> Export:
    """The job of a request done, as a worker does it."""
    job = asked.job
    active = ActiveJob(job.id, job.type, 1, job.payload, job.drive_id, job.created_by, None, 60)
    prepared = export_job.prepare(active)
    with transaction() as tx:
        export_job.apply(tx, active, prepared)
    return show_export(SYSTEM, asked.export.id)


def refusal(export_id: int) -> PlaceopsError:
    with pytest.raises(PlaceopsError) as refused:
        open_export(MEERA, export_id)
    assert show_export(SYSTEM, export_id).downloads == 0
    return refused.value


def age(column: str, interval: str) -> None:
    with transaction() as tx:
        tx.execute(text(f"UPDATE exports SET {column} = now() - interval '{interval}'"))


def audited() -> list[tuple[str, str, str]]:
    with transaction() as tx:
        found = tx.execute(select(audit_events).order_by(audit_events.c.id))
        return [(row.actor, row.action, row.object_id) for row in found]


def test_request_writes_export_job_and_audit_together(drive: int) -> None:
    asked = request_export(MEERA, "ACME-1", dialect="data")
    assert (asked.export.state, asked.export.job_id) == ("pending", asked.job.id)
    assert (asked.export.drive_code, asked.export.preset, asked.export.dialect) == (
        "ACME-1",
        "company_shortlist",
        "data",
    )
    assert asked.job.payload == {"export": asked.export.id}
    assert (asked.job.type, asked.job.drive_id) == ("export-registrations-csv", drive)
    assert (asked.job.created_by, asked.job.request_id) == (MEERA.name, "req-1")
    assert audited() == [(MEERA.name, "export.request", str(asked.export.id))]
    again = request_export(MEERA, str(drive), dialect="data")
    assert again.job.id != asked.job.id, "each request has its own file"


@pytest.mark.parametrize(
    ("arguments", "code", "field"),
    [
        ({"ref": "NOPE"}, "not-found", None),
        ({"ref": "999999"}, "not-found", None),
        ({"ref": "ACME-1", "preset": "everything"}, "invalid-input", "/preset"),
        ({"ref": "ACME-1", "format": "xls"}, "invalid-input", "/format"),
        ({"ref": "ACME-1", "filters": Filters(college="NOPE")}, "not-found", "/college"),
        ({"ref": "ACME-1", "filters": Filters(branch=" ")}, "invalid-input", "/branch"),
        ({"ref": "ACME-1", "filters": Filters(branch="a\0")}, "invalid-input", "/branch"),
        ({"ref": "ACME-1", "filters": Filters(status="gone")}, "invalid-input", "/status"),
        (
            {"ref": "ACME-1", "preset": "no_show", "filters": Filters(status="registered")},
            "invalid-input",
            "/status",
        ),
        ({"ref": "ACME-1", "preset": "../../etc/passwd"}, "invalid-input", "/preset"),
        ({"ref": "ACME-1", "dialect": "xlsx"}, "invalid-input", "/dialect"),
    ],
)
def test_refused_request_leaves_nothing_behind(
    drive: int, arguments: dict[str, Any], code: str, field: str
) -> None:
    with pytest.raises(PlaceopsError) as refused:
        request_export(MEERA, **arguments)
    assert (refused.value.code, refused.value.field) == (code, field)
    assert audited() == []
    with transaction() as tx:
        assert tx.execute(select(exports)).all() == tx.execute(select(jobs)).all() == []


def test_ready_file_is_handed_out_counted_and_audited(drive: int) -> None:
    export = written(request_export(SYSTEM, "ACME-1"))
    assert export.state == "ready"
    for count in (1, 2):
        file = open_export(MEERA, export.id)
        assert show_export(SYSTEM, export.id).downloads == count
    assert file.name == f"ACME-1-company_shortlist-{export.id}.csv"
    assert file.path.parent == settings().export_dir
    assert (len(file.path.read_bytes()), file.bytes) == (export.bytes, export.bytes)
    assert audited()[1:] == [(MEERA.name, "export.download", str(export.id))] * 2


def test_pending_export_says_which_job_to_wait_for(drive: int) -> None:
    asked = request_export(SYSTEM, "ACME-1")
    error = refusal(asked.export.id)
    assert (error.code, error.fix) == ("export-not-ready", f"placeops job wait {asked.job.id}")


@pytest.mark.parametrize("gone", ["cancelled", "pruned"])
def test_export_whose_job_ended_without_a_file_has_failed(drive: int, gone: str) -> None:
    asked = request_export(SYSTEM, "ACME-1")
    with transaction() as tx:
        tx.execute(text("UPDATE jobs SET state = 'cancelled', reason = 'x', finished_at = now()"))
        if gone == "pruned":
            tx.execute(text("DELETE FROM jobs"))
    assert show_export(SYSTEM, asked.export.id).state == "failed"
    error = refusal(asked.export.id)
    assert (error.code, error.fix) == ("export-not-ready", f"{ANEW} --for excel --format csv")


@pytest.mark.parametrize("column", ["expires_at", "removed_at"])
def test_expired_export_is_to_be_made_anew(drive: int, column: str) -> None:
    export = written(request_export(SYSTEM, "ACME-1", dialect="data"))
    age(column, "1 second")
    assert show_export(SYSTEM, export.id).state == "expired"
    error = refusal(export.id)
    assert (error.code, error.fix) == ("export-not-ready", f"{ANEW} --for data --format csv")


@pytest.mark.parametrize("there", ["nothing", "link", "another size", "folder"])
def test_file_that_is_not_here_names_the_host_that_wrote_it(drive: int, there: str, tmp_path: Path) -> None:
    export = written(request_export(SYSTEM, "ACME-1"))
    with transaction() as tx:
        tx.execute(text("UPDATE exports SET host = 'worker-7'"))
    path = next(settings().export_dir.iterdir())
    whole = path.read_bytes()
    path.unlink()
    if there == "link":
        (tmp_path / "same").write_bytes(whole)
        path.symlink_to(tmp_path / "same")
    elif there == "another size":
        path.write_bytes(whole + b"x")
    elif there == "folder":
        path.mkdir()
    error = refusal(export.id)
    assert error.code == "export-elsewhere"
    assert "worker-7" in error.message


def test_file_removed_between_the_answer_and_its_reading_is_an_error_of_ours(drive: int) -> None:
    export = written(request_export(SYSTEM, "ACME-1"))
    kept, late = open_export(SYSTEM, export.id), open_export(SYSTEM, export.id)
    with kept.open() as content:
        kept.path.unlink()
        assert hashlib.sha256(content.read()).hexdigest() == export.sha256
    with pytest.raises(PlaceopsError) as refused:
        late.open()
    assert refused.value.code == "export-not-ready"
    assert refused.value.fix


@pytest.mark.parametrize("export_id", [0, -1, 5, 2**40, 2**62])
def test_unknown_export_is_not_found(drive: int, export_id: int) -> None:
    for act in (show_export, open_export):
        with pytest.raises(PlaceopsError) as refused:
            act(SYSTEM, export_id)
        assert refused.value.code == "not-found"


def test_list_is_newest_first_in_pages_and_by_drive(drive: int) -> None:
    with transaction() as tx:
        factories.drive(tx, "OTHER")
    ids = [request_export(SYSTEM, ref).export.id for ref in ("ACME-1", "OTHER", "ACME-1")]
    first = list_exports(SYSTEM, limit=2)
    second = list_exports(SYSTEM, limit=2, cursor=first.next_cursor)
    assert [export.id for export in [*first.items, *second.items]] == ids[::-1]
    assert second.next_cursor is None
    assert [export.id for export in list_exports(SYSTEM, drive="OTHER").items] == [ids[1]]
    assert list_exports(SYSTEM, cursor="9" * 18).items == list_exports(SYSTEM).items
    with pytest.raises(PlaceopsError, match="NOPE"):
        list_exports(SYSTEM, drive="NOPE")


def test_filters_are_kept_as_they_are_spelled_there(drive: int) -> None:
    with transaction() as tx:
        factories.college(tx, "ENG")
    asked = request_export(MEERA, "ACME-1", format="xlsx", filters=Filters("eng", " CSE ", "withdrawn"))
    kept = {"college": "ENG", "branch": "CSE", "status": "withdrawn"}
    assert (asked.export.filters, asked.export.format) == (kept, "xlsx")
    with transaction() as tx:
        after = tx.execute(select(audit_events.c.after)).scalar_one()
    assert after == {
        "drive": "ACME-1", "preset": "company_shortlist", "dialect": "excel", "format": "xlsx", "filters": kept
    }  # fmt: skip


def test_same_key_asks_once(drive: int) -> None:
    once = replace(MEERA, repeat=Repeat("k1", "f" * 64))
    first, second = (request_export(once, "ACME-1") for _ in range(2))
    assert (first.export.id, first.job.id) == (second.export.id, second.job.id)
    with pytest.raises(PlaceopsError) as refused:
        request_export(replace(once, repeat=Repeat("k1", "e" * 64)), "ACME-1")
    assert refused.value.code == "idempotency-key-reused"
    assert len(audited()) == 1


def test_workbook_is_handed_out_as_one(drive: int) -> None:
    export = written(request_export(SYSTEM, "ACME-1", format="xlsx"))
    file = open_export(MEERA, export.id)
    assert file.name == f"ACME-1-company_shortlist-{export.id}.xlsx"
    assert "spreadsheetml" in file.media_type
    assert hashlib.sha256(file.path.read_bytes()).hexdigest() == export.sha256


def test_every_column_is_for_those_who_may_have_it(drive: int) -> None:
    staff = Actor("staff", role=Role.STAFF)
    mine = Actor("meena", role=Role.COORDINATOR, scope=Scope(drives=(drive,)))
    limited = replace(mine, limits=frozenset({"export.request", "export.read"}))
    for actor in (staff, limited):
        with pytest.raises(PlaceopsError, match="may not export every column"):
            request_export(actor, "ACME-1", preset="coordinator_full")
    export = written(request_export(mine, "ACME-1", preset="coordinator_full"))
    assert open_export(mine, export.id).bytes == export.bytes
    for actor in (staff, limited):
        assert show_export(actor, export.id).state == "ready", "that there is one is no secret"
        with pytest.raises(PlaceopsError, match="may not export every column"):
            open_export(actor, export.id)
    assert show_export(SYSTEM, export.id).downloads == 1


def test_drive_outside_of_the_scope_does_not_exist_and_one_partly_inside_is_not_exported(drive: int) -> None:
    asked = request_export(SYSTEM, "ACME-1")
    with transaction() as tx:
        other = factories.drive(tx, "OTHER")
    outside = Actor("meena", role=Role.COORDINATOR, scope=Scope(drives=(other,)))
    for act in (lambda: request_export(outside, "ACME-1"), lambda: show_export(outside, asked.export.id),
                lambda: open_export(outside, asked.export.id)):  # fmt: skip
        with pytest.raises(PlaceopsError) as refused:
            act()
        assert refused.value.code == "not-found"
    partly = Actor("meena", role=Role.COORDINATOR, scope=Scope(branches=("CSE",)))
    with pytest.raises(PlaceopsError) as refused:
        request_export(partly, "ACME-1")
    assert refused.value.code == "forbidden"
    assert list_exports(outside).items == list_exports(partly).items == []
