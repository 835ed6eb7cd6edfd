"""A roster at the console: dropped on the page, a column explained, its rows read, just the plan applied."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from tests.console.place import Office
from tests.console.watched import Watched

DROP = """
([target, name, text]) => {
    const data = new DataTransfer();
    data.items.add(new File([text], name, { type: "text/csv" }));
    for (const type of ["dragover", "drop"])
        target.dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
}
"""


def drop(watched: Watched, name: str, text: str) -> None:
    """Drag a file onto the place for it."""
    target = watched.page.get_by_label("Drop the roster here, or choose it").element_handle()
    watched.page.evaluate(DROP, [target, name, text])
    expect(watched.page.get_by_text(f"{name} (")).to_be_visible()


def cgpa(watched: Watched, roll_no: str) -> float:
    """As stored."""
    (student,) = watched.ask("GET", f"/students?q={roll_no}")["items"]
    return float(student["cgpa"])


def figures(watched: Watched, panel: str) -> dict[str, str]:
    """The figures of a panel under their names."""
    region = watched.page.get_by_role("region", name=panel)
    expect(region).to_be_visible()
    return {
        row.locator("dt").inner_text(): row.locator("dd").first.inner_text()
        for row in region.locator("dl > div").all()
    }


def test_a_roster_is_planned_and_applied_as_planned(watched: Watched, office: Office) -> None:
    watched.sign_in("STAFF", "/students")
    page = watched.page
    known = watched.ask("GET", f"/students?q={office.roll_no}")["items"][0]
    college = known["college"]
    page.get_by_role("link", name="Import").first.click()
    drop(
        watched,
        "roster.csv",
        "Roll No,Name,Branch,Batch,College,Grade so far\n"
        f"IMP-1,Meera Iyer,{known['branch']},{known['batch_year']},{college},8.4\n"
        f"IMP-2,Tara Bose,{known['branch']},{known['batch_year']},{college},seven\n"
        f"{known['roll_no']},{known['name']},{known['branch']},{known['batch_year']},{college},9.99\n",
    )
    page.get_by_role("button", name="Make the plan").click()
    columns = page.get_by_role("region", name="Columns that are not recognised")
    assert figures(watched, "3. The plan")["Rejected"].startswith("0")
    columns.get_by_label("“Grade so far” is read as").select_option("CGPA")
    errors = page.get_by_role("table", name="Row errors")
    expect(errors).to_contain_text("seven")
    assert {name: value.split()[0] for name, value in figures(watched, "3. The plan").items()} == {
        "Rows": "3",
        "New": "1",
        "Changed": "1",
        "Unchanged": "0",
        "Rejected": "1",
    }
    watched.assert_accessible()
    watched.shoot("import-plan")
    someone_else_changes(office, known)
    apply(watched, new=1, changed=1)
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_text("Nothing was imported.")).to_be_visible()
    assert watched.ask("GET", "/students?q=IMP-1")["items"] == []
    page.get_by_role("button", name="Make a new plan").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    apply(watched, new=1, changed=0)
    expect(page.get_by_role("status").filter(has_text="just as it was planned")).to_be_visible()
    watched.assert_accessible()
    watched.shoot("import-result")
    assert (cgpa(watched, "IMP-1"), cgpa(watched, known["roll_no"])) == (8.4, 9.99)
    page.get_by_role("link", name="To the students").click()
    page.get_by_role("searchbox", name="Search").fill("Meera Iy")
    expect(page.get_by_role("table", name="Students")).to_contain_text("IMP-1")


def someone_else_changes(office: Office, known: dict[str, Any]) -> None:
    """What this roster was to change another one has changed by now."""
    path = office.folder / "other.csv"
    path.write_text(
        "Roll No,Name,Branch,Batch,College,CGPA\n"
        f"{known['roll_no']},{known['name']},{known['branch']},{known['batch_year']},{known['college']},9.99\n"
    )
    office.run("student", "import", str(path), "--yes")


def apply(watched: Watched, new: int, changed: int) -> None:
    """Agree to the plan."""
    page = watched.page
    page.get_by_role("button", name=f"Import {new} new and {changed} changed").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Apply the plan").click()
