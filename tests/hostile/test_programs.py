"""A program that was given little for a person does little: at every operation of every service, whatever the person may."""

from typing import Any

import httpx
import pytest
import schemathesis
from builders.doors import keyed
from builders.operations import ENDLESS
from builders.schemas import operations
from builders.strangers import real_key, signed
from hypothesis import HealthCheck, Phase, given, seed, settings

from deploy.local.layout import Layout
from deploy.processes import OWNERS, Process
from services.identity.domain import demo

PERSON = str(demo.stable("staff officer"))
OURS = [(owner, label) for owner in OWNERS for label in operations(owner) if " /api/v1/" in label]

FITTING: dict[str, Any] = {  # where more is asked of a body than its schema says
    "POST /api/v1/uploads": {"kind": "report-photo", "content_type": "image/jpeg", "size": 1000},
    "POST /api/v1/schedules": {"area": demo.GUOHUAI, "doctor_id": PERSON, "weekdays": [1], "begins": "09:00", "ends": "10:00",
                               "minutes": 20, "first_day": "2030-01-01"},
    "POST /api/v1/schedules/{schedule_id}/days": {"day": "2030-01-01", "works": False},
    "POST /api/v1/schedules/{schedule_id}/calling-off": {"day": "2030-01-01", "reason": "illness"},
    "POST /api/v1/schedules/{schedule_id}/ending": {"last_day": "2030-01-01"},
}

pytestmark = pytest.mark.proof


@pytest.fixture(scope="module")
async def programs(stack: Layout) -> list[str]:
    """Tokens of somebody who may much, through programs that may not: one asks who it is, one may do what nobody can, one nothing."""
    key = await real_key(stack)
    return [
        signed(key, stack.origin, PERSON, client_id="desk", scope=scope) for scope in ("openid profile", "system/Slot.rs Reports.File", None)
    ]


@pytest.mark.parametrize(("owner", "label"), OURS)
def test_nothing_is_done_through_a_program_that_was_not_given_the_act(
    stack: Layout, programs: list[str], owner: str, label: str
) -> None:
    address = f"http://127.0.0.1:{stack.base + Process(owner, 'api').offset}"
    told: set[str] = set()

    @seed(20260101)
    @settings(max_examples=6, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(case=operations(owner)[label].as_strategy(generation_mode=schemathesis.GenerationMode.POSITIVE))
    def holds(case: Any) -> None:
        case.body = FITTING.get(label, case.body)
        case.query = case.query | {"for": owner} if "for" in case.query else case.query
        if case.call(base_url=address, timeout=20).status_code != 401:
            told.add("scope-missing")  # whoever is not signed in may: the program as well
            return
        for token in programs:
            answer = case.call(base_url=address, headers=keyed() | {"authorization": f"Bearer {token}"}, timeout=20)
            assert answer.status_code >= 400, answer.text
            told.add(answer.json()["type"].rpartition("/")[2])

    holds()
    assert "scope-missing" in told
    assert told <= {"scope-missing", "invalid-request"}


async def test_nothing_is_heard_through_it_either(stack: Layout, programs: list[str]) -> None:
    edge = f"http://127.0.0.1:{stack.base + Process('edge', 'api').offset}"
    async with httpx.AsyncClient(timeout=20) as client:
        for origin in (stack.origin, edge):
            for token in programs:
                answer = await client.get(f"{origin}{ENDLESS}", headers={"authorization": f"Bearer {token}"})
                assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (403, "scope-missing")
                assert answer.headers["www-authenticate"] == 'Bearer realm="guohuai", error="insufficient_scope"'
