"""`placeops user`: who may sign in, and as what."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from placeops_cli.command import Call, Paging, command, noun
from placeops_cli.output import Column
from placeops_cli.reading import numbered

if TYPE_CHECKING:
    from tasks.actor import Scope
    from tasks.services.users import NewPassword, User

app = noun("user", "Users: who may sign in, and as what.")

Email = Annotated[str, typer.Argument(metavar="EMAIL", help="The user's address.")]
Role = Literal["ADMIN", "COORDINATOR", "STAFF", "STUDENT"]
RoleOption = Annotated[Role, typer.Option("--role", help="What the user may do.", case_sensitive=False)]


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a coordinator looks after, and whose account a student's is."""

    college: Annotated[
        list[str] | None,
        typer.Option("--college", metavar="CODE", help="A coordinator's college; repeatable."),
    ] = None
    branch: Annotated[
        list[str] | None,
        typer.Option("--branch", metavar="NAME", help="A coordinator's branch; repeatable."),
    ] = None
    drive: Annotated[
        list[int] | None,
        typer.Option(
            "--drive", metavar="ID", parser=numbered("drive"), help="A coordinator's drive; repeatable."
        ),
    ] = None
    student: Annotated[
        str | None, typer.Option("--student", metavar="ROLL_NO", help="Whose account a student's is.")
    ] = None

    def scope(self) -> Scope:
        """As the service takes it."""
        from tasks.actor import Scope

        return Scope(tuple(self.college or ()), tuple(self.branch or ()), tuple(self.drive or ()))


USER: tuple[Column[User], ...] = (
    Column("id"),
    Column("email", title="Address"),
    Column("name"),
    Column("role"),
    Column("colleges", lambda user: ", ".join(user.scope.colleges)),
    Column("branches", lambda user: ", ".join(user.scope.branches)),
    Column("drives", lambda user: ", ".join(map(str, user.scope.drives))),
    Column("student"),
    Column("active"),
    Column("password_temporary", wide=True),
    Column("created_at", title="Created", wide=True),
)
TOLD: tuple[Column[NewPassword], ...] = (
    Column("id", lambda told: told.user.id),
    Column("email", lambda told: told.user.email, title="Address"),
    Column("role", lambda told: told.user.role),
    Column("password"),
)


@command(app, "list", examples=["placeops user list --role COORDINATOR"])
def list_users(
    call: Call,
    role: Annotated[
        Role | None, typer.Option("--role", help="Only users of this role.", case_sensitive=False)
    ] = None,
    *,
    paging: Paging,
) -> None:
    """List users, disabled ones too, in the order of their creation."""
    actor = call.open()
    from tasks.services import users

    found = paging.pages(partial(users.list_users, actor, role=role))
    call.out.listing(found, USER, empty="Nobody can sign in yet: placeops user create EMAIL --role ADMIN")


@command(
    app,
    "create",
    examples=[
        "placeops user create meena@college.example --role COORDINATOR --branch CSE",
        "placeops user create 21cs001@college.example --role STUDENT --student ENG:21CS001",
    ],
)
def create_user(
    call: Call,
    email: Email,
    role: RoleOption,
    name: Annotated[str | None, typer.Option("--name", metavar="TEXT", help="The user's name.")] = None,
    *,
    bounds: Bounds,
) -> None:
    """Create a user; the password is made up, told once, and changed at the first sign-in.

    A coordinator without a college, branch or drive has no access yet.
    """
    actor = call.open()
    from tasks.services import users

    told = users.create_user(actor, email, role=role, name=name, scope=bounds.scope(), student=bounds.student)
    _tell(call, told)


@command(
    app,
    "set-role",
    examples=["placeops user set-role meena@college.example --role COORDINATOR --college ENG --branch ECE"],
)
def set_role(call: Call, email: Email, role: RoleOption, bounds: Bounds) -> None:
    """Give a user another role or scope; it holds from the next request on."""
    actor = call.open()
    from tasks.services import users

    found = users.set_role(actor, email, role=role, scope=bounds.scope(), student=bounds.student)
    call.out.record(found, USER)


@command(app, "disable", examples=["placeops user disable meena@college.example"])
def disable_user(call: Call, email: Email) -> None:
    """Let a user sign in no more; sessions and tokens end at once."""
    actor = call.open()
    from tasks.services import users

    call.out.record(users.set_active(actor, email, active=False), USER)


@command(app, "enable", examples=["placeops user enable meena@college.example"])
def enable_user(call: Call, email: Email) -> None:
    """Let a disabled user sign in again."""
    actor = call.open()
    from tasks.services import users

    call.out.record(users.set_active(actor, email, active=True), USER)


@command(app, "reset-password", examples=["placeops user reset-password meena@college.example"])
def reset_password(call: Call, email: Email) -> None:
    """Give a user a new password, told once; sessions and tokens end."""
    actor = call.open()
    from tasks.services import users

    _tell(call, users.reset_password(actor, email))


def _tell(call: Call, told: NewPassword) -> None:
    call.out.record(told, TOLD, key=lambda found: found.password)
    call.out.hint("The password is shown this once. Hand it over; it is changed at the first sign-in.")
