"""HL7's models accept every answer of the FHIR door, and four stock clients, unchanged, book through the real gateway."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from builders.partner import Partner, agreeing, partner
from fhir.resources.R4B import get_fhir_model_class
from fhirclient.client import FHIRClient
from fhirclient.models.appointment import Appointment
from fhirclient.models.slot import Slot
from fhirpy import AsyncFHIRClient

from deploy.local.layout import Layout
from services.health.api.fhir_metadata import capability
from tests.foreign import test_stock_clients as stock

pytestmark = [pytest.mark.proof, pytest.mark.timeout(300)]
KINDS = [one["type"] for one in capability("")["rest"][0]["resource"]]
RESIDENT = -7  # of the demo's: others have the rest
node = stock.node



@pytest.fixture(scope="module")
async def booking(stack: Layout, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Where to, with what token, for whom, when."""
    his: Partner = await partner(stack, tmp_path_factory.mktemp("partner"))
    await agreeing(stack, RESIDENT)
    token = await his.token()
    headers = {"authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=f"{stack.origin}/fhir", headers=headers, timeout=20) as client:
        (patient, *_) = [one["resource"]["id"] for one in (await client.get("/Patient")).json()["entry"]]
    start = datetime.now(UTC) + timedelta(days=1)
    return {
        "origin": stack.origin, "token": token, "patient": patient, "name": uuid4().hex,
        "start": start.strftime("%Y-%m-%dT%H:%M:%SZ"), "end": (start + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def accepted(said: dict[str, Any]) -> int:
    """How many resources HL7's model took, each by the model of its own kind."""
    get_fhir_model_class(said["resourceType"]).model_validate_json(json.dumps(said))
    return 1 + sum(accepted(one["resource"]) for one in said.get("entry", ()))


async def test_the_models_of_hl7_accept_every_answer(booking: dict[str, Any]) -> None:
    base, headers = f"{booking['origin']}/fhir", {"authorization": f"Bearer {booking['token']}"}
    async with httpx.AsyncClient(base_url=base, headers=headers, timeout=20) as client:
        assert accepted((await client.get("/metadata")).json()) == 1
        for kind in KINDS:
            bundle = (await client.get(f"/{kind}?colour=red&_count=3")).json()
            assert accepted(bundle) >= 2, kind
            for one in bundle["entry"][:-1]:
                assert accepted((await client.get(f"/{kind}/{one['resource']['id']}")).json()) == 1
        included = "_include=Appointment:actor&_include=Appointment:slot&_include:iterate=Slot:schedule"
        assert accepted((await client.get(f"/Appointment?{included}")).json()) > 4
        for path in ("/Nothing", f"/Slot/{uuid4()}", "/Slot?start=x", "/Slot/x/y/z"):
            assert accepted((await client.get(path)).json()) == 1
        when = [{"name": edge, "valueDateTime": booking[edge]} for edge in ("start", "end")]
        whom = {"name": "patient-reference", "valueReference": {"reference": f"Patient/{booking['patient']}"}}
        found = await client.post("/Appointment/$find", json={"resourceType": "Parameters", "parameter": [*when, whom]})
        assert accepted(found.json()) > 2
        for which in (found.json()["entry"][0]["resource"]["id"], "x"):
            named = {"name": "appointment-reference", "valueReference": {"reference": f"Appointment/{which}"}}
            answer = await client.post("/Appointment/$hold", json={"resourceType": "Parameters", "parameter": [named]})
            assert accepted(answer.json()) >= 2


@pytest.mark.parametrize("library", ["fhir_kit_client", "medplum_core"])
async def test_a_stock_client_of_node_books_and_cancels(node: str, booking: dict[str, Any], library: str) -> None:
    done = set(json.loads(await stock.run(node, f"{library}.mjs", folder=stock.HERE, said=json.dumps(booking))))
    assert done >= {"search", "hold", "book", "cancel", "refusal"}


async def test_fhirpy_books_and_cancels(booking: dict[str, Any]) -> None:
    client = AsyncFHIRClient(f"{booking['origin']}/fhir", authorization=f"Bearer {booking['token']}")
    asked = client.resources("Slot").search(status="free", start__ge=booking["start"], start__lt=booking["end"])
    slots = await asked.limit(5).fetch()
    made = client.resource(
        "Appointment", status="booked", slot=[{"reference": f"Slot/{slots[1]['id']}"}],
        participant=[{"actor": {"reference": f"Patient/{booking['patient']}"}, "status": "accepted"}],
    )
    given = {"resourceType": "Parameters", "parameter": [{"name": "appointment-resource", "resource": made.serialize()}]}
    held = (await client.execute("Appointment/$hold", method="post", data=given))["entry"][0]["resource"]
    named = {"name": "appointment-reference", "valueReference": {"reference": f"Appointment/{held['id']}"}}
    whole = {"resourceType": "Parameters", "parameter": [named]}
    booked = (await client.execute("Appointment/$book", method="post", data=whole))["entry"][0]["resource"]
    assert (held["status"], booked["status"], booked["id"]) == ("pending", "booked", held["id"])
    again = AsyncFHIRClient(
        f"{booking['origin']}/fhir", authorization=f"Bearer {booking['token']}",
        extra_headers={"if-match": f'W/"{booked["meta"]["versionId"]}"'},
    )
    there = await again.resources("Appointment").search(_id=booked["id"]).get()
    there["status"] = "cancelled"
    await there.save()
    assert (await client.resources("Appointment").search(_id=booked["id"]).get())["status"] == "cancelled"


async def test_fhirclient_books_and_cancels(booking: dict[str, Any]) -> None:
    await asyncio.to_thread(_by_fhirclient, booking)


def _by_fhirclient(booking: dict[str, Any]) -> None:
    smart = FHIRClient(settings={"app_id": "his", "api_base": f"{booking['origin']}/fhir"})
    server = smart.server
    server.session.headers["Authorization"] = f"Bearer {booking['token']}"
    slots = list(Slot.where({"status": "free", "start": f"ge{booking['start']}"}).perform_resources_iter(server))
    made = Appointment({
        "status": "booked", "slot": [{"reference": f"Slot/{slots[2].id}"}],
        "participant": [{"actor": {"reference": f"Patient/{booking['patient']}"}, "status": "accepted"}],
    })
    given = {"resourceType": "Parameters", "parameter": [{"name": "appointment-resource", "resource": made.as_json()}]}
    held = server.post_json("Appointment/$hold", given).json()["entry"][0]["resource"]
    named = {"name": "appointment-reference", "valueReference": {"reference": f"Appointment/{held['id']}"}}
    server.post_json("Appointment/$book", {"resourceType": "Parameters", "parameter": [named]})
    there = Appointment.read(held["id"], server)
    assert there.status == "booked"
    server.session.headers["If-Match"] = f'W/"{there.meta.versionId}"'
    there.status = "cancelled"
    there.update(server)
    assert Appointment.read(held["id"], server).status == "cancelled"

