"""Who is asking: a bearer token, or the cookie of a browser's session; and whether the request may come twice."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated

from fastapi import Depends, Header, Request, Response
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer

from placeops_api.guard import SAFE_METHODS
from placeops_api.problems import request_id_of
from tasks.actor import Actor, Repeat
from tasks.errors import PlaceopsError
from tasks.problems import understood
from tasks.services.accounts import Session, authenticate

COOKIE = "placeops_session"

_bearer = HTTPBearer(auto_error=False, scheme_name="token", description="A token, or a session's secret")
_cookie = APIKeyCookie(
    name=COOKIE, auto_error=False, scheme_name="session", description="Set by POST /auth/login"
)


async def credential(
    request: Request,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    cookie: Annotated[str | None, Depends(_cookie)],
) -> str:
    """The secret that came with the request. Raises unauthenticated, and cross-site for a cookie out of nowhere."""
    if bearer is not None:
        return bearer.credentials
    if "authorization" in request.headers:
        raise PlaceopsError("unauthenticated", "the Authorization header is not of the form: Bearer TOKEN")
    if not cookie:
        raise PlaceopsError("unauthenticated", "the request brings neither a token nor a session")
    # Every browser names the page that sends a change; without that, anybody's page may have sent it.
    named = request.headers.get("origin") or request.headers.get("sec-fetch-site")
    if request.method not in SAFE_METHODS and not named:
        raise PlaceopsError("cross-site", "a session's request must say which page it comes from")
    return cookie


Credential = Annotated[str, Depends(credential)]


def caller(request: Request, secret: Credential) -> Actor:
    """The actor whose credential it is. Raises unauthenticated."""
    return authenticate(secret, request_id_of(request))


Caller = Annotated[Actor, Depends(caller)]


def standing(actor: Caller, secret: Credential) -> Callable[[], bool]:
    """Whether the credential still stands for the same actor, for answers that last; yes while the database is away."""

    def stands() -> bool:
        try:
            return authenticate(secret, actor.request_id) == actor
        except Exception as error:
            return understood(error).code != "unauthenticated"

    return stands


Standing = Annotated[Callable[[], bool], Depends(standing)]

Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="The same key with the same request creates once; kept for a day",
        min_length=1,
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
    ),
]


async def creator(request: Request, actor: Caller, key: Key = None) -> Actor:
    """The caller of a request that creates something, which may come twice under one key."""
    if key is None:
        return actor
    asked = f"{request.method} {request.scope['path']}?{request.url.query}\n".encode() + await request.body()
    return replace(actor, repeat=Repeat(key, hashlib.sha256(asked).hexdigest()))


Creator = Annotated[Actor, Depends(creator)]


def set_cookie(request: Request, response: Response, session: Session) -> None:
    """Hand a session to a browser: out of its scripts' reach, sent by this site's own pages only."""
    response.set_cookie(
        COOKIE,
        session.secret,
        expires=session.expires_at,
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
