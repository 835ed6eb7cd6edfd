"""An office in which every command can be run once: the story of two drives, command by command."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import text

from sql.engine import transaction
from tests import factories

WINDOW = "--opens '2026-01-01 09:00' --closes '2099-12-05 17:00'"

NOT_RUN = {
    "up": "stays until it is stopped",
    "api run": "stays until it is stopped",
    "worker run": "stays until it is stopped",
    "scheduler run": "stays until it is stopped",
    "api health": "asks a process that runs beside it: test_health.py",
    "worker health": "asks a process that runs beside it: test_health.py",
    "scheduler health": "asks a process that runs beside it: test_health.py",
    "completion": "prints a program for a shell; test_completion.py has it run there",
    "backup restore": "replaces the database; test_backup.py has it run",
}
"""Commands that the story leaves out, and why."""

STORY = {
    "version": "",
    "api openapi": "",
    "config show": "--origin",
    "deploy render": "systemd --to units",
    "db migrate": "",
    "db status": "",
    "db check": "",
    "config check": "",
    "doctor": "",
    "student import": "roster.csv --college ENG --yes",
    "student list": "--branch CSE",
    "student show": "R000001",
    "student choices": "",
    "student drives": "R000001",
    "student export": "--file students.csv",
    "drive create": f"--company Globex --title Analyst --cgpa-min 7.5 {WINDOW}",
    "drive list": "",
    "drive update": "ACME-1 --title 'Software engineer'",
    "drive eligible": "ACME-1 --wait",
    "drive preview": "--drive ACME-1 --cgpa-min 7.25",
    "drive candidates": "ACME-1 --verdict eligible --not-selected",
    "drive why": "ACME-1 R000001",
    "drive publish": "ACME-1 --students rolls.txt --override-reason 'dean asked' --wait --yes",
    "drive show": "ACME-1",
    "drive extend": "ACME-1 --until '2099-12-07 17:00'",
    "drive pause": "ACME-1 --reason 'a correction'",
    "drive resume": "ACME-1",
    "registration add": "--drive ACME-1 --student R000001",
    "registration list": "--drive ACME-1",
    "registration withdraw": "--drive ACME-1 --student R000002",
    "export registrations": "ACME-1 --wait",
    "export list": "",
    "export download": "1 --file shortlist.csv",
    "round create": "--drive ACME-1 --kind interview --name 'Technical interview'",
    "round update": "--drive ACME-1 --round 1 --venue 'Hall 2'",
    "drive start": "ACME-1 --yes",
    "attendance list": "--drive ACME-1",
    "attendance mark": "--drive ACME-1 --round 1 --file came.txt --status PRESENT",
    "attendance finalise": "--drive ACME-1 --round 1 --yes",
    "attendance correct": "--drive ACME-1 --round 1 --student R000001 --status LATE --reason 'came at ten'",
    "round list": "--drive ACME-1",
    "round delete": "--drive ACME-1 --round 2",
    "offer record": "--drive ACME-1 --student R000001 --ctc-fixed 7,00,000",
    "offer list": "",
    "offer update": "1 --status ACCEPTED",
    "offer show": "1",
    "drive stats": "ACME-1",
    "drive complete": "ACME-1",
    "drive archive": "ACME-1",
    "drive cancel": "GLOBEX-1 --reason 'the company withdrew' --yes",
    "drive delete": "INITECH-1 --yes",
    "view list": "",
    "view refresh": "--wait",
    "view show": "drive_funnel",
    "queue pause": "eligibility-filter --reason 'results change'",
    "queue drain": "auto-publish",
    "queue stats": "",
    "queue throughput": "--window 24h",
    "queue resume": "eligibility-filter auto-publish",
    "job cancel": "{job}",
    "job retry": "{job}",
    "job wait": "{job}",
    "job watch": "{job}",
    "job show": "{job}",
    "job list": "",
    "job count": "",
    "job prune": "--older-than 30d --yes",
    "worker list": "--all",
    "schedule disable": "prune-jobs",
    "schedule enable": "prune-jobs",
    "schedule list": "",
    "schedule check": "",
    "schedule run": "prune-jobs --wait",
    "user create": "ravi@example.edu --role COORDINATOR --branch CSE",
    "user set-role": "ravi@example.edu --role STAFF",
    "user disable": "ravi@example.edu",
    "user enable": "ravi@example.edu",
    "user reset-password": "ravi@example.edu",
    "user list": "",
    "registration mine": "--as r1@example.edu",
    "token create": "--user ravi@example.edu --name dashboard",
    "token list": "",
    "token revoke": "1",
    "audit list": "",
    "integration-test": "",
    "backup create": "",
    "backup list": "",
    "backup verify": "",
    "backup prune": "--keep 1 --yes",
    "status": "",
}
"""The words of every command, in an order in which each has something to do; `{job}` is the newest job's id."""

BEFORE = {
    "registration withdraw": ["registration add --drive ACME-1 --student R000002"],
    "drive start": ["round create --drive ACME-1 --kind hr --name 'Meeting'"],
    "drive delete": ["drive create --company Initech --title Analyst"],
    "job cancel": [
        "drive create --company Umbrella --title Analyst",
        "queue pause eligibility-filter",
        "drive eligible UMBRELLA-1",
    ],
    "job retry": ["queue resume eligibility-filter"],
    "registration mine": ["user create r1@example.edu --role STUDENT --student R000001"],
}
"""What has to be done before a command, as its own business is another."""

FAILS = {"doctor": 1}
"""Commands that end otherwise here: no worker runs."""


def furnish(folder: Path) -> None:
    """Thirty students, a draft, and the files that the story reads."""
    with transaction() as tx:
        factories.crowd(tx, factories.college(tx), 30)
        factories.drive(tx, criteria={"cgpa_min": 7})
        # Their ticks count from the birth of the template, which may lie behind the full hour.
        tx.execute(text("UPDATE schedules SET changed_at = clock_timestamp()"))
    (folder / "rolls.txt").write_text("".join(f"R{number:06}\n" for number in range(1, 8)))
    (folder / "came.txt").write_text("R000001\n")
    (folder / "roster.csv").write_text("Roll No.,Name,CGPA\n0108123,=cmd|'x',8.1\n0108124,மீனா\u202e,7\n")


def newest_job() -> int:
    """The newest job's id; 0 before there is any."""
    with transaction() as tx:
        return int(tx.scalar(text("SELECT coalesce(max(id), 0) FROM jobs")) or 0)
