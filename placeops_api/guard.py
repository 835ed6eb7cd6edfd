"""What a request must be before anybody looks at it: meant for this host, not sent by another site."""

from __future__ import annotations

import ipaddress
import re

from starlette.datastructures import Headers

from tasks.errors import PlaceopsError

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_HOST = re.compile(r"(?:(?P<name>[A-Za-z0-9.-]+)|\[(?P<v6>[0-9A-Fa-f:.]+)\])(?::[0-9]{1,5})?")
_JSON = re.compile(r"application/json\s*(;\s*charset=\"?utf-8\"?\s*)?", re.IGNORECASE)


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine only."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def refusal(method: str, scheme: str, headers: Headers) -> PlaceopsError | None:
    """Why the request may not pass, or None.

    Without accounts the loopback address is the fence: a foreign name in Host is DNS rebinding, a foreign
    Origin a page of another site, and a body that is not JSON is what an HTML form can send.
    """
    hosts = headers.getlist("host")
    if len(hosts) != 1 or not _names_loopback(hosts[0]):
        shown = ", ".join(hosts) or "none"
        return PlaceopsError("wrong-host", f"the API answers to localhost only, not to host {shown!r}")
    if method in SAFE_METHODS:
        return None
    if headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        return PlaceopsError("cross-site", "the request was sent by a page of another site")
    origin = headers.get("origin")
    if origin is not None and origin.lower() != f"{scheme}://{hosts[0]}".lower():
        return PlaceopsError("cross-site", f"the request was sent by a page of {origin!r}")
    return _type_refusal(headers)


def _names_loopback(host: str) -> bool:
    parts = _HOST.fullmatch(host)
    return parts is not None and is_loopback(parts["name"] or parts["v6"])


def _type_refusal(headers: Headers) -> PlaceopsError | None:
    named = headers.get("content-type")
    has_body = headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
    if (named is None and not has_body) or (named is not None and _JSON.fullmatch(named)):
        return None
    return PlaceopsError(
        "media-type", f"the body is {named or 'of no type'}", "send Content-Type: application/json"
    )
