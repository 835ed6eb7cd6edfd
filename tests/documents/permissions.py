"""docs/permissions.md: who may do what, from the one table of permissions."""

from __future__ import annotations

from collections import defaultdict

from placeops_api.app import create_app
from tasks.actor import Role
from tasks.permissions import PERMISSIONS, Grant
from tests.documents import head, table

MEANING = {
    Grant.ALL: "everywhere",
    Grant.REACH: "for students in the coordinator's scope (colleges, branches), and for the drives that concern one "
    "of them or are listed in it",
    Grant.MANAGED: "only for drives that are listed in the coordinator's scope, or whose criteria admit nobody outside "
    "of it",
    Grant.OWN: "for what is one's own: the own row, the own jobs, drives posted to the student's college or registered "
    "for",
    Grant.NONE: "nowhere",
}


def written() -> str:
    """The whole page."""
    roles = [role.value.lower() for role in Role]
    rows = [
        [f"`{name}`", found.title, *(found.grant(role).value for role in Role)]
        for name, found in PERMISSIONS.items()
    ]
    parts = head(
        "Permissions",
        "What this table does not name is forbidden. Both doors ask it, in the service that they call. The command "
        "line acts as the user named by `--as`, else as the system, which is an administrator; over the API everybody "
        "acts as who has signed in. A token may be narrower than its owner: it lists the permissions that it is good "
        "for.",
        "Whatever lies outside of somebody's sight is answered as if it did not exist (`not-found`); an act that is "
        "not allowed on what can be seen is `forbidden`.",
        "\n".join(f"- *{grant.value}*: {meaning}" for grant, meaning in MEANING.items()),
        table(["Permission", "May", *roles], rows),
        "## Requests",
        "Which requests ask for a permission; the commands that do the same ask for the same.",
        table(["Permission", "Requests"], [[f"`{name}`", ", ".join(found)] for name, found in _asking()]),
    )
    return "\n\n".join(parts) + "\n"


def _asking() -> list[tuple[str, list[str]]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for path, operations in create_app().openapi()["paths"].items():
        for method, operation in operations.items():
            if "x-permission" in operation:
                found[operation["x-permission"]].append(f"`{method.upper()} {path}`")
    return [(name, found[name]) for name in PERMISSIONS if name in found]
