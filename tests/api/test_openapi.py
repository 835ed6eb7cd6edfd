"""The OpenAPI document says what the API does: names, examples, and every error as problem+json."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

import pytest
from fastapi.testclient import TestClient

from placeops_api.app import create_app
from placeops_api.bodies import ExportBody
from placeops_api.params import DriveStatusName, JobStateName
from sql.tables import DRIVE_STATUSES, JOB_STATES
from tasks.errors import REGISTRY
from tasks.services.exports import DIALECTS

DOCUMENT = create_app().openapi()


def _operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, operations in DOCUMENT["paths"].items():
        for method, operation in operations.items():
            yield path, method, operation


def test_operations_have_names_of_their_own() -> None:
    names = [operation["operationId"] for _, _, operation in _operations()]
    assert len(names) == len(set(names))
    for _, _, operation in _operations():
        assert operation["tags"]
        assert operation["summary"]


def test_every_error_is_a_problem() -> None:
    for path, method, operation in _operations():
        errors = {status: answer for status, answer in operation["responses"].items() if status >= "400"}
        assert {"403", "422", "500"} <= set(errors), (method, path)
        for answer in errors.values():
            assert list(answer["content"]) == ["application/problem+json"], (method, path)
    assert "HTTPValidationError" not in DOCUMENT["components"]["schemas"]


def test_what_needs_the_database_may_be_unavailable() -> None:
    assert [path for path, _, operation in _operations() if "503" not in operation["responses"]] == ["/livez"]


def test_every_list_is_a_page() -> None:
    for path, _, operation in _operations():
        if operation["operationId"].startswith("list_"):
            schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
            assert schema["$ref"].split("/")[-1].startswith("Page_"), path


def test_every_query_parameter_says_what_it_means() -> None:
    for path, _, operation in _operations():
        for parameter in operation.get("parameters", ()):
            assert parameter["in"] != "query" or parameter.get("description"), (path, parameter["name"])


def test_every_body_has_an_example() -> None:
    for path, _, operation in _operations():
        if "requestBody" in operation:
            for media in operation["requestBody"]["content"].values():
                name = media["schema"].get("$ref", "").split("/")[-1]
                assert "example" in (DOCUMENT["components"]["schemas"][name] if name else media), path


def test_bodies_refuse_what_they_do_not_know() -> None:
    bodies = [schema for name, schema in DOCUMENT["components"]["schemas"].items() if name.endswith("Body")]
    assert bodies
    assert all(schema["additionalProperties"] is False for schema in bodies)


def test_the_problem_schema_knows_every_code() -> None:
    assert DOCUMENT["components"]["schemas"]["ProblemDetails"]["properties"]["code"]["enum"] == sorted(
        REGISTRY
    )


def test_words_are_those_of_the_tables() -> None:
    assert get_args(DriveStatusName) == DRIVE_STATUSES
    assert set(get_args(JobStateName)) == set(JOB_STATES)
    assert get_args(ExportBody.model_fields["dialect"].annotation) == DIALECTS


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_no_page_loads_scripts_from_elsewhere(shapes: TestClient, path: str) -> None:
    assert shapes.get(path).status_code == 404


def test_the_document_is_served(shapes: TestClient) -> None:
    assert shapes.get("/openapi.json").json() == DOCUMENT


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/drives", "GET, POST"),
        ("/drives/1/eligibility", "GET, POST"),
        ("/jobs/1/retry", "POST"),
        ("/livez", "GET"),
    ],
)
def test_allow_names_every_method(shapes: TestClient, path: str, allowed: str) -> None:
    answer = shapes.delete(path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
