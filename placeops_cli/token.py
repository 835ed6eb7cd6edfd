"""`placeops token`: how programs sign in to the API."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from placeops_cli.command import Call, Paging, command, noun
from placeops_cli.output import Column
from placeops_cli.reading import numbered, whole

if TYPE_CHECKING:
    from tasks.services.tokens import NewToken, Token

app = noun("token", "Tokens: how programs sign in to the API.")

TOKEN: tuple[Column[Token], ...] = (
    Column("id"),
    Column("user"),
    Column("name"),
    Column("state"),
    Column("scopes", lambda token: "all" if token.scopes is None else ", ".join(token.scopes)),
    Column("expires_at", title="Expires"),
    Column("last_used_at", title="Last used"),
    Column("created_at", title="Created", wide=True),
    Column("created_by", title="By", wide=True),
)
TOLD: tuple[Column[NewToken], ...] = (
    Column("id", lambda told: told.token.id),
    Column("user", lambda told: told.token.user),
    Column("name", lambda told: told.token.name),
    Column("expires_at", lambda told: told.token.expires_at, title="Expires"),
    Column("secret"),
)


@command(app, "list", examples=["placeops token list", "placeops token list --user meena@college.example"])
def list_tokens(
    call: Call,
    user: Annotated[
        str | None, typer.Option("--user", metavar="EMAIL", help="Only this user's tokens.")
    ] = None,
    *,
    paging: Paging,
) -> None:
    """List tokens, newest first; never their secrets."""
    actor = call.open()
    from tasks.services import tokens

    found = paging.pages(partial(tokens.list_tokens, actor, user=user))
    call.out.listing(found, TOKEN, empty="No tokens: placeops token create --user EMAIL --name PROGRAM")


@command(
    app,
    "create",
    examples=[
        "placeops token create --user meena@college.example --name dashboard --days 30 --scope read",
        "placeops token create --user ops@college.example --name deploy -q > token.txt",
    ],
)
def create_token(
    call: Call,
    user: Annotated[str, typer.Option("--user", metavar="EMAIL", help="As whom the program acts.")],
    name: Annotated[str, typer.Option("--name", metavar="TEXT", help="Which program uses it.")],
    days: Annotated[
        int, typer.Option("--days", metavar="N", parser=whole(1, 366), help="How long it lasts.")
    ] = 90,
    scope: Annotated[
        list[str] | None,
        typer.Option(
            "--scope",
            metavar="PERMISSION",
            help="What it is good for, such as drive.read; `read` for all reading; repeatable. Without any: "
            "all that its user may.",
        ),
    ] = None,
) -> None:
    """Create a token; its secret is told once (with -q nothing but the secret)."""
    actor = call.open()
    from tasks.services import tokens

    told = tokens.create_token(actor, user, name=name, days=days, scopes=scope or ())
    call.out.record(told, TOLD, key=lambda found: found.secret)
    call.out.hint("The secret is shown this once; requests send it as: Authorization: Bearer SECRET")


@command(app, "revoke", examples=["placeops token revoke 7"])
def revoke_token(
    call: Call,
    token: Annotated[int, typer.Argument(metavar="TOKEN", parser=numbered("token"), help="The token's id.")],
) -> None:
    """End a token at once; doing it twice changes nothing."""
    actor = call.open()
    from tasks.services import tokens

    call.out.record(tokens.revoke_token(actor, token), TOKEN)
