"""An officer at the console: a drive from its rules to the company's file, as coordinator of one college."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, expect

from tests.console.place import Office
from tests.console.watched import Watched

COMPANY, TITLE = "Riverbend Tools", "Process engineer"
NAME = f"{COMPANY} · {TITLE}"
RULES = {"cgpa_min": "7.5", "twelfth_or_diploma_min": "60"}


def test_from_the_rules_to_the_companys_file(watched: Watched, office: Office, tmp_path: Path) -> None:
    watched.sign_in("COORDINATOR", "/drives")
    drive = create(watched)
    eligible = compute(watched)
    publish(watched, eligible)
    students = [
        f"{one['college']}:{one['roll_no']}"
        for one in watched.ask("GET", f"/drives/{drive['id']}/candidates?selected=true&limit=8")["items"]
    ]
    remove(watched, students[0], eligible)
    register(watched, drive, students)
    register_late(watched, office, drive, students[6])
    mark(watched, students[1:7])
    export(watched, tmp_path, students[1:7])


def tab(watched: Watched, name: str) -> None:
    """Go to a part of the drive's page."""
    watched.page.get_by_role("tab", name=name).click()
    watched.settle()


def region(watched: Watched, name: str) -> Locator:
    """A part of the page by its heading."""
    return watched.page.get_by_role("region", name=name, exact=True)


def figure(within: Locator, label: str) -> Locator:
    """The figure that stands under this name."""
    return (
        within.locator("dl > div").filter(has=within.page.get_by_text(label, exact=True)).locator("dd").first
    )


def create(watched: Watched) -> Any:
    """A draft, with the count of eligible students beside it while it is written."""
    page = watched.page
    page.get_by_role("link", name="New drive").click()
    counted = region(watched, "Eligible students")
    page.get_by_label("Company", exact=True).fill(COMPANY)
    page.get_by_label("Position", exact=True).fill(TITLE)
    page.get_by_label("CTC from").fill("6,50,000")
    page.get_by_label("CTC up to").fill("8 LPA")
    closes = (datetime.now(UTC) + timedelta(days=3)).strftime("%Y-%m-%dT17:00")
    page.get_by_label("Registration closes").fill(closes)
    cgpa = page.get_by_label("CGPA at least")
    cgpa.fill("seven")
    expect(cgpa).to_have_accessible_description("Write a number, such as 7.5.")
    expect(counted).to_contain_text("Correct the marked rules to count again.")
    cgpa.fill(RULES["cgpa_min"])
    page.get_by_label("12th or diploma % at least").fill(RULES["twelfth_or_diploma_min"])
    own = page.get_by_role("group", name="Colleges: 1 chosen").get_by_role("checkbox")
    expect(own).to_be_checked()
    (college,) = watched.ask("GET", "/students/choices")["colleges"]
    told = watched.ask("POST", "/eligibility/preview", {"criteria": RULES | {"colleges": [college["code"]]}})
    expect(counted).to_contain_text(
        f"{told['verdicts']['eligible']:,}of {college['students']:,} students would"
    )
    gap = told["only_missing"]["cgpa_min"]
    expect(counted).to_contain_text(f"{gap} students lost only because CGPA is empty")
    watched.assert_accessible()
    watched.shoot("drive-new-counted")
    page.get_by_role("button", name="Create draft").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(NAME)
    found = re.search(r"#/drives/(\d+)$", page.url)
    assert found
    drive = watched.ask("GET", f"/drives/{found[1]}")["drive"]
    assert (drive["status"], drive["ctc_min"], drive["ctc_max"]) == ("draft", 650_000, 800_000)
    return drive


def compute(watched: Watched) -> int:
    """Have the verdicts stored, and read how many are eligible."""
    page = watched.page
    tab(watched, "Eligibility")
    page.get_by_role("button", name="Compute eligibility").click()
    stored = region(watched, "Stored verdicts")
    expect(stored).to_contain_text("They hold for the data of today.")
    expect(stored).to_contain_text(re.compile(r"Completed[\d,]+ of [\d,]+ students eligible"))
    eligible = int(figure(page.get_by_role("main"), "Eligible today").inner_text().replace(",", ""))
    expect(stored).to_contain_text(f"{eligible:,} of ")
    watched.shoot("drive-eligibility")
    return eligible


def publish(watched: Watched, eligible: int) -> None:
    """Publish to everybody eligible, once the plan was read."""
    page = watched.page
    tab(watched, "Selection & publish")
    page.get_by_role("button", name="Show the plan").click()
    plan = region(watched, "Plan")
    expect(figure(plan, "Added")).to_have_text(f"{eligible:,}")
    expect(figure(plan, "By override")).to_have_text("0")
    plan.get_by_text(f"Who comes: {eligible:,} students").click()
    expect(plan.get_by_role("listitem")).to_have_count(100)
    watched.assert_accessible()
    watched.shoot("drive-publish-plan")
    page.get_by_role("button", name=f"Publish to {eligible:,} students").click()
    applied(watched, eligible)
    expect(page.get_by_role("heading", level=1).locator("..")).to_contain_text("Posted")


def applied(watched: Watched, selected: int) -> None:
    """The job has applied a selection of this size."""
    now = region(watched, "The selection now")
    expect(now).to_contain_text(f"{selected:,} students are selected.")
    expect(now).to_contain_text("Completed")


def remove(watched: Watched, student: str, selected: int) -> None:
    """Take somebody out of what is published, at the second thought."""
    page = watched.page
    page.get_by_role("radio", name="A list of roll numbers").check()
    page.get_by_role("radio", name="Remove from it").check()
    page.get_by_label("Roll numbers, one a line").fill(student)
    page.get_by_role("button", name="Show the plan").click()
    expect(figure(region(watched, "Plan"), "Removed")).to_have_text("1")
    act = page.get_by_role("button", name="Publish: 1 removed")
    act.click()
    question = page.get_by_role("alertdialog", name=f"Remove 1 student from the selection of {NAME}?")
    watched.assert_accessible()
    watched.shoot("drive-republish-removes")
    question.get_by_role("button", name="Keep as it is").click()
    expect(question).to_have_count(0)
    expect(act).to_be_focused()
    act.click()
    question.get_by_role("button", name="Publish and remove 1").click()
    applied(watched, selected - 1)


def register(watched: Watched, drive: Any, students: list[str]) -> None:
    """Some are registered; who is not on the selection is refused in the API's words."""
    page = watched.page
    for one in students[1:5]:
        watched.ask("POST", f"/drives/{drive['id']}/registrations", {"student": one})
    tab(watched, "Registrations")
    page.get_by_role("button", name="Register a student").click()
    dialog = page.get_by_role("dialog", name=f"Register a student for {COMPANY}")
    dialog.get_by_label("Student", exact=True).fill(students[0])
    dialog.get_by_role("button", name="Register", exact=True).click()
    expect(dialog.get_by_role("alert")).to_contain_text("is not on the selection")
    dialog.get_by_label("Student", exact=True).fill(students[5])
    expect(dialog.get_by_role("status").filter(has_text="on the selection")).to_be_visible()
    watched.assert_accessible()
    dialog.get_by_role("button", name="Register", exact=True).click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("table", name="Registrations").get_by_role("row")).to_have_count(6)


def register_late(watched: Watched, office: Office, drive: Any, student: str) -> None:
    """After the close only with a reason, which is shown from then on."""
    page = watched.page
    office.change(
        "UPDATE placement_drives SET reg_opens_at = now() - interval '2 days',"
        " reg_closes_at = now() - interval '1 hour' WHERE id = %s",
        drive["id"],
    )
    page.reload()
    page.get_by_role("button", name="Register late").click()
    dialog = page.get_by_role("dialog", name=f"Register late for {COMPANY}")
    dialog.get_by_label("Student", exact=True).fill(student)
    act = dialog.get_by_role("button", name="Register late")
    expect(act).to_be_disabled()
    dialog.get_by_label("Reason", exact=True).fill("The network of the hostel was down")
    act.click()
    row = page.get_by_role("row").filter(has_text=student.split(":")[1])
    expect(row).to_contain_text("Late")
    expect(row).to_contain_text("“The network of the hostel was down”")
    watched.assert_accessible()
    watched.shoot("drive-registrations")


def mark(watched: Watched, students: list[str]) -> None:
    """Start the drive, mark three of six by pasted numbers, and close the round."""
    page = watched.page
    page.get_by_role("button", name="Start", exact=True).click()
    question = page.get_by_role("alertdialog", name=f"Start {NAME}?")
    expect(question).to_contain_text("The first round expects 6 students.")
    question.get_by_role("button", name=re.compile("^Start ")).click()
    tab(watched, "Attendance")
    page.get_by_label("Roll numbers, one a line").fill("\n".join([*students[:3], students[0], "NOBODY-1"]))
    page.get_by_role("button", name="Preview").click()
    preview = region(watched, "Preview")
    expect(preview).to_contain_text("3 students would be marked PRESENT.")
    expect(figure(preview, "Duplicate")).to_have_text("1")
    expect(figure(preview, "Not on the list")).to_have_text("1")
    expect(preview.get_by_role("table", name="Entries that mark nobody")).to_contain_text("NOBODY-1")
    watched.assert_accessible()
    watched.shoot("drive-attendance-preview")
    preview.get_by_role("button", name="Mark 3 as PRESENT").click()
    round_1 = region(watched, "Round 1")
    expect(figure(round_1, "Present")).to_have_text("3")
    expect(figure(round_1, "Pending")).to_have_text("3")
    page.get_by_role("button", name="Finalise round 1").click()
    question = page.get_by_role("alertdialog", name=re.compile(f"Finalise round 1 .* of {COMPANY}"))
    expect(question).to_contain_text("3 PENDING become ABSENT.")
    watched.shoot("drive-finalise")
    question.get_by_role("button", name="Finalise, 3 become ABSENT").click()
    expect(figure(round_1, "Absent")).to_have_text("3")
    expect(round_1).to_contain_text("Finalised")
    expect(page.get_by_role("button", name="Finalise round 1")).to_have_count(0)


def export(watched: Watched, folder: Path, students: list[str]) -> None:
    """The company's file: requested, followed, saved, and what is in it."""
    page = watched.page
    tab(watched, "Exports")
    page.get_by_role("button", name="Request the export").click()
    followed = page.get_by_role("region", name=re.compile(r"^Export \d+$"))
    expect(followed).to_contain_text("6 rows")
    watched.assert_accessible()
    watched.shoot("drive-export-ready")
    with page.expect_download() as saving:
        followed.get_by_role("button", name="Download", exact=True).click()
    assert saving.value.suggested_filename.endswith(".csv")
    saving.value.save_as(folder / "list.csv")
    data = (folder / "list.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf") and data.endswith(b"\r\n")
    header, *rows = csv.reader(io.StringIO(data.decode("utf-8-sig")))
    assert header[:3] == ["S.No", "Roll No", "Name"], header
    assert sorted(row[1].lstrip("'") for row in rows) == sorted(one.split(":")[1] for one in students)
    (made,) = watched.ask("GET", f"/exports?drive={page.url.split('/drives/')[1].split('?')[0]}")["items"]
    assert (made["rows"], made["sha256"]) == (6, hashlib.sha256(data).hexdigest())
    expect(page.get_by_role("table", name="Exports").get_by_role("row").last).to_contain_text("Ready")
