"""The demonstration: two invented colleges with a season's students and drives, for trying everything out."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, insert, select

from sql.engine import driver_connection, transaction
from sql.queries import query, source
from sql.tables import colleges, drive_criteria, placement_drives
from tasks.actor import Actor
from tasks.demo_data import COLLEGES, DRIVES, Plan, people
from tasks.errors import PlaceopsError
from tasks.services import access, audit

BY = "demo"
"""The name that stands under everything the demonstration made."""

_OVERRIDDEN = ["NEELAM-27", "SAFFRON-27"]
_AUTOMATIC = frozenset({"MANTRI-27", "MONSOON-27"})
_REASON = "recommended by the head of the department"
_FILLING = (
    *("add_students", "pick", "add_publish_requests", "add_selections", "add_registrations", "add_rounds"),
    *("add_attendance", "add_offers", "add_verdicts"),
)


@dataclass(frozen=True, slots=True)
class DemoReport:
    """What the demonstration holds; `created` is False when it was there already."""

    created: bool
    colleges: int
    students: int
    drives: int
    registrations: int
    offers: int


def fill_demo(actor: Actor) -> DemoReport:
    """Fill an empty database with the demonstration: always the same, with dates that count from today.

    Does nothing when it is there already. Raises data-folder when the database holds any other college.
    """
    access.require(actor, "system.manage")
    with transaction() as tx:
        tx.execute(query("demo", "lock"))
        there = tx.execute(query("demo", "colleges")).one()
        if there.other:
            raise PlaceopsError(
                "data-folder",
                "the database holds real data, and a demonstration must not be mixed with it",
                "give the demonstration a folder of its own: placeops up --demo --data-dir demo-data",
            )
        if not there.demo:
            _fill(tx)
        report = DemoReport(not there.demo, **tx.execute(query("demo", "counts"), {"by": BY}).one()._mapping)
        if report.created:
            audit.record(tx, actor, "demo.filled", "database", "demo", after=asdict(report))
    return report


def _fill(tx: Connection) -> None:
    tx.execute(insert(colleges), [{"code": code, "name": name} for code, name in COLLEGES.items()])
    tx.execute(query("demo", "create_people"))
    with driver_connection(tx).cursor() as cursor, cursor.copy(source("demo", "copy_people")) as copy:
        for person in people():
            copy.write_row(person)
    today: datetime = tx.execute(select(func.date_trunc("day", func.now()))).scalar_one()
    ids = tx.scalars(
        insert(placement_drives).returning(placement_drives.c.id, sort_by_parameter_order=True),
        [_drive(plan, today) for plan in DRIVES],
    )
    names = {name for plan in DRIVES for name in plan.rules}
    defaults = {"version": 1, "created_by": BY, "not_placed": False, "on_missing": "EXCLUDE"}
    rules = [
        dict.fromkeys(names) | defaults | plan.rules | {"drive_id": id}
        for id, plan in zip(ids, DRIVES, strict=True)
    ]
    tx.execute(insert(drive_criteria), rules)
    for step in _FILLING:
        tx.execute(query("demo", step), {"by": BY, "reason": _REASON, "overridden": _OVERRIDDEN})


def _drive(plan: Plan, today: datetime) -> dict[str, Any]:
    opens = today + timedelta(days=plan.opens, hours=3, minutes=30)
    closes = today + timedelta(days=plan.closes, hours=12)
    published = None
    if plan.status != "draft" and plan.code != "LANTERN-27":
        published = min(opens, today) - timedelta(hours=6)
    return {
        "code": plan.code,
        "company": plan.company,
        "title": plan.title,
        "status": plan.status,
        "ctc_min": plan.ctc and plan.ctc[0],
        "ctc_max": plan.ctc and plan.ctc[1],
        "reg_opens_at": opens,
        "reg_closes_at": closes,
        "drive_date": (today + timedelta(days=plan.on)).date(),
        "auto_calc": plan.code in _AUTOMATIC,
        "auto_published": plan.code in _AUTOMATIC,
        "published_at": published,
        "published_by": published and BY,
        "paused_reason": "the company moved its date" if plan.status == "paused" else None,
        "cancelled_reason": "the company froze its hiring" if plan.status == "cancelled" else None,
        "created_by": BY,
        "created_at": (published or today) - timedelta(days=1),
        "updated_at": min(closes, today) if plan.status == "cancelled" else published or today,
    }
