"""Signing in, back to where one was, and out; what each role is offered; the first things everybody sees."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.console.place import Office
from tests.console.watched import Watched

OFFERED = {
    "ADMIN": {"Drives", "Students", "Offers", "Analytics", "Exports", "Overview", "Jobs", "Queues", "Workers"}
    | {"Schedules", "Audit", "Users", "Tokens"},
    "COORDINATOR": {"Drives", "Students", "Offers", "Analytics", "Exports", "Jobs"},
    "STAFF": {"Drives", "Students", "Offers", "Analytics", "Exports", "Jobs"},
    "STUDENT": {"Drives", "My registrations"},
}


def test_by_the_form_to_where_one_was_and_out_again(watched: Watched, office: Office) -> None:
    page, person = watched.page, office.person("STAFF")
    watched.open("/drives?status=posted")
    watched.assert_accessible()
    watched.shoot("sign-in")
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password").fill("not this one")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("password")
    page.get_by_label("Password").fill(person.password)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Drives")).to_be_visible()
    assert page.url.endswith("#/drives?status=posted")
    expect(page.get_by_label("State")).to_have_value("posted")
    page.get_by_role("button", name=re.compile("Account of")).click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_session_that_ends_leads_to_the_form_and_back(watched: Watched, office: Office) -> None:
    person = watched.sign_in("STAFF", "/drives")
    page = watched.page
    page.context.clear_cookies()
    page.get_by_label("State").select_option("draft")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password").fill(person.password)
    page.keyboard.press("Enter")
    expect(page.get_by_label("State")).to_have_value("draft")


@pytest.mark.parametrize("role", OFFERED)
def test_each_role_is_offered_its_own(watched: Watched, role: str) -> None:
    watched.sign_in(role)
    links = watched.page.get_by_role("navigation", name="Main").get_by_role("link").all_inner_texts()
    assert set(links) == OFFERED[role]
    expect(watched.page.get_by_text("Live", exact=True)).to_have_count(0 if role == "STUDENT" else 1)


def test_a_made_up_password_is_changed_first(watched: Watched, office: Office) -> None:
    made = office.json("user", "create", "new@college.example", "--role", "STAFF")
    page = watched.page
    watched.open("/drives")
    page.get_by_label("Email").fill("new@college.example")
    page.get_by_label("Password").fill(made["password"])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Choose a password")).to_be_visible()
    watched.assert_accessible()
    watched.shoot("new-password")
    page.get_by_label("Current password").fill(made["password"])
    page.get_by_label("New password", exact=True).fill("four random words here")
    page.get_by_label("New password again").fill("four random words here")
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_role("table", name="Drives")).to_be_visible()


def test_a_list_is_narrowed_in_its_address(watched: Watched) -> None:
    page = watched.page
    watched.sign_in("ADMIN", "/drives")
    page.get_by_role("table", name="Drives").wait_for()
    page.keyboard.press("/")
    page.keyboard.type("nothing is called so")
    expect(page.get_by_text("No drive matches these filters")).to_be_visible()
    assert "q=nothing" in page.url
    page.get_by_role("button", name="Clear the filters").click()
    page.get_by_label("Registration").select_option("open")
    expect(page).to_have_url(re.compile(r"\?registration=open$"))
    page.get_by_role("button", name=re.compile("Copy as CLI")).click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == "placeops drive list --registration open"


def test_live_pauses_and_goes_on(watched: Watched) -> None:
    watched.sign_in("ADMIN", "/drives")
    page = watched.page
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    page.get_by_role("button", name="Pause live updates").click()
    expect(page.get_by_text(re.compile(r"Paused since \d\d:\d\d"))).to_be_visible()
    page.get_by_role("button", name="Resume live updates").click()
    expect(page.get_by_text("Live", exact=True)).to_be_visible()


def test_an_address_that_leads_nowhere(watched: Watched) -> None:
    watched.sign_in("STAFF", "/no/such/page")
    expect(watched.page.get_by_text("There is no page at /no/such/page")).to_be_visible()
