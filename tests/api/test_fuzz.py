"""What people and attackers send: requests made up from the API's own description, and every check of schemathesis.

`FUZZ_EXAMPLES=500 pytest tests/api/test_fuzz.py` is the long form; a few requests an operation are made in every run.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance
from sqlalchemy import text

from placeops_api.app import create_app
from sql.engine import transaction
from tasks.actor import Role
from tests import accounts, factories
from tests.conftest import Place

PATIENCE_SECONDS = 120
"""No answer is late on a machine that others use too; how fast answers are is measured elsewhere."""
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "8"))
HOST = {"Host": "localhost:5000"}

APP = create_app()
APP.state.live.close()  # streams end once they have begun
OPERATIONS = APP.openapi()["paths"]
SCHEMA = schemathesis.openapi.from_asgi("/openapi.json", APP, headers=HOST)


def what_is_described_is_taken(ctx: Any, response: Any, case: Any) -> None:
    """A request of the described shape may break a rule, but its shape is not refused."""
    if case.meta.generation.mode.is_positive and response.status_code == 422:
        refused = (response.json().get("details") or {}).get("errors", [])
        # 7.0 is an integer to JSON Schema; here it is a slip.
        refused = [one for one in refused if one["detail"] != "must be a whole number"]
        assert not refused, f"the description allows what is refused: {refused}"


def the_error_is_described(ctx: Any, response: Any, case: Any) -> None:
    """An error is one of those that the description of the operation names for its status."""
    operation = OPERATIONS[case.operation.path].get(case.method.lower())
    if response.status_code >= 400 and operation:  # methods that are not described are tried too
        code = response.json()["code"]
        told = operation["responses"].get(str(response.status_code), {"description": ""})["description"]
        assert f"`{code}`" in told, f"{code} is not among the errors of this operation"


@pytest.fixture
def secret(place: Place) -> str:
    """An administrator's token; and something of everything, under the numbers that generators like: 1 and 2."""
    with transaction() as tx:
        college = factories.college(tx)
        students = factories.crowd(tx, college, 3)
        factories.posted(tx, factories.drive(tx), students)
        factories.drive(tx, "OTHER-1")
        for _ in range(2):
            tx.execute(text("INSERT INTO jobs (type, created_by) VALUES ('export-registrations-csv', 'x')"))
    return accounts.token(Role.ADMIN)


@SCHEMA.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_request_gets_an_answer_of_its_description(case: Any, secret: str) -> None:
    case.call_and_validate(
        headers=HOST | {"Authorization": f"Bearer {secret}"},
        excluded_checks=[positive_data_acceptance],
        additional_checks=[what_is_described_is_taken, the_error_is_described],
        timeout=PATIENCE_SECONDS,
    )
