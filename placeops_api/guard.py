"""What a request must be before anybody looks at it: meant for this host, not sent by another site."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from starlette.datastructures import Headers

from placeops_api.uploads import Upload
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


@dataclass(frozen=True, slots=True)
class Guard:
    """Which names the API answers to besides this machine's own, and which other sites' pages may use it."""

    hosts: frozenset[str] = frozenset()
    origins: frozenset[str] = frozenset()

    def refusal(
        self, method: str, scheme: str, headers: Headers, upload: Upload | None = None
    ) -> PlaceopsError | None:
        """Why the request may not pass, or None.

        A foreign name in Host is DNS rebinding, a foreign Origin a page of another site, and a body that is neither
        JSON nor of the types of the route's `upload` is what an HTML form can send.
        """
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not self._knows(hosts[0]):
            shown = ", ".join(hosts) or "none"
            return PlaceopsError("wrong-host", f"the API does not answer to host {shown!r}")
        if method in SAFE_METHODS:
            return None
        origin = headers.get("origin")
        if origin is not None and origin.lower() in self.origins:
            return _type_refusal(headers, upload)
        if headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
            return PlaceopsError("cross-site", "the request was sent by a page of another site")
        if origin is not None and origin.lower() != f"{scheme}://{hosts[0]}".lower():
            return PlaceopsError("cross-site", f"the request was sent by a page of {origin!r}")
        return _type_refusal(headers, upload)

    def _knows(self, host: str) -> bool:
        parts = _HOST.fullmatch(host)
        if parts is None:
            return False
        name = parts["name"] or parts["v6"]
        return is_loopback(name) or name.lower() in self.hosts


LOOPBACK_ONLY = Guard()


def _type_refusal(headers: Headers, upload: Upload | None) -> PlaceopsError | None:
    named = headers.get("content-type")
    has_body = headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
    if named is None and not has_body:
        return None
    if upload is None:
        fits, wanted = named is not None and bool(_JSON.fullmatch(named)), "application/json"
    else:
        fits, wanted = (named or "").partition(";")[0].strip().lower() in upload.types, upload.types[0]
    if fits:
        return None
    return PlaceopsError("media-type", f"the body is {named or 'of no type'}", f"send Content-Type: {wanted}")
