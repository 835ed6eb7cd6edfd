"""docs/api.md and docs/openapi.json: every request, from the API's own description."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from placeops_api.app import create_app
from tests.documents import ROOT, head, table

Schema = Mapping[str, Any]
CODE = re.compile(r"- `([a-z-]+)`:")


@cache
def description() -> dict[str, Any]:
    """The OpenAPI document, under the version that is being worked on and not the one that is installed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    made = create_app().openapi()
    return made | {"info": made["info"] | {"version": project["version"]}}


def openapi() -> str:
    """The document as a file."""
    return json.dumps(description(), indent=1, ensure_ascii=False) + "\n"


def written() -> str:
    """The whole reference."""
    operations = list(_operations())
    common = set.intersection(*(set(_codes(operation)) for _, _, operation in operations))
    parts = head(
        "The API",
        "The same as a document for programs: [openapi.json](openapi.json), and `GET /openapi.json` of a running API. "
        "Who may do what: [permissions](permissions.md). What goes wrong is answered by a problem document (RFC 9457) "
        "with a `code` from the [list of errors](errors.md) and a `fix`.",
        f"Every request may end with {_listed(sorted(common))}; the codes below are those that come on top.",
    )
    for tag in dict.fromkeys(tag for _, _, operation in operations for tag in operation["tags"]):
        parts.append(f"## {tag.capitalize()}")
        for method, path, operation in operations:
            if tag in operation["tags"]:
                parts += _operation(method, path, operation, common)
    parts += ["## Models", "What bodies and answers are made of; fields that may be left out have a default."]
    for name, schema in sorted(description()["components"]["schemas"].items()):
        parts += _model(name, schema)
    return "\n\n".join(parts) + "\n"


def _operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, operations in description()["paths"].items():
        for method, operation in operations.items():
            yield method.upper(), path, operation


def _operation(method: str, path: str, operation: dict[str, Any], common: set[str]) -> Iterator[str]:
    yield f"### {method} {path}"
    yield f"{operation['summary']}."
    if told := operation.get("description"):
        yield told
    if found := [_parameter(each) for each in operation.get("parameters", ())]:
        yield "\n".join(found)
    for media, body in operation.get("requestBody", {}).get("content", {}).items():
        yield f"Body ({media}): {_shape(body.get('schema', {}))}"
        if example := _example(body):
            yield f"```json\n{json.dumps(example, indent=2, ensure_ascii=False)}\n```"
    yield "Answers: " + "; ".join(
        _answer(*each) for each in operation["responses"].items() if each[0] < "400"
    )
    yield f"Errors: {_listed([code for code in _codes(operation) if code not in common]) or 'none of its own'}"


def _parameter(each: Schema) -> str:
    needed = "" if each["required"] or each["in"] == "path" else ", optional"
    told = each.get("description") or each["schema"].get("description")
    place = {"path": "in the path", "query": "in the query"}.get(each["in"], f"a {each['in']}")
    return f"- `{each['name']}` ({place}{needed}): {_shape(each['schema'])}" + (f". {told}" if told else "")


def _example(body: Schema) -> Any:
    if "example" in body:
        return body["example"]
    name = body.get("schema", {}).get("$ref", "").rpartition("/")[2]
    return description()["components"]["schemas"].get(name, {}).get("example")


def _answer(status: str, response: Schema) -> str:
    found = [
        f"{_shape(content.get('schema', {}))} ({media})"
        if media != "application/json"
        else _shape(content["schema"])
        for media, content in response.get("content", {}).items()
    ]
    return f"`{status}` {' or '.join(found) or 'nothing'}"


def _codes(operation: Schema) -> list[str]:
    return [
        code for answer in operation["responses"].values() for code in CODE.findall(answer["description"])
    ]


def _listed(codes: Sequence[str]) -> str:
    return ", ".join(f"`{code}`" for code in codes)


def _model(name: str, schema: Schema) -> Iterator[str]:
    yield f"### {name}"
    if told := schema.get("description"):
        yield " ".join(told.split())
    if "properties" in schema:
        needed = schema.get("required", ())
        rows = [
            [
                f"`{field}`",
                _shape(each),
                "" if field in needed else _default(each),
                each.get("description", ""),
            ]
            for field, each in schema["properties"].items()
        ]
        yield table(["Field", "Type", "If left out", "Means"], rows)
    elif "enum" in schema:
        yield f"One of {_listed(schema['enum'])}"


def _default(schema: Schema) -> str:
    return f"`{json.dumps(schema['default'])}`" if "default" in schema else "may be absent"


def _shape(schema: Schema) -> str:
    """A type in a few words."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema or "oneOf" in schema:
        return " or ".join(map(_shape, schema.get("anyOf") or schema["oneOf"]))
    if "enum" in schema or "const" in schema:
        return _listed(schema.get("enum") or [schema["const"]])
    kind = schema.get("type", "anything")
    if kind == "array":
        return f"list of {_shape(schema.get('items', {}))}"
    if isinstance(kind, list):
        return " or ".join(kind)
    return f"{kind} ({schema['format']})" if "format" in schema else str(kind)
