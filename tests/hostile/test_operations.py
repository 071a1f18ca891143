"""Every operation of every service as its own document describes it, with what fits the document and with what does not.

Schemathesis makes the requests from the OpenAPI document; the answer must be one that the document declares, and never a
fault of ours. The requests go to each service's own port: the gateway is a convenience, never the wall.
"""

import asyncio
import os
from typing import Any

import pytest
import schemathesis
from builders.schemas import operations
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from deploy.local.accounts import token
from deploy.local.layout import Layout
from deploy.processes import OWNERS, Process

QUICK = os.environ.get("QUICK") == "1"
EXAMPLES = 8 if QUICK else 60
PEOPLE = ("officer", "grid")
UNREAD = (400, b"Invalid HTTP request received.")  # the server's own, to a line longer than it reads: there was no request
FREE = {  # any text is a name, or a kind and an id: nothing can be sent that does not fit
    "GET /problems/{name}", "GET /fhir/{kind}", "GET /fhir/{kind}/{key}", "GET /fhir/{kind}/{key}/_history/{version}",
    "DELETE /fhir/Subscription/{key}", "GET /fhir/OperationDefinition/{key}", "GET /fhir/SearchParameter/{key}", "GET /fhir/Appointment/{key}/_history",
    "GET /fhir/Appointment/{key}/_history/{version}",
    *(f"{method} /fhir/Subscription/{{key}}/${name}" for method, name in (
        ("GET", "status"), ("GET", "events"), ("POST", "renew-secret"), ("POST", "end-older-secret"),
    )),
    *(f"POST /api/v1/report-sheets{more}" for more in ("", "/preview", "/report")),  # any bytes may be a sheet
}
CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance, negative_data_rejection,
]

pytestmark = [pytest.mark.proof, pytest.mark.timeout(300)]


def modes(operation: Any) -> list[schemathesis.GenerationMode]:
    """What fits can be sent to all; what does not fit, only where something is taken."""
    takes = [*operation.path_parameters, *operation.query, *operation.headers, *operation.body]
    kinds = schemathesis.GenerationMode
    return [kinds.POSITIVE, kinds.NEGATIVE] if takes and operation.label not in FREE else [kinds.POSITIVE]


ALL = [(owner, label, mode) for owner in OWNERS for label, one in operations(owner).items() for mode in modes(one)]


@pytest.fixture(scope="module")
def tokens(stack: Layout) -> list[str]:
    """Of somebody who may much, and of somebody who may less; and none."""
    return [asyncio.run(token(stack, who)) for who in PEOPLE] + [""]


@pytest.mark.parametrize(("owner", "label", "mode"), ALL, ids=lambda said: getattr(said, "value", said))
def test_every_answer_is_a_declared_one(
    stack: Layout, tokens: list[str], owner: str, label: str, mode: schemathesis.GenerationMode
) -> None:
    operation = operations(owner)[label]
    address = f"http://127.0.0.1:{stack.base + Process(owner, 'api').offset}"

    @seed(20260101)
    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def holds(case: Any) -> None:
        for held in tokens:
            headers = {"authorization": f"Bearer {held}"} if held else {}
            answer = case.call(base_url=address, headers=headers, timeout=20)
            if (answer.status_code, answer.content) == UNREAD:
                continue
            case.validate_response(answer, checks=CHECKS)

    holds()
