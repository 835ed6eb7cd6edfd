"""The OpenAPI document: every operation tells its errors as problem+json, by the codes of the registry."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter

from placeops_api.problems import MEDIA_TYPE, status_of
from placeops_api.words import on_the_wire
from tasks.actor import Role
from tasks.errors import REGISTRY, PlaceopsError
from tasks.permissions import PERMISSIONS, Grant
from tasks.problems import problem
from tasks.services.live import LiveEvent, Overview

_ANYWHERE = ("invalid-input", "wrong-host", "internal")
_WITH_DATABASE = ("database-unreachable", "database-busy", "schema-outdated", "not-configured")
_CHANGING = ("cross-site", "media-type", "body-too-large", "body-too-slow", "changed-meanwhile")

_PROBLEM_SCHEMA = {
    "type": "object",
    "description": "An error as of RFC 9457.",
    "required": ["type", "title", "status", "detail", "code", "fix"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What happened, in a sentence"},
        "code": {"type": "string", "enum": sorted(REGISTRY)},
        "fix": {"type": "string", "description": "How to get out of it"},
        "pointer": {"type": "string", "description": "JSON pointer or `/name` of the offending input"},
        "details": {"type": "object", "description": "What a program may want: line numbers, allowed moves"},
        "request_id": {"type": ["string", "null"]},
    },
}


def errors(*codes: str) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that may end in these errors."""
    by_status: defaultdict[int, list[str]] = defaultdict(list)
    for code in codes:
        by_status[status_of(PlaceopsError(code, code))].append(code)
    return {status: _documented(status, found) for status, found in by_status.items()}


def needs(permission: str) -> dict[str, str]:
    """The `openapi_extra` of a route that takes this permission; the service asks for it."""
    assert permission in PERMISSIONS, permission
    return {"x-permission": permission}


def _documented(status: int, codes: list[str]) -> dict[str, Any]:
    lines = [f"- `{code}`: {REGISTRY[code].title}" for code in codes]
    first = on_the_wire(PlaceopsError(codes[0], REGISTRY[codes[0]].title))
    example = problem(first) | {"status": status}
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}, "example": example}}
    return {"description": "\n".join(lines), "content": content}


def document(app: FastAPI) -> dict[str, Any]:
    """The app's OpenAPI document, made once."""
    if app.openapi_schema is None:
        made = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
            tags=app.openapi_tags,
        )
        for path, operations in made["paths"].items():
            for method, operation in operations.items():
                _add_common_errors(path, method, operation)
        schemas = made["components"]["schemas"]
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        schemas["ProblemDetails"] = _PROBLEM_SCHEMA
        # What streams carry is named by no route.
        for told in (LiveEvent, Overview):
            described = TypeAdapter(told).json_schema(ref_template="#/components/schemas/{model}")
            described.pop("$defs", None)
            schemas[told.__name__] = described
        app.openapi_schema = made
    return app.openapi_schema


def text() -> str:
    """The document as a file."""
    from placeops_api.app import create_app

    return json.dumps(create_app().openapi(), indent=2, ensure_ascii=False) + "\n"


def _add_common_errors(path: str, method: str, operation: dict[str, Any]) -> None:
    common = _ANYWHERE + (() if path == "/livez" else _WITH_DATABASE) + (() if method == "get" else _CHANGING)
    if operation.get("security"):
        common += ("unauthenticated",)
    if permission := operation.get("x-permission"):
        common += ("forbidden",)
        who = [role.lower() for role in Role if PERMISSIONS[permission].grant(role) is not Grant.NONE]
        operation["description"] = "\n\n".join(
            [*filter(None, [operation.get("description")]), f"Needs `{permission}`: {', '.join(who)}."]
        )
    responses = operation["responses"]
    for status, response in errors(*common).items():
        present = responses.setdefault(str(status), response)
        if MEDIA_TYPE not in present["content"]:
            responses[str(status)] = response
        elif present is not response:
            present["description"] += "\n" + response["description"]
    operation["responses"] = dict(sorted(responses.items()))
