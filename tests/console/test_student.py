"""A student on a phone: why not this drive, register for that one, receipt, withdraw; nothing after the close."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.console.place import Office
from tests.console.watched import Watched

NUMBERS = count(1)
PHONE = 360


def draft(office: Office, *rules: str) -> Any:
    """A drive of its own for a test, which takes registrations for some days once it is published."""
    number = next(NUMBERS)
    words = ["--company", f"Harbour Works {number}", "--title", "Surveyor", "--code", f"HARBOUR-{number}"]
    window = ["--opens", moment(-3600), "--closes", moment(4 * 86_400 + 3600)]
    return office.json("drive", "create", *words, *window, *rules)["drive"]


def publish(office: Office, drive: Any, *words: str) -> None:
    """Post it to the student; with words, to others."""
    if not words:
        chosen = office.folder / "chosen.txt"
        chosen.write_text(f"{office.roll_no}\n")
        words = ("--students", str(chosen))
    office.run("drive", "publish", drive["code"], *words, "--yes", "--wait")


def moment(seconds: float) -> str:
    """So far from now."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat(timespec="seconds")


def card(watched: Watched, drive: Any) -> Locator:
    """What stands on the page about a drive."""
    return watched.page.get_by_role("listitem").filter(has=heading(watched, drive))


def heading(watched: Watched, drive: Any) -> Locator:
    """The name under which a drive stands there."""
    return watched.page.get_by_role("heading", name=drive["company"], exact=True)


def registration(office: Office, drive: Any) -> Any:
    """The one registration for a drive, as the office sees it."""
    (found,) = office.json("registration", "list", "--drive", drive["code"])["items"]
    return found


@pytest.fixture
def phone(new_page: Callable[..., Watched]) -> Watched:
    """A page as wide as a small telephone."""
    return new_page(width=PHONE)


def test_who_is_not_eligible_sees_why(phone: Watched, office: Office) -> None:
    student = office.json("student", "show", office.roll_no)
    other = next(
        one["name"]
        for one in office.json("student", "choices")["branches"]
        if one["name"] != student["branch"]
    )
    drive = draft(office, "--branch", other, "--cgpa-min", "0")
    publish(office, drive, "--eligible")
    phone.sign_in("STUDENT", "/my/drives")
    page = phone.page
    expect(card(phone, drive)).to_contain_text("Not eligible")
    expect(card(phone, drive)).to_contain_text("You do not meet the criteria: branch.")
    expect(card(phone, drive).get_by_role("button")).to_have_count(0)
    page.get_by_role("link", name=f"Rule by rule of {drive['company']}").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{drive['company']} · Surveyor")
    rules = page.get_by_role("region", name="Do you meet the criteria?")
    branch = rules.get_by_role("listitem").filter(has_text="Branch")
    expect(branch).to_contain_text(re.compile(f"Not met.*Yours{student['branch']}.*Wanted{other}.*To pass"))
    expect(rules.get_by_role("listitem").filter(has_text="CGPA")).to_contain_text("Met")
    expect(page.get_by_role("button", name=re.compile("Register|Withdraw"))).to_have_count(0)
    phone.assert_accessible()
    phone.shoot("student-not-eligible")


def test_registers_sees_the_receipt_and_withdraws(phone: Watched, office: Office) -> None:
    drive = draft(office)
    publish(office, drive)
    phone.sign_in("STUDENT", "/my/drives")
    page = phone.page
    expect(card(phone, drive)).to_contain_text(re.compile("EligibleSelected"))
    expect(card(phone, drive)).to_contain_text(re.compile(r"closes in 4 d"))
    phone.shoot("student-drives")
    page.set_viewport_size({"width": PHONE, "height": 800})
    page.get_by_role("button", name=f"Register for {drive['company']}").click()
    receipt = page.get_by_role("dialog", name="You are registered")
    expect(receipt).to_contain_text(office.roll_no)
    phone.assert_accessible()
    made = registration(office, drive)
    assert (made["status"], made["channel"]) == ("registered", "SELF")
    expect(receipt).to_contain_text(f"Receipt number{made['id']}")
    receipt.get_by_role("link", name="Open to print").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Receipt {made['id']}")
    expect(page.get_by_role("region", name="Receipt")).to_contain_text(drive["code"])
    assert page.locator("time").get_attribute("datetime") == made["registered_at"]
    phone.shoot("student-receipt")
    printed_is_legible(phone)
    page.get_by_role("link", name="My registrations").last.click()
    expect(card(phone, drive)).to_contain_text(f"Receipt {made['id']}")
    withdraw(phone, drive)
    expect(card(phone, drive)).to_contain_text("Withdrawn")
    assert registration(office, drive)["status"] == "withdrawn"
    phone.open("/my/drives")
    page.get_by_role("button", name=f"Register for {drive['company']}").click()
    expect(page.get_by_role("dialog")).to_contain_text(f"Receipt number{made['id']}")
    page.get_by_role("button", name="Done").click()
    expect(card(phone, drive).get_by_role("button")).to_have_text(re.compile("^Withdraw"))


def printed_is_legible(watched: Watched) -> None:
    """On paper there is no navigation, and dark mode does not hold."""
    page = watched.page
    page.emulate_media(media="print", color_scheme="dark")
    expect(page.get_by_role("banner")).to_have_count(0)
    expect(page.get_by_role("button", name="Print")).to_have_count(0)
    assert page.evaluate("getComputedStyle(document.documentElement).color") == "rgb(28, 31, 29)"
    page.emulate_media(media="screen", color_scheme="light")
    page.evaluate("window.print = () => { window.printed = true }")
    page.get_by_role("button", name="Print").click()
    assert page.evaluate("window.printed")


def withdraw(watched: Watched, drive: Any) -> None:
    """Withdraw, but only at the second thought."""
    page = watched.page
    button = page.get_by_role("button", name=f"Withdraw from {drive['company']}")
    button.click()
    asked = page.get_by_role("alertdialog", name=f"Withdraw from {drive['company']} · Surveyor?")
    expect(asked).to_contain_text("1 registration")
    watched.assert_accessible()
    asked.get_by_role("button", name="Keep as it is").click()
    expect(asked).to_have_count(0)
    button.click()
    asked.get_by_role("button", name="Withdraw").click()
    expect(asked).to_have_count(0)


def test_nothing_after_the_close(new_page: Callable[..., Watched], office: Office) -> None:
    watching, cut_off = new_page(width=PHONE), new_page(width=PHONE)
    for one in (watching, cut_off):
        one.sign_in("STUDENT", "/my/drives")
    drive = draft(office)
    closes = time.time() + 30
    office.run("drive", "update", drive["code"], "--closes", moment(30))
    publish(office, drive)
    for one in (watching, cut_off):
        one.page.reload()
        expect(one.page.get_by_role("button", name=f"Register for {drive['company']}")).to_be_visible()
    expect(card(watching, drive)).to_contain_text(re.compile(r"closes in \d+ s"))
    # What this page shows gets old, as on a telephone that has lost its connection.
    cut_off.page.route("**/students/drives?*", lambda route: route.abort())
    expect(card(watching, drive)).to_have_count(0)
    assert time.time() >= closes - 1, "the page leaves it open until the server's clock says otherwise"
    cut_off.page.get_by_role("button", name=f"Register for {drive['company']}").click()
    expect(cut_off.page.get_by_text(f"drive {drive['code']} closed its registration at")).to_be_visible()
    assert office.json("registration", "list", "--drive", drive["code"])["items"] == []
    watching.page.get_by_role("tab", name="All drives").click()
    expect(card(watching, drive)).to_contain_text("Closed")
    expect(card(watching, drive).get_by_role("button")).to_have_count(0)


def test_a_selection_that_is_pending(phone: Watched, office: Office) -> None:
    drive = draft(office)
    chosen = office.folder / "chosen.txt"
    chosen.write_text(f"{office.roll_no}\n")
    office.run("queue", "pause", "auto-publish", "--reason", "a test looks at what waits")
    try:
        office.run("drive", "publish", drive["code"], "--students", str(chosen), "--yes")
        phone.sign_in("STUDENT", "/my/drives")
        expect(card(phone, drive)).to_contain_text("Selection pending")
        expect(card(phone, drive).get_by_role("button")).to_have_count(0)
    finally:
        office.run("queue", "resume", "auto-publish")
    expect(card(phone, drive)).to_contain_text("Selected")
    expect(phone.page.get_by_role("button", name=f"Register for {drive['company']}")).to_be_visible()


def test_what_is_not_a_students(phone: Watched) -> None:
    phone.sign_in("STUDENT", "/analytics/drive_funnel")
    expect(phone.page.get_by_role("alert")).to_contain_text("may not read analytics")
    phone.open("/my/drives/STEPWELL-27")
    expect(phone.page.get_by_text("No such drive")).to_be_visible()
    phone.open("/my/registrations?receipt=999999")
    expect(phone.page.get_by_text("There is no receipt 999999 among yours.")).to_be_visible()
