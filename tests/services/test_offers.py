"""Offers: from a drive and beside it, their pay, their way to an answer."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, update

from sql.engine import transaction
from sql.tables import audit_events, placement_drives, students
from tasks.actor import Actor, Repeat, Role, Scope
from tasks.errors import PlaceopsError
from tasks.services.eligibility import explain
from tasks.services.offer_rules import NewOffer
from tasks.services.offers import Offer, list_offers, record_offer, show_offer, update_offer
from tasks.services.registrations import register, withdraw
from tests import factories
from tests.conftest import Place

ADMIN = Actor("meena", request_id="r-1", role=Role.ADMIN)
STAFF = Actor("ravi", role=Role.STAFF)
CSE = Actor("devi", role=Role.COORDINATOR, scope=Scope(branches=("CSE",)))


@pytest.fixture
def office(place: Place) -> list[int]:
    """Drive ACME-1 is in progress with R000001 (ECE) and R000003 (CSE); R000002 is not registered."""
    with transaction() as tx:
        ids = factories.crowd(tx, factories.college(tx), 3)
        factories.posted(tx, factories.drive(tx, ctc_min=600_000), ids)
    for number in (1, 3):
        register(ADMIN, "ACME-1", f"R00000{number}")
    with transaction() as tx:
        tx.execute(update(placement_drives).values(status="in_progress"))
    return ids


def offered(roll_no: str = "R000001", **named: Any) -> Offer:
    return record_offer(ADMIN, NewOffer(roll_no, drive="ACME-1", **named))


def ppo(roll_no: str = "R000002", actor: Actor = ADMIN, **named: Any) -> Offer:
    return record_offer(actor, NewOffer(roll_no, kind="PPO", company="Globex", **named))


def refused(act: Any, *given: Any, **named: Any) -> PlaceopsError:
    with pytest.raises(PlaceopsError) as error:
        act(*given, **named)
    return error.value


def events() -> list[tuple[str, Any, Any, str | None]]:
    with transaction() as tx:
        wanted = select(audit_events).where(audit_events.c.object_type == "offer").order_by(audit_events.c.id)
        return [(row.action, row.before, row.after, row.reason) for row in tx.execute(wanted)]


def test_an_offer_of_a_drive(office: list[int]) -> None:
    made = offered(ctc_fixed=700_000, ctc_variable=100_000, offered_on=date(2027, 1, 25))
    assert (made.company, made.drive_code, made.status, made.kind) == ("Acme", "ACME-1", "OFFERED", "DRIVE")
    assert (made.ctc_total, made.joins_on, made.student_id) == (800_000, None, office[0])
    assert made.allowed_moves == ["ACCEPTED", "DECLINED", "REVOKED"]
    assert show_offer(STAFF, made.id) == made
    assert events() == [
        (
            "offer.record",
            None,
            {
                "kind": "DRIVE", "company": "Acme", "status": "OFFERED", "ctc_fixed": 700_000,
                "ctc_variable": 100_000, "ctc_total": 800_000, "offered_on": "2027-01-25",
                "student_id": office[0], "drive_id": made.drive_id,
            },
            None,
        )
    ]  # fmt: skip


def test_what_is_unknown_stays_unknown(office: list[int]) -> None:
    assert offered(ctc_fixed=700_000).ctc_total is None
    assert offered("R000003", ctc_total=0).ctc_total == 0


def test_a_drive_makes_a_student_one_offer(office: list[int]) -> None:
    offered()
    error = refused(offered)
    assert (error.code, "offer list --drive ACME-1" in str(error.fix)) == ("duplicate", True)
    ppo("R000001")
    ppo("R000001")
    assert len(list_offers(ADMIN).items) == 3


def test_a_drive_makes_offers_to_the_registered_once_it_is_posted(office: list[int]) -> None:
    assert refused(offered, "R000002").code == "not-registered"
    with transaction() as tx:
        tx.execute(update(placement_drives).values(status="posted"))
    withdraw(ADMIN, "ACME-1", "R000001")
    assert refused(offered).code == "not-registered"
    with transaction() as tx:
        tx.execute(update(placement_drives).values(status="cancelled", cancelled_reason="x"))
    assert refused(offered, "R000003").code == "drive-state"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"drive": None}, "/drive"),
        ({"kind": "PPO"}, "/drive"),
        ({"kind": "GIFT"}, "/kind"),
        ({"kind": "PPO", "drive": None}, "/company"),
        ({"company": "x" * 301}, "/company"),
        ({"status": "LOST"}, "/status"),
        ({"ctc_fixed": -1}, "/ctc_fixed"),
        ({"ctc_total": 10**13}, "/ctc_total"),
        ({"ctc_fixed": 5, "ctc_variable": 6, "ctc_total": 10}, "/ctc_total"),
        ({"offered_on": date(2027, 5, 1), "joins_on": date(2027, 4, 30)}, "/joins_on"),
        ({"offered_on": date(1, 1, 1)}, "/offered_on"),
    ],
)
def test_offers_that_cannot_be(office: list[int], values: dict[str, Any], field: str) -> None:
    error = refused(record_offer, ADMIN, NewOffer(**{"student": "R000001", "drive": "ACME-1"} | values))
    assert (error.code, error.field) == ("invalid-input", field)
    assert events() == []


def test_the_way_to_an_answer(office: list[int]) -> None:
    made = offered()
    assert update_offer(ADMIN, made.id, {"status": "ACCEPTED"}).status == "ACCEPTED"
    assert refused(update_offer, ADMIN, made.id, {"status": "OFFERED"}).code == "offer-state"
    assert refused(update_offer, ADMIN, made.id, {"status": "REVOKED"}).field == "/reason"
    gone = update_offer(ADMIN, made.id, {"status": "REVOKED"}, reason="position closed")
    assert gone.allowed_moves == ["OFFERED"]
    assert refused(update_offer, ADMIN, made.id, {"status": "ACCEPTED"}, reason="x").code == "offer-state"
    assert update_offer(ADMIN, made.id, {"status": "OFFERED"}, reason="a slip").status == "OFFERED"
    assert events()[1:3] == [
        ("offer.update", {"status": "OFFERED"}, {"status": "ACCEPTED"}, None),
        ("offer.update", {"status": "ACCEPTED"}, {"status": "REVOKED"}, "position closed"),
    ]


def test_pay_and_dates_change_together(office: list[int]) -> None:
    made = offered(ctc_fixed=700_000, ctc_total=800_000, offered_on=date(2027, 1, 25))
    changed = update_offer(ADMIN, made.id, {"ctc_total": None, "joins_on": date(2027, 7, 1)})
    assert (changed.ctc_total, changed.ctc_fixed, changed.joins_on) == (None, 700_000, date(2027, 7, 1))
    assert events()[-1][1:3] == (
        {"ctc_total": 800_000, "joins_on": None}, {"ctc_total": None, "joins_on": "2027-07-01"})  # fmt: skip
    assert refused(update_offer, ADMIN, made.id, {"ctc_total": 1}).field == "/ctc_total"
    assert refused(update_offer, ADMIN, made.id, {"joins_on": date(2027, 1, 1)}).field == "/joins_on"
    assert refused(update_offer, ADMIN, made.id, {"company": "Other"}).field == "/company"
    number = len(events())
    assert update_offer(ADMIN, made.id, {"ctc_fixed": 700_000}) == changed
    assert len(events()) == number


def test_an_accepted_offer_closes_the_gate_of_other_drives(office: list[int]) -> None:
    with transaction() as tx:
        factories.drive(tx, "NEXT-1", criteria={"not_placed": True})

    def verdict() -> str:
        return explain(ADMIN, "NEXT-1", "R000001").verdict

    made = offered()
    assert verdict() == "eligible"
    update_offer(ADMIN, made.id, {"status": "ACCEPTED"})
    assert verdict() == "not"
    with transaction() as tx:
        assert not any(tx.scalars(select(students.c.placed)))
    update_offer(ADMIN, made.id, {"status": "DECLINED"}, reason="changed their mind")
    assert verdict() == "eligible"


def test_offers_are_listed_newest_first(office: list[int]) -> None:
    ids = [offered().id, offered("R000003").id, ppo().id, ppo("R000001", status="ACCEPTED").id]
    first = list_offers(ADMIN, limit=3)
    rest = list_offers(ADMIN, limit=3, cursor=first.next_cursor)
    assert [one.id for one in [*first.items, *rest.items]] == ids[::-1]
    assert [one.id for one in list_offers(ADMIN, drive="ACME-1").items] == [ids[1], ids[0]]
    assert [one.id for one in list_offers(ADMIN, student="R000001").items] == [ids[3], ids[0]]
    assert [one.id for one in list_offers(ADMIN, status="ACCEPTED").items] == [ids[3]]
    assert refused(list_offers, ADMIN, status="LOST").field == "/status"
    assert refused(list_offers, ADMIN, drive="NONE").code == "not-found"


def test_scopes_hold(office: list[int]) -> None:
    ece, cse, beside = offered().id, offered("R000003").id, ppo("R000003").id
    assert [one.id for one in list_offers(CSE).items] == [beside, cse]
    assert refused(show_offer, CSE, ece).code == "not-found"
    assert refused(update_offer, CSE, ece, {"status": "ACCEPTED"}).code == "not-found"
    assert update_offer(CSE, cse, {"status": "ACCEPTED"}).status == "ACCEPTED"
    assert refused(ppo, "R000001", CSE).code == "not-found"
    assert ppo("R000003", CSE).company == "Globex"
    with transaction() as tx:
        drive = tx.scalar(select(placement_drives.c.id))
    of_the_drive = Actor("devi", role=Role.COORDINATOR, scope=Scope(drives=(drive or 0,)))
    assert {one.id for one in list_offers(of_the_drive).items} == {ece, cse}
    assert update_offer(of_the_drive, ece, {"status": "DECLINED"}).status == "DECLINED"


def test_students_see_their_own_and_change_nothing(office: list[int]) -> None:
    mine, other = offered().id, offered("R000003").id
    student = Actor("asha", role=Role.STUDENT, student_id=office[0])
    assert [one.id for one in list_offers(student).items] == [mine]
    assert refused(show_offer, student, other).code == "not-found"
    assert refused(list_offers, student, student="R000003").code == "not-found"
    for actor in (student, STAFF):
        assert refused(update_offer, actor, mine, {"status": "ACCEPTED"}).code == "forbidden"
        assert refused(ppo, "R000001", actor).code == "forbidden"


def test_a_key_records_once(office: list[int]) -> None:
    again = Actor("meena", role=Role.ADMIN, repeat=Repeat("k-1", "same"))
    assert ppo(actor=again) == ppo(actor=again)
    assert len(list_offers(ADMIN).items) == 1
    other = Actor("meena", role=Role.ADMIN, repeat=Repeat("k-1", "another"))
    assert refused(ppo, actor=other).code == "idempotency-key-reused"
