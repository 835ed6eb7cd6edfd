"""Signing in, sessions, tokens, passwords: what opens, and what must not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Literal

import pytest
from argon2 import PasswordHasher
from sqlalchemy import text

from sql.engine import transaction
from tasks import passwords
from tasks.actor import NO_SCOPE, SYSTEM, Actor, Role, Scope
from tasks.errors import PlaceopsError
from tasks.permissions import PERMISSIONS
from tasks.services import accounts, health, tokens, users
from tasks.services.audit import list_audit
from tasks.services.queues import queue_stats
from tests import factories
from tests.conftest import Place

HERE = "192.0.2.7"
NEW = "four random words here"


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch, place: Place) -> Iterator[None]:
    """The same hash with little work, so that the tests are quick."""
    weak = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", lambda: weak)
    passwords._nobodys.cache_clear()
    yield
    passwords._nobodys.cache_clear()


def _user(email: str = "meena@example.edu", role: str = "STAFF", **more: object) -> str:
    told = users.create_user(SYSTEM, email, role=role, temporary=False, **more)  # type: ignore[arg-type]
    assert told.password
    return told.password


def _refused(code: str, email: str, password: str, address: str = HERE) -> PlaceopsError:
    with pytest.raises(PlaceopsError) as caught:
        accounts.sign_in(email, password, address=address)
    assert caught.value.code == code
    return caught.value


def _dead(secret: str) -> bool:
    try:
        accounts.authenticate(secret)
    except PlaceopsError as error:
        return error.code == "unauthenticated"
    return False


def test_the_right_password_opens_a_session() -> None:
    password = _user(name="Meena")
    session = accounts.sign_in(" MEENA@example.edu ", password, address=HERE)
    actor = accounts.authenticate(session.secret, "r-1")
    assert (actor.name, actor.role, actor.request_id) == ("meena@example.edu", Role.STAFF, "r-1")
    assert session.profile.user and session.profile.user.name == "Meena"
    assert session.profile.permissions["registration.read"] == "yes"
    assert "user.manage" not in session.profile.permissions
    accounts.sign_out(actor, session.secret)
    assert _dead(session.secret)


def test_nothing_secret_is_stored_or_told() -> None:
    password = _user()
    session = accounts.sign_in("meena@example.edu", password, address=HERE)
    token = tokens.create_token(SYSTEM, "meena@example.edu", name="dashboard")
    with transaction() as tx:
        for table in ("users", "tokens", "audit_events"):
            rows = str(tx.execute(text(f"SELECT * FROM {table}")).all())
            assert not any(secret in rows for secret in (password, session.secret, token.secret))
    assert "$argon2id$" in str(PasswordHasher().hash("x"))
    assert token.secret not in repr(tokens.list_tokens(SYSTEM))


@pytest.mark.parametrize("password", ["", "wrong", "a" * 1000])
def test_a_wrong_password_and_an_unknown_account_are_refused_alike(password: str) -> None:
    _user()
    known = _refused("bad-credentials", "meena@example.edu", password)
    unknown = _refused("bad-credentials", "nobody@example.edu", password)
    assert (known.message, known.fix) == (unknown.message, unknown.fix)


def test_an_unknown_account_costs_a_verification_too(monkeypatch: pytest.MonkeyPatch) -> None:
    verified: list[str] = []
    real = passwords._hasher()

    class Watched(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
            verified.append(str(hash))
            return real.verify(hash, password)

        def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
            return real.hash(password)

    monkeypatch.setattr(passwords, "_hasher", lambda: Watched())
    _refused("bad-credentials", "nobody@example.edu", "whatever it is")
    assert len(verified) == 1


def test_a_disabled_account_is_out_at_once() -> None:
    password = _user()
    session = accounts.sign_in("meena@example.edu", password, address=HERE)
    token = tokens.create_token(SYSTEM, "meena@example.edu", name="dashboard")
    users.set_active(SYSTEM, "meena@example.edu", active=False)
    assert _dead(session.secret) and _dead(token.secret)
    _refused("bad-credentials", "meena@example.edu", password)
    with pytest.raises(PlaceopsError, match="disabled"):
        users.acting_as("meena@example.edu")
    users.set_active(SYSTEM, "meena@example.edu", active=True)
    assert _dead(session.secret), "what ended stays ended"
    accounts.sign_in("meena@example.edu", password, address=HERE)


def test_five_failures_close_the_account_for_a_while() -> None:
    password = _user()
    for number in range(accounts.MOST_PER_ACCOUNT):
        _refused("bad-credentials", "meena@example.edu", "wrong", f"192.0.2.{number}")
    error = _refused("too-many-attempts", "meena@example.edu", password)
    assert 800 < error.details["retry_after_seconds"] <= 901
    with transaction() as tx:
        tx.execute(text("UPDATE login_attempts SET at = at - interval '15 minutes'"))
    accounts.sign_in("meena@example.edu", password, address=HERE)


def test_success_forgives_the_account_and_the_address_itself_alone() -> None:
    password = _user()
    for _ in range(3):
        for _ in range(accounts.MOST_PER_ACCOUNT - 1):
            _refused("bad-credentials", "meena@example.edu", "wrong")
        accounts.sign_in("meena@example.edu", password, address=HERE)
    with transaction() as tx:
        left = tx.execute(text("SELECT subject, count(*) FROM login_attempts GROUP BY subject")).all()
    failures = 3 * (accounts.MOST_PER_ACCOUNT - 1)
    assert [tuple(row) for row in left] == [(f"address {HERE}", failures)]


def test_a_campus_behind_one_address_signs_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "MOST_PER_ADDRESS", 4)
    told = {email: _user(email) for email in (f"r{number}@example.edu" for number in range(10))}
    for email, password in told.items():
        accounts.sign_in(email, password, address=HERE)


def test_one_address_cannot_try_every_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "MOST_PER_ADDRESS", 4)
    for number in range(4):
        _refused("bad-credentials", f"user{number}@example.edu", "wrong")
    _refused("too-many-attempts", "user9@example.edu", "wrong")
    _refused("bad-credentials", "user9@example.edu", "wrong", "198.51.100.1")


def test_many_attempts_at_once_are_counted_before_their_passwords_are_looked_at() -> None:
    _user()

    def attempt(number: int) -> str:
        try:
            accounts.sign_in("meena@example.edu", f"guess {number}", address=f"192.0.2.{number}")
        except PlaceopsError as error:
            return error.code
        return "in"

    with ThreadPoolExecutor(8) as pool:
        codes = sorted(pool.map(attempt, range(24)))
    assert codes == ["bad-credentials"] * accounts.MOST_PER_ACCOUNT + ["too-many-attempts"] * 19


def test_a_session_ends_with_its_time() -> None:
    session = accounts.sign_in("meena@example.edu", _user(), address=HERE)
    with transaction() as tx:
        tx.execute(text("UPDATE tokens SET expires_at = clock_timestamp()"))
    assert _dead(session.secret)


@pytest.mark.parametrize("secret", ["", "x", "placeops_", "\0", "\ud800", "é" * 5000])
def test_rubbish_is_no_session(secret: str) -> None:
    _user()
    assert _dead(secret)


def test_a_first_password_opens_nothing_but_its_own_change() -> None:
    told = users.create_user(SYSTEM, "ravi@example.edu", role="ADMIN")
    assert told.password
    first = accounts.sign_in("ravi@example.edu", told.password, address=HERE)
    actor = accounts.authenticate(first.secret)
    assert set(first.profile.permissions) == {"profile"}
    with pytest.raises(PlaceopsError) as caught:
        users.list_users(actor)
    assert caught.value.code == "forbidden" and "change it" in caught.value.fix
    after = accounts.change_password(actor, told.password, NEW, keep=first.secret)
    assert set(after.permissions) == set(PERMISSIONS)
    assert users.list_users(accounts.authenticate(first.secret)).items


def test_a_changed_password_ends_the_other_sessions() -> None:
    password = _user()
    here, there = (accounts.sign_in("meena@example.edu", password, address=HERE) for _ in range(2))
    program = tokens.create_token(SYSTEM, "meena@example.edu", name="dashboard")
    accounts.change_password(accounts.authenticate(here.secret), password, NEW, keep=here.secret)
    assert not _dead(here.secret) and _dead(there.secret) and not _dead(program.secret)
    _refused("bad-credentials", "meena@example.edu", password)
    accounts.sign_in("meena@example.edu", NEW, address=HERE)


@pytest.mark.parametrize(
    "new", ["short", "x" * 300, "meena@example.edu", "aaaaaaaaaaaaaa", "with\ncontrol bytes"]
)
def test_passwords_that_anybody_would_guess(new: str) -> None:
    password = _user()
    actor = accounts.authenticate(accounts.sign_in("meena@example.edu", password, address=HERE).secret)
    with pytest.raises(PlaceopsError) as caught:
        accounts.change_password(actor, password, new)
    assert (caught.value.code, caught.value.field) == ("invalid-input", "/new_password")
    assert new not in caught.value.message


def test_the_current_password_is_needed_and_guesses_are_counted() -> None:
    password = _user()
    actor = accounts.authenticate(accounts.sign_in("meena@example.edu", password, address=HERE).secret)
    for _ in range(accounts.MOST_PER_ACCOUNT):
        with pytest.raises(PlaceopsError, match="current password is wrong"):
            accounts.change_password(actor, "a wrong one", NEW)
    with pytest.raises(PlaceopsError) as caught:
        accounts.change_password(actor, password, NEW)
    assert caught.value.code == "too-many-attempts"


def test_a_reset_ends_everything_and_gives_a_first_password() -> None:
    password = _user()
    session = accounts.sign_in("meena@example.edu", password, address=HERE)
    program = tokens.create_token(SYSTEM, "meena@example.edu", name="dashboard")
    told = users.reset_password(SYSTEM, "meena@example.edu")
    assert told.password and told.user.password_temporary
    assert _dead(session.secret) and _dead(program.secret)
    _refused("bad-credentials", "meena@example.edu", password)
    again = accounts.sign_in("meena@example.edu", told.password, address=HERE)
    assert set(again.profile.permissions) == {"profile"}


def test_a_token_is_good_for_its_scopes_only() -> None:
    _user(role="ADMIN")
    reader = tokens.create_token(SYSTEM, "meena@example.edu", name="reader", scopes=["read"])
    actor = accounts.authenticate(reader.secret)
    users_seen = users.list_users
    with pytest.raises(PlaceopsError) as caught:
        users_seen(actor)
    assert "user.manage" in caught.value.message
    assert list_audit(actor).items
    whole = tokens.create_token(SYSTEM, "meena@example.edu", name="whole")
    assert users.list_users(accounts.authenticate(whole.secret)).items


def test_whoever_may_look_at_the_installation_sees_all_of_it() -> None:
    _user(role="ADMIN")
    watch = tokens.create_token(SYSTEM, "meena@example.edu", name="watch", scopes=["system.read"])
    actor = accounts.authenticate(watch.secret)
    assert health.status(actor).queue.types and health.doctor(actor)
    with pytest.raises(PlaceopsError, match="lacks queue"):
        queue_stats(actor)


def test_a_token_creates_none_that_may_more() -> None:
    _user(role="ADMIN")
    small = tokens.create_token(
        SYSTEM, "meena@example.edu", name="small", scopes=["token.manage", "drive.read"]
    )
    actor = accounts.authenticate(small.secret)
    for scopes in ((), ("read",), ("user.manage",)):
        with pytest.raises(PlaceopsError) as caught:
            tokens.create_token(actor, "meena@example.edu", name="more", scopes=scopes)
        assert (caught.value.code, caught.value.field) == ("forbidden", "/scopes")
    assert tokens.create_token(actor, "meena@example.edu", name="less", scopes=["drive.read"]).secret


def test_a_token_is_listed_used_and_revoked() -> None:
    _user()
    created = tokens.create_token(SYSTEM, "meena@example.edu", name="dashboard", days=1).token
    secret = tokens.create_token(SYSTEM, "meena@example.edu", name="other", days=366).secret
    assert [token.name for token in tokens.list_tokens(SYSTEM).items] == ["other", "dashboard"]
    assert tokens.list_tokens(SYSTEM).items[0].last_used_at is None
    accounts.authenticate(secret)
    assert tokens.list_tokens(SYSTEM, user="MEENA@example.edu").items[0].last_used_at is not None
    assert timedelta(hours=23) < created.expires_at - created.created_at < timedelta(hours=25)
    assert tokens.revoke_token(SYSTEM, created.id).state == "revoked"
    assert tokens.revoke_token(SYSTEM, created.id).state == "revoked"
    with transaction() as tx:
        revoked = text("SELECT count(*) FROM audit_events WHERE action = 'token.revoke'")
        assert tx.scalar(revoked) == 1
    for wrong in (0, 999, 2**40):
        with pytest.raises(PlaceopsError) as caught:
            tokens.revoke_token(SYSTEM, wrong)
        assert caught.value.code == "not-found"


@pytest.mark.parametrize(
    "wrong", [{"days": 0}, {"days": 400}, {"name": " "}, {"name": "a\nb"}, {"scopes": ["everything"]}]
)
def test_tokens_that_are_refused(wrong: dict[str, object]) -> None:
    _user()
    with pytest.raises(PlaceopsError) as caught:
        tokens.create_token(SYSTEM, "meena@example.edu", **{"name": "x"} | wrong)  # type: ignore[arg-type]
    assert caught.value.code == "invalid-input"


def test_a_users_role_and_scope_hold_from_the_next_request() -> None:
    with transaction() as tx:
        factories.college(tx, "ENG")
    secret = accounts.sign_in("meena@example.edu", _user(), address=HERE).secret
    users.set_role(
        SYSTEM, "meena@example.edu", role="COORDINATOR", scope=Scope(colleges=("eng",), branches=(" CSE",))
    )
    actor = accounts.authenticate(secret)
    assert (actor.role, actor.scope) == (Role.COORDINATOR, Scope(("ENG",), ("CSE",)))
    (event,) = list_audit(SYSTEM, action="user.set-role").items
    assert event.before and event.before["role"] == "STAFF"
    users.set_role(SYSTEM, "meena@example.edu", role="staff")
    assert accounts.authenticate(secret).scope == NO_SCOPE


def test_a_student_has_one_account() -> None:
    with transaction() as tx:
        factories.student(tx, factories.college(tx), "R1")
    _user("r1@example.edu", "STUDENT", student="R1")
    _user()
    with pytest.raises(PlaceopsError) as caught:
        users.set_role(SYSTEM, "meena@example.edu", role="STUDENT", student="R1")
    assert (caught.value.code, caught.value.field) == ("duplicate", "/student")


def test_nobody_changes_the_own_standing() -> None:
    _user(role="ADMIN")
    oneself = users.acting_as("meena@example.edu")
    acts: tuple[Callable[[], object], ...] = (
        lambda: users.set_role(oneself, "meena@example.edu", role="STAFF"),
        lambda: users.set_active(oneself, "meena@example.edu", active=False),
    )
    for act in acts:
        with pytest.raises(PlaceopsError) as caught:
            act()
        assert caught.value.code == "forbidden"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"email": "no address"}, "invalid-input"),
        ({"email": "a@b@c"}, "invalid-input"),
        ({"email": "nul\0@example.edu"}, "invalid-input"),
        ({"email": "MEENA@example.edu"}, "duplicate"),
        ({"role": "BOSS"}, "invalid-input"),
        ({"role": "STUDENT"}, "invalid-input"),
        ({"role": "STUDENT", "student": "R1"}, "duplicate"),
        ({"role": "STUDENT", "student": "R9"}, "not-found"),
        ({"role": "STAFF", "scope": Scope(branches=("CSE",))}, "invalid-input"),
        ({"role": "COORDINATOR", "scope": Scope(colleges=("LAW",))}, "not-found"),
        ({"role": "COORDINATOR", "scope": Scope(drives=(7,))}, "not-found"),
    ],
)
def test_users_that_are_refused(given: dict[str, object], code: str) -> None:
    with transaction() as tx:
        factories.student(tx, factories.college(tx), "R1")
    _user()
    _user("r1@example.edu", "STUDENT", student="R1")
    values = {"email": "new@example.edu", "role": "STAFF"} | given
    with pytest.raises(PlaceopsError) as caught:
        users.create_user(SYSTEM, **values)  # type: ignore[arg-type]
    assert caught.value.code == code
    assert len(users.list_users(SYSTEM).items) == 2


def test_the_first_administrator_is_made_once() -> None:
    first = users.first_admin()
    assert first and first.password and first.user.role == "ADMIN"
    assert users.first_admin() is None
    session = accounts.sign_in(first.user.email, first.password, address=HERE)
    assert users.list_users(accounts.authenticate(session.secret)).items


def test_signing_in_is_audited() -> None:
    secret = accounts.sign_in("meena@example.edu", _user(), address=HERE).secret
    accounts.sign_out(accounts.authenticate(secret), secret)
    actions = [event.action for event in list_audit(SYSTEM, by="meena@example.edu").items]
    assert actions == ["session.end", "session.start"]


def test_the_audit_log_is_searched_by_request_and_time() -> None:
    password = _user()
    started = accounts.sign_in("meena@example.edu", password, address=HERE, request_id="r-7")
    found = list_audit(SYSTEM, request_id="r-7").items
    assert [event.action for event in found] == ["session.start"]
    assert list_audit(SYSTEM, request_id="r-7", until=found[0].at).items == []
    assert list_audit(SYSTEM, request_id="r-7", since=found[0].at, until=started.expires_at).items == found


def test_the_audit_log_cannot_be_changed() -> None:
    _user()
    for statement in (
        "UPDATE audit_events SET actor = 'x'",
        "DELETE FROM audit_events",
        "TRUNCATE audit_events",
    ):
        with pytest.raises(Exception, match="append"), transaction() as tx:
            tx.execute(text(statement))


def test_new_passwords_are_fit_and_different() -> None:
    made = {passwords.new_password() for _ in range(100)}
    assert len(made) == 100
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{20}", one) for one in made)


def test_the_system_has_no_password() -> None:
    with pytest.raises(PlaceopsError) as caught:
        accounts.change_password(Actor("system", role=Role.ADMIN), "", NEW)
    assert caught.value.code == "forbidden"
