"""Analytics: each view as chart and table, filtered by the URL, its age, and a refresh that is followed to its end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.console.place import Office
from tests.console.watched import Watched

LABELS = {
    "drive_funnel": "Drive funnel",
    "branch_placement": "Branch placement",
    "ctc_statistics": "CTC",
    "company_season": "Companies",
    "daily_registrations": "Daily registrations",
    "data_quality": "Data quality",
}
JOB_TYPE = "refresh-materialized-views"


@pytest.fixture(scope="module")
def fresh(office: Office) -> Iterator[None]:
    """Views that were refreshed, and are not by themselves while these tests look."""
    office.run("schedule", "disable", "refresh-drive-funnel")
    office.run("view", "refresh", "--wait")
    yield
    office.run("schedule", "enable", "refresh-drive-funnel")


pytestmark = pytest.mark.usefixtures("fresh")


def rows_of(office: Office, view: str) -> list[dict[str, Any]]:
    """A view's rows by the names of their columns."""
    shown = office.json("view", "show", view)
    return [dict(zip(shown["columns"], row, strict=True)) for row in shown["rows"]]


def column(table: Locator, name: str) -> list[str]:
    """What stands below a header."""
    return table.locator(f"td[data-label='{name}']").all_inner_texts()


def select(page: Page, name: str) -> Locator:
    """The filter of this name."""
    return page.get_by_role("combobox", name=name, exact=True)


@pytest.mark.parametrize("view", LABELS)
def test_a_view(watched: Watched, view: str) -> None:
    watched.sign_in("STAFF", f"/analytics/{view}")
    page = watched.page
    expect(page.get_by_role("heading", level=1)).to_have_text(LABELS[view])
    expect(page.get_by_role("tab", name=LABELS[view])).to_have_attribute("data-state", "active")
    expect(page.get_by_text("As of")).to_be_visible()
    chart = page.get_by_role("region", name="Chart").get_by_role("img").first
    expect(chart).to_have_attribute("aria-label", re.compile(r"\d"))
    expect(chart.locator(".recharts-surface")).to_be_visible()
    table = page.get_by_role("table", name=LABELS[view])
    assert table.get_by_role("row").count() > 1
    watched.assert_accessible()
    watched.shoot(f"analytics-{view}")


def test_it_reads_without_colour(watched: Watched) -> None:
    watched.sign_in("STAFF", "/analytics/branch_placement")
    chart = watched.page.get_by_role("region", name="Chart")
    expect(chart.locator(".recharts-bar")).to_have_count(3)
    fills = chart.locator(".recharts-bar").evaluate_all(
        "bars => bars.map(bar => bar.querySelector('path').getAttribute('fill'))"
    )
    assert len(fills) == len(set(fills)) == 3 and "url(#chart-hatch)" in fills
    expect(watched.page.locator("pattern#chart-hatch")).to_have_count(1)
    watched.page.get_by_role("tab", name="Daily registrations").click()
    expect(chart.locator("path.recharts-line-curve")).to_have_count(2)
    dashes = chart.locator("path.recharts-line-curve").evaluate_all(
        "lines => lines.map(line => line.getAttribute('stroke-dasharray'))"
    )
    assert len(set(dashes)) == len(dashes)


def test_both_denominators_are_named(watched: Watched, office: Office) -> None:
    rows = [row for row in rows_of(office, "branch_placement") if row["branch"] == "CSE"]
    assert len(rows) > 1, "a bar adds up parts, not percentages"
    sums = {name: sum(row[name] for row in rows) for name in rows[0] if isinstance(rows[0][name], int)}
    watched.sign_in("STAFF", "/analytics/branch_placement?branch=CSE")
    told = watched.page.get_by_role("region", name="Chart").get_by_text("registered ·")
    expect(told).to_have_count(1)
    found = re.findall(r"([\d.]+)% of ([\d,]+) (\w+)", told.text_content() or "")
    for part, whole, (percent, number, name) in zip(
        ("placed_of_registered", "placed_of_participated"),
        ("registered", "participated"),
        found,
        strict=True,
    ):
        assert int(number.replace(",", "")) == sums[whole]
        assert float(percent) == pytest.approx(100 * sums[part] / sums[whole], abs=0.06)
        assert name == {"participated": "participants"}.get(whole, whole)


def test_filters_live_in_the_address(watched: Watched) -> None:
    watched.sign_in("STAFF", "/analytics/branch_placement")
    page = watched.page
    table = page.get_by_role("table", name="Branch placement")
    select(page, "Branch").select_option("CSE")
    select(page, "Batch").select_option("2027")
    expect(page).to_have_url(re.compile(r"branch=CSE&batch=2027"))
    assert set(column(table, "Branch")) == {"CSE"} and set(column(table, "Batch")) == {"2027"}
    page.reload()
    expect(select(page, "Branch")).to_have_value("CSE")
    page.get_by_role("tab", name="Data quality").click()
    expect(select(page, "Branch")).to_have_value("CSE")
    page.get_by_role("tab", name="Drive funnel").click()
    select(page, "Drive").select_option("MONSOON-27")
    expect(page.get_by_role("table", name="Drive funnel").get_by_role("row")).to_have_count(2)
    expect(page.get_by_role("region", name="Chart")).to_contain_text("Monsoon Bank")
    page.get_by_role("button", name="Clear").click()
    expect(page).not_to_have_url(re.compile("drive="))
    page.get_by_role("tab", name="CTC").click()
    select(page, "Level").select_option("batch")
    expect(select(page, "College")).to_have_count(0)
    expect(page.get_by_role("table", name="CTC")).to_contain_text("Batch 2027")


def test_the_table_is_sorted(watched: Watched) -> None:
    watched.sign_in("STAFF", "/analytics/drive_funnel")
    table = watched.page.get_by_role("table", name="Drive funnel")
    table.get_by_role("button", name="Registered").click()
    expect(table.get_by_role("columnheader", name="Registered")).to_have_attribute(
        "aria-sort", re.compile("ending")
    )
    shown = [int(value.replace(",", "")) for value in column(table, "Registered")]
    assert shown in (sorted(shown), sorted(shown, reverse=True)) and len(set(shown)) > 3


def test_a_refresh_is_followed(watched: Watched, office: Office) -> None:
    watched.sign_in("STAFF", "/analytics/drive_funnel")
    page = watched.page
    refresh = page.get_by_role("button", name="Refresh", exact=True)
    refresh.click()
    expect(page.get_by_text(re.compile("^(Refreshed|Nothing changed)"))).to_be_visible()
    refresh.click()
    expect(page.get_by_text("Nothing changed since the last refresh.")).to_be_visible()
    expect(page.get_by_text("Up to date")).to_be_visible()
    code = office.json("drive", "create", "--company", "Windmill Survey", "--title", "Planner")["drive"][
        "code"
    ]
    page.reload()
    expect(page.get_by_text("Stale: changed since")).to_be_visible()
    watched.shoot("analytics-stale")
    expect(page.get_by_role("table", name="Drive funnel")).not_to_contain_text(code)
    refresh.click()
    expect(page.get_by_text(re.compile(r"^Refreshed in \d+ ms"))).to_be_visible()
    expect(page.get_by_text("Up to date")).to_be_visible()
    expect(page.get_by_role("table", name="Drive funnel")).to_contain_text(code)


def test_a_refresh_that_waits_says_so(watched: Watched, office: Office) -> None:
    watched.sign_in("STAFF", "/analytics/ctc_statistics")
    page = watched.page
    office.run("queue", "pause", JOB_TYPE, "--reason", "a test looks at what waits")
    try:
        page.get_by_role("button", name="Refresh", exact=True).click()
        expect(page.get_by_text("Waiting for a worker.")).to_be_visible()
        expect(page.get_by_role("link", name=re.compile(r"^Job \d+$"))).to_be_visible()
        expect(page.get_by_role("button", name="Refresh", exact=True)).to_be_disabled()
    finally:
        office.run("queue", "resume", JOB_TYPE)
    expect(page.get_by_text(re.compile("^(Refreshed|Nothing changed)"))).to_be_visible()
    expect(page.get_by_role("button", name="Refresh", exact=True)).to_be_enabled()


def test_what_lies_beyond_a_scope_is_not_offered(watched: Watched) -> None:
    watched.sign_in("COORDINATOR", "/analytics/branch_placement")
    page = watched.page
    expect(page.get_by_role("tab")).to_have_count(len(LABELS) - 1)
    expect(page.get_by_role("tab", name="Companies")).to_have_count(0)
    colleges = set(column(page.get_by_role("table", name="Branch placement"), "College"))
    assert len(colleges) == 1
    watched.open("/analytics/company_season")
    expect(page.get_by_role("alert")).to_contain_text("may not read the view company_season")
