"""Accounts for tests, made without the slow hash of a password."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import insert

from sql.engine import transaction
from sql.tables import users
from tasks.actor import Role
from tasks.services.tokens import issue


def token(
    role: Role,
    email: str | None = None,
    *,
    scopes: dict[str, list[Any]] | None = None,
    student_id: int | None = None,
) -> str:
    """A new account of this role; returns the secret of a token of its own."""
    address = email or f"{role.lower()}@example.edu"
    values = {"email": address, "name": "Tester", "role": role, "scopes": scopes or {}}
    with transaction() as tx:
        created = insert(users).values(values | {"student_id": student_id}).returning(users.c.id)
        user = tx.execute(created).scalar_one()
        return issue(tx, user, kind="token", name="tests", by="tests", lasts=timedelta(hours=1))[1]
