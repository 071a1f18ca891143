"""Two validators that are not ours, HL7's models (R4B) and Medplum's, take every answer of every kind that the door names."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from builders.doors import Doors
from builders.fhir import Hospital, accepted, fresh, hospital
from builders.fhir_whole import lived_in
from builders.world import RESIDENT

from tests.foreign import test_stock_clients as stock

pytestmark = [pytest.mark.proof, pytest.mark.timeout(300)]
node = stock.node
Resource = dict[str, Any]
READING = {"read", "vread", "history-instance", "search-type"}
WRITING = {"create", "update", "patch", "delete"}  # what they answer is read here, and test_examples.py writes


@pytest.fixture
async def east(health_doors: Doors) -> Hospital:
    made = await hospital(health_doors)
    await lived_in(made)
    return made


def whole(said: Resource) -> Iterator[Resource]:
    """A resource, and all that are in it."""
    yield said
    for one in said.get("entry", ()):
        if "resource" in one:
            yield from whole(one["resource"])


async def read(one: Hospital, path: str, status: int = 200, **params: Any) -> Resource:
    answer = await one.get(path, **params)
    assert answer.status_code == status, (path, answer.text)
    made: Resource = answer.json()
    return made


async def of_kind(east: Hospital, stated: Resource) -> list[Resource]:
    """Every answer to whatever a kind says it answers; there is one of it at least."""
    kind, named = stated["type"], {one["code"] for one in stated["interaction"]}
    assert named <= READING | WRITING, f"{kind}: say here how {sorted(named - READING - WRITING)} is asked for"
    more = {"_include": stated["searchInclude"]} if stated.get("searchInclude") else {}
    more |= {"_revinclude": stated["searchRevInclude"]} if stated.get("searchRevInclude") else {}
    page = await read(east, kind, colour="red", _count=100, **more)
    there = [one["resource"] for one in page["entry"] if one["search"]["mode"] == "match"]
    assert there, f"{kind}: lived_in makes none"
    assert {one["resourceType"] for one in there} == {kind}
    answers = [page]
    for one in there:
        here = f"{kind}/{one['id']}"
        answers += [await read(east, here), await read(east, f"{here}/_history/{one['meta']['versionId']}")]
        answers += [await read(east, f"{here}/_history")] if stated["readHistory"] else []
    return [*answers, await read(east, f"{kind}/{fresh()}", 404), await read(east, kind, 400, _count="x")]


async def operated(east: Hospital) -> list[Resource]:
    """A time is found, held, booked, given back; and again, which is refused."""
    name, start = await east.patient(RESIDENT), datetime.now(UTC) + timedelta(days=3)
    await east.offer(timedelta(days=4))
    given: list[Resource] = [
        {"name": edge, "valueDateTime": (start + timedelta(days=n)).isoformat()} for edge, n in (("start", 0), ("end", 3))
    ]
    given.append({"name": "patient-reference", "valueReference": {"reference": f"Patient/{name}"}})
    answers: list[Resource] = []
    async with east.client() as client:
        for which in ("$find", "$hold", "$book", "$hold"):
            sent = {"resourceType": "Parameters", "parameter": given}
            answers.append((await client.post(f"/fhir/Appointment/{which}", json=sent)).json())
            made = answers[-1]["entry"][0]["resource"]
            given = [{"name": "appointment-reference", "valueReference": {"reference": f"Appointment/{made.get('id')}"}}]
        key = answers[2]["entry"][0]["resource"]["id"]
        answers.append((await client.post(f"/fhir/Appointment/{key}/$cancel")).json())
        entry = [{"request": {"method": "GET", "url": f"Appointment/{one}"}} for one in (key, fresh())]
        answers.append((await client.post("/fhir", json={"resourceType": "Bundle", "type": "batch", "entry": entry})).json())
    assert [one["entry"][0]["resource"].get("status") for one in answers[:3]] == ["proposed", "pending", "booked"]
    return answers


async def test_two_validators_take_every_answer_of_every_kind(east: Hospital, node: str) -> None:
    statement = await read(east, "metadata")
    answers = [statement]
    for stated in statement["rest"][0]["resource"]:
        answers += await of_kind(east, stated)
        for operation in stated.get("operation", ()):
            if east.doors.issuer in operation["definition"]:
                answers.append(await read(east, operation["definition"].partition("/fhir/")[2]))
    answers += await operated(east)
    assert all(accepted(one) for one in answers)
    every = [one for answer in answers for one in whole(answer)]
    judged = json.loads(await stock.run(node, "validate.mjs", folder=stock.HERE, said=json.dumps(every)))
    assert len(judged) == len(every) > 100
    assert [(one["resourceType"], told) for one, told in zip(every, judged, strict=True) if told] == []


async def test_the_validator_refuses_what_is_not_r4(node: str) -> None:
    wrong = [{"resourceType": "Appointment", "status": "booked"}, {"resourceType": "Slot", "colour": "red"}]
    judged = json.loads(await stock.run(node, "validate.mjs", folder=stock.HERE, said=json.dumps(wrong)))
    assert all(told and told[0].startswith("error: ") for told in judged)
