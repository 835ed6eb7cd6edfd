"""Tokens: how programs sign in."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import ConfigDict, Field, Strict

from placeops_api.bodies import Body, Text
from placeops_api.identity import Caller, Creator
from placeops_api.openapi import errors, needs
from placeops_api.params import Cursor, Id, Limit, word
from tasks.services import tokens
from tasks.services.paging import Page
from tasks.services.tokens import MOST_DAYS, NewToken, Token

router = APIRouter(prefix="/tokens", tags=["tokens"])


class TokenBody(Body):
    """Whose token, for which program, for how long, and good for which permissions (none named: the owner's)."""

    user: Annotated[str, Field(min_length=1, max_length=254)]
    name: Annotated[str, Field(min_length=1, max_length=100)]
    days: Annotated[int, Strict(), Field(ge=1, le=MOST_DAYS)] = 90
    scopes: Annotated[tuple[Text, ...], Field(max_length=100)] = ()

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"user": "meena@college.example", "name": "dashboard", "days": 30, "scopes": ["read"]}
        }
    )


@router.get(
    "",
    summary="Tokens, newest first; never their secrets",
    responses=errors("not-found"),
    openapi_extra=needs("token.manage"),
)
def list_tokens(
    caller: Caller,
    user: Annotated[str | None, word("Whose: a user's address")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Token]:
    return tokens.list_tokens(caller, user=user, limit=limit, cursor=cursor)


@router.post(
    "",
    status_code=201,
    summary="Create a token; the answer tells its secret, once",
    responses=errors("not-found", "idempotency-key-reused"),
    openapi_extra=needs("token.manage"),
)
def create_token(caller: Creator, body: TokenBody) -> NewToken:
    return tokens.create_token(caller, body.user, name=body.name, days=body.days, scopes=body.scopes)


@router.post(
    "/{id}/revoke",
    summary="End a token at once",
    responses=errors("not-found"),
    openapi_extra=needs("token.manage"),
)
def revoke_token(caller: Caller, id: Id) -> Token:
    return tokens.revoke_token(caller, id)
