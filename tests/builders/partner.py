"""A hospital's program on the platform itself: registered by command, admitted by an officer, with a patient who agreed."""

import asyncio
import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from builders.signing import sign_in
from joserfc import jwt
from joserfc.jwk import ECKey

from deploy.local.layout import ROOT, Layout
from services.identity.domain import demo
from simulators.miniprogram import Client

NAME = "国槐社区卫生服务中心"
SCOPES = (
    "system/Appointment.crus", "system/Slot.crus", "system/Schedule.crus", "system/Patient.rs", "system/Practitioner.crus",
    "system/PractitionerRole.crus", "system/Organization.rus", "system/Location.crus", "system/HealthcareService.crus",
    "system/Subscription.cruds", "system/Encounter.rus", "system/Consent.rs", "system/CareTeam.rs",
    "system/Contract.rs", "system/AuditEvent.rs", "system/RelatedPerson.rs", "system/AppointmentResponse.crs", "system/Task.rs",
    "system/Communication.rs", "system/Provenance.rs",
)
_JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass(frozen=True)
class Partner:
    """What a hospital's engineer has: an address, a name, a key."""

    origin: str
    client_id: str
    key: ECKey

    async def token(self, scope: str = " ".join(SCOPES)) -> str:
        """As SMART Backend Services gets one."""
        now, endpoint = int(time.time()), f"{self.origin}/oauth/token"
        claims = {"iss": self.client_id, "sub": self.client_id, "aud": endpoint, "exp": now + 240, "jti": str(uuid4())}
        signed = jwt.encode({"alg": "ES384", "kid": "his", "typ": "JWT"}, claims, self.key, algorithms=["ES384"])
        proof = {"client_assertion_type": _JWT_BEARER, "client_assertion": signed}
        form = {"grant_type": "client_credentials", "scope": scope, **proof}
        async with httpx.AsyncClient(timeout=20) as client:
            answer = await client.post(endpoint, data=form)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])


async def partner(layout: Layout, folder: Path) -> Partner:
    """A program that may do everything at the door, and speaks for the hospital of the demo."""
    key = ECKey.generate_key("P-384", {"kid": "his"}, private=True)
    jwks = folder / "hospital-keys.json"
    await asyncio.to_thread(jwks.write_text, json.dumps({"keys": [key.as_dict(private=False)]}))
    name = f"his-{uuid4().hex}"
    words = [sys.executable, "-m", "services.identity", "clients", "add", name, "--name", "医院预约系统", "--owner", "信息科"]
    scopes = [word for scope in SCOPES for word in ("--scope", scope)]
    pipe = asyncio.subprocess.PIPE
    program = await asyncio.create_subprocess_exec(
        *words, "--grant", "client_credentials", "--jwks", str(jwks), *scopes, cwd=ROOT, stdout=pipe, stderr=pipe,
        env={**os.environ, **layout.environment("identity", "api")},
    )
    told, complained = await program.communicate()
    assert program.returncode == 0, complained.decode()
    async with Client(layout.origin) as officer:
        await officer.sign_in_by_password("officer", demo.PASSWORD)
        (hospital,) = [one for one in (await officer.get("/api/v1/hospitals?limit=100"))["items"] if one["name"] == NAME]
        await officer.post(f"/api/v1/hospitals/{hospital['id']}/admission", {"program_id": told.decode().split()[-1]})
    return Partner(layout.origin, name, key)


async def agreeing(layout: Layout, resident: int) -> str:
    """A resident of the demo who lets hospitals be told, and has booked there; the appointment's id."""
    phone = [one for one in demo.residents() if one.room.startswith(demo.GUOHUAI)][resident].phone
    async with Client(layout.origin) as patient:
        await sign_in(patient, phone)
        texts: list[dict[str, Any]] = await patient.get("/api/v1/consents/texts")
        (text,) = [one for one in texts if one["purpose"] == "hospital"]
        await patient.post("/api/v1/consents", {name: text[name] for name in ("purpose", "version", "hash")})
        times = (await patient.get("/api/v1/slots?limit=100"))["items"]
        mine = [one for one in (await patient.get("/api/v1/appointments?limit=100"))["items"] if one["state"] == "booked"]
        if mine:
            return str(mine[0]["id"])
        made = await patient.post("/api/v1/appointments", {"slot_id": times[-1]["id"]})
    return str(made["id"])
