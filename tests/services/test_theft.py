"""What somebody holds who has taken a password or a token: nothing, once that is known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, text

from sql.engine import transaction
from sql.tables import users as accounts_table
from tasks import passwords
from tasks.actor import SYSTEM
from tasks.errors import PlaceopsError
from tasks.services import accounts, tokens, users
from tests.conftest import Place
from tests.jobs.support import somebody_waits, until

HERE = "192.0.2.7"
MEENA = "meena@example.edu"
NEW = "four random words here"


@pytest.fixture
def password(monkeypatch: pytest.MonkeyPatch, place: Place) -> str:
    """That of an account, hashed with little work."""
    weak = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", lambda: weak)
    told = users.create_user(SYSTEM, MEENA, role="STAFF", temporary=False).password
    assert told
    return told


@contextmanager
def after_the_verification(act: Callable[[], object]) -> Iterator[None]:
    """Do something between the look at a password and what it opens."""
    real = passwords.matches

    def matches(stored: str | None, password: str) -> bool:
        found = real(stored, password)
        act()
        return found

    with pytest.MonkeyPatch.context() as here:
        here.setattr(passwords, "matches", matches)
        yield


def living() -> int:
    """How many sessions and tokens would open something, were their account enabled."""
    with transaction(read_only=True) as tx:
        return int(tx.execute(text("SELECT count(*) FROM tokens WHERE revoked_at IS NULL")).scalar_one())


@pytest.mark.parametrize(
    "act",
    [
        lambda: users.reset_password(SYSTEM, MEENA),
        lambda: users.set_active(SYSTEM, MEENA, active=False),
    ],
    ids=["reset", "disable"],
)
def test_whoever_is_signing_in_when_the_account_is_shut_stays_out(
    password: str, act: Callable[[], object]
) -> None:
    with after_the_verification(act), pytest.raises(PlaceopsError) as caught:
        accounts.sign_in(MEENA, password, address=HERE)
    assert (caught.value.code, living()) == ("bad-credentials", 0)


def test_whoever_is_changing_the_password_when_it_is_reset_does_not_get_it_back(password: str) -> None:
    thief = accounts.authenticate(accounts.sign_in(MEENA, password, address=HERE).secret)
    told: list[str | None] = []

    def reset() -> None:
        told.append(users.reset_password(SYSTEM, MEENA).password)

    with after_the_verification(reset), pytest.raises(PlaceopsError) as caught:
        accounts.change_password(thief, password, NEW)
    assert caught.value.code == "bad-credentials"
    assert told[0] and accounts.sign_in(MEENA, told[0], address=HERE).secret


def test_a_token_that_is_being_made_when_the_account_is_shut_is_shut_with_it(password: str) -> None:
    with ThreadPoolExecutor(1) as pool:
        with transaction() as tx:
            user = tx.execute(select(accounts_table.c.id)).scalar_one()
            tokens.issue(tx, user, kind="token", name="x", by="x", lasts=timedelta(days=1))
            reset = pool.submit(users.reset_password, SYSTEM, MEENA)
            until(somebody_waits)
        reset.result(timeout=30)
    assert living() == 0


def test_a_reset_lets_the_owner_in_again_at_once(password: str) -> None:
    for number in range(accounts.MOST_PER_ACCOUNT):
        with pytest.raises(PlaceopsError):
            accounts.sign_in(MEENA, "a guess", address=f"192.0.2.{number}")
    with pytest.raises(PlaceopsError) as caught:
        accounts.sign_in(MEENA, password, address=HERE)
    assert caught.value.code == "too-many-attempts" and "reset" in caught.value.fix
    told = users.reset_password(SYSTEM, "MEENA@example.edu").password
    assert told and accounts.sign_in(MEENA, told, address=HERE).secret
