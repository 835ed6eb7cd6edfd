"""Versions of an object on the wire: the ETag that answers carry, the If-Match that a change sends back."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Depends, Header, Response

from tasks.errors import PlaceopsError
from tasks.services.drives import Drive
from tasks.services.offers import Offer
from tasks.services.rounds import Round

_STRONG = re.compile(r'(?<!W/)"([0-9]{1,9})"')


def tagged(response: Response, found: Drive | Offer | Round) -> None:
    """Say which version of the object the answer is about."""
    response.headers["ETag"] = f'"{found.row_version}"'


def _versions(
    if_match: Annotated[
        str | None, Header(description="The ETag of the version that is to be changed, or * for any")
    ] = None,
) -> frozenset[int] | None:
    """The versions that the change is meant for, None for any. Raises precondition-required."""
    if if_match is None:
        raise PlaceopsError("precondition-required", "the change does not say which version it is meant for")
    if if_match.strip() == "*":
        return None
    return frozenset(map(int, _STRONG.findall(if_match)))


Versions = Annotated[frozenset[int] | None, Depends(_versions)]
