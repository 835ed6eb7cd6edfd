"""The demonstration: ugly, always the same, never mixed with real data."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from sql.engine import transaction
from tasks.actor import Actor, Role
from tasks.demo_data import ARTS, DRIVES, ENGINEERING, people
from tasks.errors import PlaceopsError
from tasks.services import demo
from tasks.services.demo import fill_demo
from tasks.services.eligibility import eligibility_summary
from tasks.services.students import show_student
from tests import factories
from tests.conftest import Place

ME = Actor("tester", role=Role.ADMIN)


def value(statement: str) -> Any:
    with transaction() as tx:
        return tx.execute(text(statement)).scalar_one()


def share(test: Callable[[tuple[Any, ...]], bool]) -> float:
    everybody = [person for person in people() if person[0] == ENGINEERING]
    return sum(map(test, everybody)) / len(everybody)


def test_people_are_as_ugly_as_real_ones() -> None:
    everybody = list(people())
    engineers = {str(person[1]) for person in everybody if person[0] == ENGINEERING}
    artists = {str(person[1]) for person in everybody if person[0] == ARTS}
    names = {str(person[2]) for person in everybody}
    assert (len(engineers), len(artists)) == (4_000, 400)
    assert len(engineers & artists) > 50
    assert (
        0.07
        < share(lambda person: person[9] == "LATERAL" and person[12] is None and person[13] is not None)
        < 0.09
    )
    assert 0.02 < share(lambda person: person[10] is None) < 0.04
    assert 0.01 < share(lambda person: person[14] is None and person[15] is None) < 0.03
    assert {Decimal("7.00"), Decimal("6.99")} <= {person[10] for person in everybody}
    assert any(roll.startswith("0") for roll in engineers)
    assert any("/" in roll for roll in engineers)
    assert "1E5" in engineers
    for sign in ("த", "ने", ",", '"', "=cmd", "🎓"):
        assert any(sign in name for name in names), sign
    assert all(str(person[3]).endswith("@example.edu") for person in everybody if person[3])


def test_people_are_the_same_every_time() -> None:
    assert list(people()) == list(people())


def test_the_database_is_filled_once(place: Place) -> None:
    first = fill_demo(ME)
    assert (first.created, first.colleges, first.students, first.drives) == (True, 2, 4_400, 20)
    assert first.registrations > 5_000
    assert first.offers > 100
    changes, events = value("SELECT count(*) FROM data_changes"), value("SELECT count(*) FROM audit_events")
    again = fill_demo(ME)
    assert not again.created
    assert (again.registrations, again.offers) == (first.registrations, first.offers)
    assert value("SELECT count(*) FROM data_changes") == changes
    assert value("SELECT count(*) FROM audit_events") == events == 1
    assert show_student(ME, "1E5", ENGINEERING).college == ENGINEERING


def test_drives_are_in_every_state_and_what_hangs_on_them_fits(place: Place) -> None:
    fill_demo(ME)
    states = {plan.status for plan in DRIVES}
    assert states == {"draft", "posted", "paused", "in_progress", "completed", "cancelled", "archived"}
    nothing: dict[str, str] = {
        "a registration without a selection": """
            SELECT count(*) FROM drive_registrations r WHERE NOT EXISTS (
                SELECT FROM drive_coordinator_selections s
                WHERE s.drive_id = r.drive_id AND s.student_id = r.student_id)""",
        "a registration outside its window": """
            SELECT count(*) FROM drive_registrations r JOIN placement_drives d ON d.id = r.drive_id
            WHERE r.registered_at < d.reg_opens_at OR r.registered_at > now() OR r.withdrawn_at > now()
               OR r.withdrawn_at < r.registered_at OR r.registered_at > d.reg_closes_at AND r.channel <> 'LATE'""",
        "a published drive whose request and list differ": """
            SELECT count(*) FROM publish_requests p WHERE p.student_ids IS DISTINCT FROM (
                SELECT array_agg(s.student_id ORDER BY s.student_id) FROM drive_coordinator_selections s
                WHERE s.drive_id = p.drive_id)""",
        "attendance of somebody not registered": """
            SELECT count(*) FROM attendance a JOIN drive_rounds o ON o.id = a.round_id WHERE NOT EXISTS (
                SELECT FROM drive_registrations r WHERE r.drive_id = o.drive_id AND r.student_id = a.student_id
                AND r.status = 'registered')""",
        "a final round with somebody pending": """
            SELECT count(*) FROM attendance a JOIN drive_rounds o ON o.id = a.round_id
            WHERE o.finalised_at IS NOT NULL AND a.status = 'PENDING'""",
        "an offer to somebody who did not come": """
            SELECT count(*) FROM offers f WHERE NOT EXISTS (
                SELECT FROM attendance a JOIN drive_rounds o ON o.id = a.round_id
                WHERE o.drive_id = f.drive_id AND a.student_id = f.student_id AND a.status = 'PRESENT')""",
        "a cancelled drive with somebody registered": """
            SELECT count(*) FROM drive_registrations r JOIN placement_drives d ON d.id = r.drive_id
            WHERE d.status = 'cancelled' AND r.status = 'registered'""",
    }
    for trouble, statement in nothing.items():
        assert value(statement) == 0, trouble
    some = {
        "overrides": "SELECT count(*) FROM drive_coordinator_selections WHERE source = 'OVERRIDE'",
        "automatic lists": "SELECT count(*) FROM drive_coordinator_selections WHERE source = 'AUTO'",
        "late registrations": "SELECT count(*) FROM drive_registrations WHERE channel = 'LATE'",
        "pending attendance": "SELECT count(*) FROM attendance WHERE status = 'PENDING'",
        "unknown pay": "SELECT count(*) FROM offers WHERE ctc_total IS NULL",
        "accepted offers": "SELECT count(*) FROM offers WHERE status = 'ACCEPTED'",
        "declined offers": "SELECT count(*) FROM offers WHERE status = 'DECLINED'",
        "open drives": "SELECT count(*) FROM placement_drives WHERE status = 'posted' AND now() < reg_closes_at",
    }
    for what, statement in some.items():
        assert value(statement) > 0, what


def test_published_drives_know_who_is_eligible(place: Place) -> None:
    fill_demo(ME)
    for plan in DRIVES:
        found = eligibility_summary(ME, plan.code)
        published = plan.status != "draft" and plan.code != "LANTERN-27"
        assert (found.stale, found.outdated == 0) == (not published, published), plan.code


def test_it_never_mixes_with_real_data(place: Place) -> None:
    with transaction() as tx:
        factories.college(tx, "ENG")
    with pytest.raises(PlaceopsError) as caught:
        fill_demo(ME)
    assert caught.value.code == "data-folder"
    assert value("SELECT count(*) FROM students") == 0


def test_a_college_of_the_self_test_does_not_count_as_real(place: Place) -> None:
    with transaction() as tx:
        factories.college(tx, "CHECK", is_test=True)
    assert fill_demo(ME).created


def test_half_a_filling_leaves_nothing(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "_FILLING", (*demo._FILLING, "no_such_step"))
    with pytest.raises(KeyError):
        fill_demo(ME)
    assert value("SELECT count(*) FROM colleges") == 0
