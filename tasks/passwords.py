"""Passwords: Argon2id with the library's defaults (RFC 9106, section 4, the second recommended option)."""

from __future__ import annotations

import secrets
from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from tasks.errors import PlaceopsError

SHORTEST, LONGEST = 12, 256
_ROOM = BoundedSemaphore(2)
"""Each takes 64 MiB and every core for some tens of milliseconds."""


def check_password(password: str, *, email: str) -> str:
    """The password itself. Raises invalid-input for one that is too short, too long, or the account's own name."""
    plain = password.casefold()
    if not SHORTEST <= len(password) <= LONGEST or not password.isprintable():
        raise _unfit(f"a password has {SHORTEST} to {LONGEST} printable characters")
    if plain in (email.casefold(), email.casefold().split("@")[0]) or len(set(plain)) < 4:
        raise _unfit("this password is the first that anybody would try")
    return password


def _unfit(why: str) -> PlaceopsError:
    fix = "take a few random words, or let a password manager make one"
    return PlaceopsError("invalid-input", why, fix, field="/new_password")


def new_password() -> str:
    """A random one of 20 characters (120 bits) for somebody to be told once."""
    return secrets.token_urlsafe(15)


def hashed(password: str) -> str:
    """What is stored."""
    with _ROOM:
        return _hasher().hash(password)


def matches(stored: str | None, password: str) -> bool:
    """Whether it is the password of an account; without one (`stored` None) it takes as long and is not."""
    with _ROOM:
        try:
            _hasher().verify(stored or _nobodys(), password)
            return stored is not None
        except (VerifyMismatchError, InvalidHashError):
            return False


def outdated(stored: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _hasher().check_needs_rehash(stored)


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _nobodys() -> str:
    return _hasher().hash(secrets.token_urlsafe())
