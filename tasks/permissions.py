"""Who may do what: one table for both doors, the tests and the documentation. What it does not name is forbidden."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

from tasks.actor import Role


class Grant(Enum):
    """How far a permission goes."""

    NONE = "no"
    OWN = "own"
    REACH = "in scope"
    MANAGED = "drives wholly in scope"
    ALL = "yes"


class Permission(NamedTuple):
    """What it allows, in words that follow *may*, and how far it goes for each role."""

    title: str
    admin: Grant
    coordinator: Grant
    staff: Grant
    student: Grant

    def grant(self, role: Role | None) -> Grant:
        """How far it goes for somebody of this role; without a role nowhere."""
        return Grant.NONE if role is None else getattr(self, role.lower())


NO, OWN, REACH, MANAGED, ALL = Grant.NONE, Grant.OWN, Grant.REACH, Grant.MANAGED, Grant.ALL

PERMISSIONS: Mapping[str, Permission] = {
    "drive.read": Permission("read drives", ALL, REACH, ALL, OWN),
    "drive.write": Permission("create, change, publish and move drives", ALL, MANAGED, NO, NO),
    "eligibility.read": Permission("read how many are eligible", ALL, REACH, ALL, NO),
    "eligibility.why": Permission("see the verdict on a student, rule by rule", ALL, REACH, ALL, OWN),
    "student.read": Permission("read students", ALL, REACH, ALL, OWN),
    "student.import": Permission("import students", ALL, NO, ALL, NO),
    "registration.read": Permission("list registrations", ALL, REACH, ALL, OWN),
    "registration.write": Permission("register and withdraw students", ALL, REACH, ALL, OWN),
    "attendance.read": Permission("read attendance", ALL, REACH, ALL, OWN),
    "attendance.mark": Permission("mark attendance", ALL, MANAGED, ALL, NO),
    "attendance.finalise": Permission("finalise and correct attendance", ALL, MANAGED, NO, NO),
    "offer.read": Permission("read offers", ALL, REACH, ALL, OWN),
    "offer.write": Permission("record and change offers", ALL, REACH, NO, NO),
    "export.read": Permission("list and download exports", ALL, MANAGED, ALL, NO),
    "export.request": Permission("export a drive's lists", ALL, MANAGED, ALL, NO),
    "export.full": Permission("export every column", ALL, MANAGED, NO, NO),
    "view.read": Permission("read analytics", ALL, REACH, ALL, NO),
    "view.refresh": Permission("refresh analytics", ALL, ALL, ALL, NO),
    "job.read": Permission("look at jobs", ALL, OWN, OWN, NO),
    "job.manage": Permission("retry and cancel jobs", ALL, NO, NO, NO),
    "queue.read": Permission("look at queues and workers", ALL, NO, NO, NO),
    "queue.manage": Permission("pause, drain and resume job types", ALL, NO, NO, NO),
    "schedule.read": Permission("look at schedules", ALL, NO, NO, NO),
    "schedule.manage": Permission("run, enable and disable schedules", ALL, NO, NO, NO),
    "system.read": Permission("look at the installation", ALL, NO, NO, NO),
    "system.manage": Permission("migrate, fill and back up the database", ALL, NO, NO, NO),
    "user.manage": Permission("manage users", ALL, NO, NO, NO),
    "token.manage": Permission("manage tokens", ALL, NO, NO, NO),
    "audit.read": Permission("read the audit log", ALL, NO, NO, NO),
    "profile": Permission("read the own profile, sign out, change the own password", ALL, ALL, ALL, ALL),
}
"""OWN is the own row, the own jobs, and for drives those posted to the student's college or registered for.

REACH is what has to do with a student in a coordinator's scope, and the drives listed there; MANAGED only the drives
listed there and those whose criteria admit nobody outside of it.
"""
