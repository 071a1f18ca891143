"""Ids of the other community, at every operation that takes one: not there, and nothing is changed."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from builders.faults import fetch
from builders.hospital import connected, sim
from builders.operations import Operation, offered
from builders.passkeys import DOOR as PASSKEYS
from builders.passkeys import Device
from builders.sheets import csv_of
from builders.signing import sign_in
from builders.wire import until

from deploy.local.layout import Layout
from deploy.processes import OWNERS, Process
from services.identity.domain import demo
from simulators.miniprogram import Client

PUBLIC = "/open311/"  # anybody reads there what anybody may know: nobody is a stranger
IDS = {  # what a path's parameter names, and where one of ours is found
    "report_id": ("reports", "select id from reports where area <@ '510104.clx.guohuai' limit 1"),
    "anchor_id": ("reports", "select id from anchors where area <@ '510104.clx.guohuai' limit 1"),
    "print_id": ("reports", "select id from printings where area <@ '510104.clx.guohuai' limit 1"),
    "photo_id": ("reports", "select id from uploads where claimed_by like 'before/%' limit 1"),
    "recording_id": ("reports", "select id from recordings limit 1"),
    "double_id": ("reports", "select id from doubles where area <@ '510104.clx.guohuai' limit 1"),
    "cure_id": ("reports", "select id from cures where area <@ '510104.clx.guohuai' limit 1"),
    "view_id": ("reports", "select id from views where area <@ '510104.clx.guohuai' limit 1"),
    "follow_id": ("reports", "select id from follows where area <@ '510104.clx.guohuai' limit 1"),
    "phrase_id": ("reports", "select id from phrases where area <@ '510104.clx.guohuai' limit 1"),
    "handover_id": ("reports", "select id from handovers where area <@ '510104.clx.guohuai' limit 1"),
    "export_id": ("reports", "select id from exports where area <@ '510104.clx.guohuai' limit 1"),
    "check_id": ("reports", "select c.id from checks c join reports r on r.id = c.report_id where r.area <@ '510104.clx.guohuai' limit 1"),
    "hook_id": ("reports", "select id from hooks where area <@ '510104.clx.guohuai' limit 1"),
    "delivery_id": ("reports", "select id from deliveries limit 1"),
    "gate_id": ("gate", "select id from gates where area <@ '510104.clx.guohuai' limit 1"),
    "notice_id": ("notify", "select id from notices where area <@ '510104.clx.guohuai' limit 1"),
    "assignment_id": ("identity", "select id from assignments where area <@ '510104.clx.guohuai' limit 1"),
    "binding_id": ("identity", "select id from bindings where area <@ '510104.clx.guohuai' limit 1"),
    "invitation_id": ("identity", "select id from invitations where area <@ '510104.clx.guohuai' limit 1"),
    "schedule_id": ("health", "select id from schedules where area <@ '510104.clx.guohuai' limit 1"),
    "appointment_id": ("health", "select id from appointments where area <@ '510104.clx.guohuai' limit 1"),
    "hospital_id": ("health", "select id from hospitals where area <@ '510104.clx.guohuai' limit 1"),
    "room_id": ("health", "select id from rooms where area <@ '510104.clx.guohuai' limit 1"),
    "hold_id": ("health", "select id from appointments where area <@ '510104.clx.guohuai' limit 1"),
    "breach_id": ("health", "select id from breaches where area <@ '510104.clx.guohuai' limit 1"),
    "contract_id": ("health", "select id from contracts where area <@ '510104.clx.guohuai' limit 1"),
    "evidence_id": ("health", "select id from evidence where area <@ '510104.clx.guohuai' limit 1"),
    "wait_id": ("health", "select id from waits where area <@ '510104.clx.guohuai' limit 1"),
    "person_id": ("identity", "select person_id as id from assignments where area <@ '510104.clx.guohuai' limit 1"),
    "registration_id": ("identity", "select id from registrations where area <@ '510104.clx.guohuai' limit 1"),
    "import_id": ("identity", "select id from imports where area <@ '510104.clx.guohuai' limit 1"),
    "addition_id": ("identity", "select id from phone_additions where area <@ '510104.clx.guohuai' limit 1"),
    "fact_id": ("identity", "select id from facts limit 1"),
    "emergency_id": ("identity", "select id from emergencies where area <@ '510104.clx.guohuai' limit 1"),
    "proxy_id": ("identity", "select id from proxies where area <@ '510104.clx.guohuai' limit 1"),
    "merge_id": ("identity", "select id from merges where area <@ '510104.clx.guohuai' limit 1"),
    "passkey_id": ("identity", "select id from passkeys limit 1"),
    "session_id": ("identity", """select family_id as id from refresh_tokens where revoked_at is null and person_id in
        (select person_id from assignments where area <@ '510104.clx.guohuai') limit 1"""),
    "divergence_id": ("health", "select id from divergences where area <@ '510104.clx.guohuai' limit 1"),
    "area": ("reports", "select '510104.clx.guohuai' as id"),
}
_TIME = {"minutes": 60}
BODIES: dict[str, Any] = {
    "assignment": {"assignee_id": str(demo.stable("staff officer-neighbour"))}, "return": {"reason": "x"},
    "reassignment": {"assignee_id": str(demo.stable("staff officer-neighbour")), "reason": "x"},
    "classification": {"category": "water", "instead_of": "road", "reason": "x"},
    "severity": {"severity": "severe", "instead_of": "minor", "reason": "x"},
    "contribution": {"unit_id": str(uuid4()), "text": "x"}, "abandonment": {"reason": "x"}, "removal": {"version": 1},
    "parts": {"text": "x", "category": "road", "client_token": str(uuid4())},
    "resolution": {"note": "x", "photos": [str(uuid4())]}, "rating": {"satisfaction": 1}, "appraisal": {"satisfaction": 1}, "reopening": {"reason": "x"},
    "commands": {"reason": "visitor"}, "appeal": {"reason": "x"}, "escalation": {"reason": "x"}, "question": {"question": "x"},
    "supplement": {"answer": "x"}, "merge": {"master_id": str(uuid4())}, "routing": {"rules": [], "grids": []}, "categories": {"nodes": []}, "hold": {"reason": "x", "until": "2030-01-01T00:00:00Z"},
    "refusal": {"reason_code": "in-court", "instead": "x"}, "whistle": {"unit_ids": [str(uuid4())], "reason": "x"},
    "recordings": {"kind": "voice", "content_type": "audio/mp4", "size": 9}, "rejection": {"reason": "x"}, "reissue": {"version": 1}, "rotation": {"version": 1}, "publication": {"boxes": []}, "arrival": {"unit_id": str(uuid4())}, "days": {"day": "2030-01-01", "works": False}, "ending": {"last_day": "2030-01-01"}, "conclusion": {"outcome": "cured"}, "owner": {"owner_id": str(uuid4())}, "notes": {"text": "x"},
    "renaming": {"name": "x"}, "factor-removal": {"reason": "lost"}, "confirmation": {"name": "某某"}, "bindings second-look": {"name": "某某", "papers": "id-card"},
    "facts": {"kind": "in-person", "evidence": "id-card"}, "facts revocation": {"reason": "forged"},
    "revelation": {"field": "phone", "reason": "contact"}, "people revocation": {"reason": "stolen"}, "review": {"finding": "justified"},
    "cover": {"person_id": str(demo.stable("staff grid1")), "starts_at": "2099-01-01T00:00:00Z", "ends_at": "2099-01-02T00:00:00Z", "reason": "leave"},
    "agreement": {"code": "123456"}, "breaches appeal": {"plea": "ill"}, "decision": {"finding": "stands"}, "acceptance": {"phone": "13900000001"}, "check-in": {}, "second-look": {"scopes": ["reports.file"]},
    "second-sight": {"survivor_id": str(uuid4()), "source_id": str(uuid4())}, "split": {"reason": "mistaken"},
    "rescheduling": {"slot_id": str(uuid4())}, "settlement": {"why": "called"}, "calling-off": {"day": "2030-01-01", "reason": "illness"},
    "termination": {"reason": "moved"}, "services": {"item": "follow_up"},
    "admission": {"program_id": str(uuid4())}, "exclusion": {"program_id": str(uuid4())},
    demo.GUOHUAI: {
        "duty": [], "respond": _TIME, "contact": _TIME, "arrive": _TIME, "ordinary": _TIME, "resolve": {}, "return_limit": 1,
        "daily_reports": 1,
    },
}
TAKING = [
    pytest.param(owner, one, id=f"{one.method} {one.path}") for owner in OWNERS for one in offered(owner)
    if ("_id}" in one.path or "{area}" in one.path) and not one.path.startswith(PUBLIC)
]


@pytest.fixture(scope="module")
async def neighbours(stack: Layout) -> AsyncIterator[list[Client]]:
    """Staff and a resident of the neighbour community."""
    async with AsyncExitStack() as held:
        clients = [await held.enter_async_context(Client(stack.origin)) for _ in range(3)]
        await clients[0].sign_in_by_password("officer-neighbour", demo.PASSWORD)
        await clients[1].sign_in_by_password("grid-neighbour", demo.PASSWORD)
        theirs = [one for one in demo.residents() if one.room.startswith(demo.JINXIU)]
        await sign_in(clients[2], theirs[-1].phone)
        await _somebody_has_booked(stack)
        await _somebody_waits(stack)
        await _somebody_did_not_come(stack)
        await _somebody_is_contracted(stack)
        await held.enter_async_context(_passkey(stack))
        await _something_was_reported_twice(stack)
        await _something_is_cured(stack)
        await _staff_have_their_day(stack)
        await _something_diverges(stack)
        await _somebody_is_registered(stack)
        await _a_sheet_waits(stack)
        await _somebody_was_verified(stack)
        await _somebody_is_given_a_phone(stack)
        await _there_was_an_emergency(stack)
        await _somebody_acts_for_another(stack)
        await _two_are_one(stack)
        await _something_is_said(stack)
        await _posters_are_printed(stack)
        await _a_paper_was_seen(stack)
        await _somebody_is_invited(stack)
        yield clients


async def _somebody_has_booked(stack: Layout) -> None:
    """A resident of ours has an appointment, which the demo begins without."""
    if await fetch(stack, "health", IDS["appointment_id"][1]):
        return
    ours = [one for one in demo.residents() if one.room.startswith(demo.GUOHUAI)][-1]  # the first twenty are the journeys'
    async with Client(stack.origin) as patient:
        await sign_in(patient, ours.phone)
        free = await patient.get("/api/v1/slots")
        await patient.post("/api/v1/appointments", {"slot_id": free["items"][0]["id"]})


async def _something_is_said(stack: Layout) -> None:
    """There is a recording of a report of ours."""
    if not await fetch(stack, "reports", IDS["recording_id"][1]):
        in_hand = "status not in ('closed', 'declined', 'withdrawn') limit"
        [report] = await fetch(stack, "reports", IDS["report_id"][1].replace("limit", f"and {in_hand}"))
        async with Client(stack.origin) as officer:
            await officer.sign_in_by_password("officer", demo.PASSWORD)
            said = {"kind": "voice", "content_type": "audio/mp4", "size": 9}
            await officer.post(f"/api/v1/reports/{report['id']}/recordings", said)


async def _posters_are_printed(stack: Layout) -> None:
    """There is a batch of posters of ours."""
    if not await fetch(stack, "reports", IDS["print_id"][1]):
        [anchor] = await fetch(stack, "reports", f"{IDS['anchor_id'][1].replace('limit', 'and revoked_at is null limit')}")
        async with Client(stack.origin) as officer:
            await officer.sign_in_by_password("officer", demo.PASSWORD)
            await officer.post("/api/v1/anchors/prints", {"anchors": [str(anchor["id"])]})


async def _somebody_is_contracted(stack: Layout) -> None:
    """A resident of ours has asked a team of doctors for a contract."""
    asked = (
        "insert into contracts (id, area, person_id, team_id, years, state, asked_at, asked_by, by_team) "
        "select gen_random_uuid(), '510104.clx.guohuai', person_id, gen_random_uuid(), 1, 'asked', now(), person_id, false "
        "from appointments where area <@ '510104.clx.guohuai' limit 1 on conflict do nothing"
    )
    await fetch(stack, "health", asked)


async def _a_paper_was_seen(stack: Layout) -> None:
    """It is noted of a resident of ours by which paper they were diagnosed."""
    seen = (
        "insert into evidence (id, area, person_id, proof, day, recorded_by, recorded_at) "
        "select gen_random_uuid(), '510104.clx.guohuai', person_id, 'record', current_date, gen_random_uuid(), now() "
        "from appointments where area <@ '510104.clx.guohuai' limit 1"
    )
    if not await fetch(stack, "health", IDS["evidence_id"][1]):
        await fetch(stack, "health", seen)


async def _somebody_did_not_come(stack: Layout) -> None:
    """Of an appointment of ours it is counted that nobody came."""
    lost = (
        "insert into breaches (id, area, person_id, appointment_id, cause, points, at) "
        "select gen_random_uuid(), area, person_id, id, 'missed', 1, now() from appointments "
        "where area <@ '510104.clx.guohuai' limit 1 on conflict do nothing"
    )
    await fetch(stack, "health", lost)


async def _somebody_waits(stack: Layout) -> None:
    """A resident of ours stands in line for a seat."""
    if await fetch(stack, "health", IDS["wait_id"][1]):
        return
    ours = [one for one in demo.residents() if one.room.startswith(demo.GUOHUAI)][-6]  # a code a minute each: the others have theirs
    async with Client(stack.origin) as patient:
        await sign_in(patient, ours.phone)
        free = await patient.get("/api/v1/slots?limit=100")
        await patient.post("/api/v1/waits", {"what": "slot", "target_id": free["items"][-1]["id"]})


async def _somebody_is_registered(stack: Layout) -> None:
    """Somebody of ours without a phone waits for the second look."""
    if await fetch(stack, "identity", IDS["registration_id"][1]):
        return
    room = next(one.room for one in demo.residents() if one.room.startswith(demo.GUOHUAI))
    async with Client(stack.origin) as officer:
        await officer.sign_in_by_password("officer", demo.PASSWORD)
        said = {"name": "无手机老人", "room": room, "kind": "family", "evidence": "id-card"}
        await officer.post("/api/v1/registrations", said)


async def _somebody_was_verified(stack: Layout) -> None:
    """A resident of ours showed their papers."""
    if await fetch(stack, "identity", IDS["fact_id"][1]):
        return
    ours = next(one for one in demo.residents() if one.room.startswith(demo.GUOHUAI))
    async with Client(stack.origin) as officer:
        await officer.sign_in_by_password("officer", demo.PASSWORD)
        person = (await fetch(stack, "identity", f"select person_id as id from bindings where area = '{ours.room}' limit 1"))[0]["id"]
        await officer.post(f"/api/v1/people/{person}/facts", {"kind": "in-person", "evidence": "id-card"})


async def _somebody_acts_for_another(stack: Layout) -> None:
    """One resident of ours lets another act for them."""
    if await fetch(stack, "identity", IDS["proxy_id"][1]):
        return
    principal, actor = [one for one in demo.residents() if one.room.startswith(demo.GUOHUAI)][-4:-2]  # a code a minute each: the others have theirs
    async with Client(stack.origin) as theirs, Client(stack.origin) as client:
        await sign_in(theirs, actor.phone)
        await sign_in(client, principal.phone)
        who = (await theirs.get("/api/v1/people/me"))["id"]
        last = f"{(datetime.now(UTC) + timedelta(days=9)).date()}"
        await client.post("/api/v1/proxies", {"actor_id": who, "scopes": ["reports.read"], "last_day": last})


async def _two_are_one(stack: Layout) -> None:
    """Two of ours wait for a second look, as if staff had shown a second factor, which nobody of the demo has."""
    again = (
        "insert into merges (id, survivor_id, source_id, area, reason, proposed_by, proposed_at, noted, state) "
        "select gen_random_uuid(), ids[1], ids[2], '510104.clx.guohuai', 'said-so', gen_random_uuid(), now(), $1, 'waiting' from "
        "(select array(select distinct person_id from bindings where area <@ '510104.clx.guohuai' order by 1 limit 2) as ids) as two"
    )
    if not await fetch(stack, "identity", IDS["merge_id"][1]):
        nothing = {"phone": "none", "wechat": "none", "bindings": 0, "facts": 0, "proxies": 0}
        await fetch(stack, "identity", again, json.dumps(nothing))


async def _somebody_is_invited(stack: Layout) -> None:
    """An owner of ours has invited somebody; the code went to nobody."""
    again = (
        "insert into invitations (id, area, kind, owner_id, code_index, made_at, expires_at, state) select gen_random_uuid(), area, 'family', "
        "person_id, sha256('nobody'), now(), now() + interval '1 day', 'open' from bindings where area <@ '510104.clx.guohuai' limit 1"
    )
    if not await fetch(stack, "identity", IDS["invitation_id"][1]):
        await fetch(stack, "identity", again)


async def _a_sheet_waits(stack: Layout) -> None:
    """A sheet of rooms of ours was looked at."""
    if await fetch(stack, "identity", IDS["import_id"][1]):
        return
    async with Client(stack.origin) as admin:
        await admin.sign_in_by_password("admin", demo.PASSWORD)
        headers = {"authorization": f"Bearer {admin.token}", "idempotency-key": str(uuid4()), "content-type": "text/csv"}
        asked = {"kind": "rooms", "area": demo.GUOHUAI}
        answer = await admin.http.post("/api/v1/imports", params=asked, headers=headers, content=csv_of("rooms", ("a.b", "房屋", "x")))
        assert answer.status_code == 201, answer.text


async def _somebody_is_given_a_phone(stack: Layout) -> None:
    """Somebody of ours was registered without one, by two, and a code was sent to the phone they have now."""
    if await fetch(stack, "identity", IDS["addition_id"][1]):
        return
    room = next(one.room for one in demo.residents() if one.room.startswith(f"{demo.GUOHUAI}.g03"))
    async with Client(stack.origin) as officer, Client(stack.origin) as worker:
        await officer.sign_in_by_password("officer", demo.PASSWORD)
        await worker.sign_in_by_password("grid", demo.PASSWORD)
        said = {"name": "后有手机老人", "room": room, "kind": "family", "evidence": "id-card"}
        made = await officer.post("/api/v1/registrations", said)
        await worker.post(f"/api/v1/registrations/{made['id']}/confirmation", {"name": said["name"]})
        await officer.post("/api/v1/phone-additions", {"person_id": made["person_id"], "phone": "13900009999"})


async def _there_was_an_emergency(stack: Layout) -> None:
    """An officer of ours took a role for half an hour, as if they had shown a second factor, which nobody of the demo has."""
    again = (
        "with taken as (insert into assignments (id, person_id, role, area, display_name, granted_by, starts_at, ends_at, basis, reason) "
        "select gen_random_uuid(), $1, 'guard', '510104.clx.guohuai', '某某', $1, now() - interval '1 hour', "
        "now() - interval '31 minutes', 'emergency', 'fire' returning id, starts_at, ends_at) "
        "insert into emergencies (id, person_id, assignment_id, role, area, reason, taken_at, ends_at, told_at) "
        "select gen_random_uuid(), $1, id, 'guard', '510104.clx.guohuai', 'fire', starts_at, ends_at, ends_at from taken"
    )
    if not await fetch(stack, "identity", IDS["emergency_id"][1]):
        await fetch(stack, "identity", again, demo.stable("staff officer"))


@asynccontextmanager
async def _passkey(stack: Layout) -> AsyncIterator[None]:
    """A member of staff of ours has one meanwhile."""
    device = Device(stack.origin)
    async with Client(stack.origin) as nurse:
        await nurse.sign_in_by_password("hut", demo.PASSWORD)
        question = await nurse.post(f"{PASSKEYS}/options", {"password": demo.PASSWORD})
        said = {"ticket": question["ticket"], "name": "钥匙", "credential": device.make(question["options"])}
        key = (await nurse.post(PASSKEYS, said))["id"]
        yield
        question = await nurse.post("/sign-in/passkey/options", {})
        said = {"ticket": question["ticket"], "credential": device.use(question["options"])}
        anew = {"authorization": f"Bearer {(await nurse.post('/sign-in/passkey', said))['access_token']}"}
        assert (await nurse.http.post(f"{PASSKEYS}/{key}/removal", headers=anew)).status_code == 204


async def _something_was_reported_twice(stack: Layout) -> None:
    """Two reports of ours are likely the same; the worker finds it out by itself."""
    ours = [one for one in demo.residents() if one.room.startswith(demo.GUOHUAI)][-5]  # others have the last ones
    async with Client(stack.origin) as resident:
        await sign_in(resident, ours.phone)
        for _ in range(2):
            said = {"text": "门厅的玻璃门关不上", "category": "safety", "place": {"area": ours.room.rpartition(".")[0]}}
            await resident.post("/api/v1/reports", said | {"client_token": str(uuid4())})
    for _ in range(100):
        if await fetch(stack, *IDS["double_id"]):
            return
        await asyncio.sleep(0.2)
    raise TimeoutError("no double was suggested")


async def _something_is_cured(stack: Layout) -> None:
    """Somebody of ours owns a cause; of the two reports that were filed twice, as if the first had been mended."""
    pair = "select report_id, other_id, area from doubles where area <@ '510104.clx.guohuai' limit 1"
    again = (
        f"with pair as ({pair}), again as (insert into repeats (id, report_id, former_id, area, category, found_at) "
        "select gen_random_uuid(), report_id, other_id, area, 'safety', now() from pair "
        "on conflict (report_id) do update set category = 'safety' returning id, area) "
        "insert into cures (id, repeat_id, area, category, owner_id, review_on, opened_by, opened_at) "
        "select gen_random_uuid(), id, area, 'safety', gen_random_uuid(), date '2030-01-01', gen_random_uuid(), now() from again "
        "on conflict do nothing returning id"
    )
    await fetch(stack, "reports", again)


async def _staff_have_their_day(stack: Layout) -> None:
    """Somebody of ours keeps a view and a phrase, hands over what is long past, and exported a list that is over."""
    area, ours = f"text2ltree('{demo.GUOHUAI}')", f"'{demo.stable('staff officer')}'::uuid"
    for kind, into, values in (
        ("view_id", "views (id, area, owner_id, name, list_name, order_name, said, saved_at)",
         f"gen_random_uuid(), {area}, {ours}, '邻区', 'open', 'due', '{{}}', now()"),
        ("follow_id", "follows (id, person_id, area, followed_at)", f"gen_random_uuid(), {ours}, {area}, now()"),
        ("phrase_id", "phrases (id, area, act, title, said, written_at)", f"gen_random_uuid(), {area}, 'any', '邻区', '请稍候', now()"),
        ("handover_id", "handovers (id, area, from_id, to_id, starts_at, ends_at, why, made_by, made_at)",
         f"gen_random_uuid(), {area}, {ours}, gen_random_uuid(), '2025-01-01', '2025-01-02', 'leave', {ours}, '2025-01-01'"),
        ("export_id", "exports (id, area, asked_by, asked_at, purpose, written, list_name, said, state, total, done, tries, over_at, swept_at)",
         f"gen_random_uuid(), {area}, {ours}, now(), 'meeting', 'csv', 'every', '{{}}', 'over', 1, 0, 1, now(), now()"),
        ("hook_id", "hooks (id, area, name, endpoint, made_by, made_at, state, version)",
         f"gen_random_uuid(), {area}, '邻区', 'https://hall.example/hook', {ours}, now(), 'ended', 1"),
        ("delivery_id", "deliveries (id, hook_id, report_id, seq, kind, said, made_at, due_at, tries, outcome, done_at)",
         "gen_random_uuid(), (select id from hooks limit 1), (select id from reports limit 1), 0, 'x', '{}', now(), now(), 1, 'taken', now()"),
    ):
        if not await fetch(stack, *IDS[kind]):
            await fetch(stack, "reports", f"insert into {into} values ({values})")


async def _something_diverges(stack: Layout) -> None:
    """A hospital keeps what bears our name and is none of ours, and was compared with."""
    if await fetch(stack, "health", IDS["divergence_id"][1]):
        return
    when = datetime.now(UTC) + timedelta(days=2)
    stray = {"key": str(uuid4()), "person": "x", "start": when.isoformat(), "end": (when + timedelta(minutes=5)).isoformat()}
    await sim(stack, "west").steer("kept", stray)
    async with Client(stack.origin) as officer:
        await officer.sign_in_by_password("officer", demo.PASSWORD)
        await officer.post("/api/v1/reconciliations", {"hospital_id": await connected(officer)})

    async def is_found() -> bool:
        return bool(await fetch(stack, "health", IDS["divergence_id"][1]))

    await until(is_found, 30)


async def row(layout: Layout, owner: str, parameter: str, key: object) -> str:
    if parameter == "area":
        return str(await fetch(layout, owner, "select t::text from terms t where area = text2ltree($1) order by version", key))
    if parameter == "session_id":
        return str(await fetch(layout, owner, "select t::text from refresh_tokens t where family_id = $1 order by created_at", key))
    table = {"report_id": "reports", "contract_id": "contracts", "anchor_id": "anchors", "double_id": "doubles", "cure_id": "cures", "gate_id": "gates", "notice_id": "notices", "assignment_id": "assignments",
             "binding_id": "bindings", "invitation_id": "invitations", "schedule_id": "schedules", "appointment_id": "appointments", "hold_id": "appointments", "passkey_id": "passkeys",
             "person_id": "people", "divergence_id": "divergences", "registration_id": "registrations",
             "addition_id": "phone_additions", "fact_id": "facts", "emergency_id": "emergencies", "import_id": "imports",
             "proxy_id": "proxies", "merge_id": "merges", "room_id": "rooms", "hospital_id": "hospitals",
             "view_id": "views", "follow_id": "follows", "phrase_id": "phrases", "handover_id": "handovers", "export_id": "exports",
             "wait_id": "waits", "breach_id": "breaches", "photo_id": "uploads",
                 "check_id": "checks", "print_id": "printings", "hook_id": "hooks", "delivery_id": "deliveries", "evidence_id": "evidence"}[parameter]
    return str((await fetch(layout, owner, f"select t::text as whole from {table} t where id = $1", key))[0]["whole"])


@pytest.mark.parametrize(("owner", "operation"), TAKING)
async def test_it_is_not_there_for_the_neighbours(
    stack: Layout, neighbours: list[Client], owner: str, operation: Operation
) -> None:
    parameter = operation.path.partition("{")[2].partition("}")[0]
    place, asked = IDS[parameter]
    key = (await fetch(stack, place, asked))[0]["id"]
    before = await row(stack, place, parameter, key)
    path = operation.path.replace(f"{{{parameter}}}", str(key))
    for other in [one for one in IDS if f"{{{one}}}" in path]:
        path = path.replace(f"{{{other}}}", str((await fetch(stack, *IDS[other]))[0]["id"]))
    port = f"http://127.0.0.1:{stack.base + Process(owner, 'api').offset}"
    for client in neighbours:
        for origin in (stack.origin, port):
            async with httpx.AsyncClient(timeout=20) as bare:
                headers = {"authorization": f"Bearer {client.token}", "idempotency-key": str(uuid4())}
                thing, act = path.split("/")[3], path.rpartition("/")[2]
                body = BODIES.get(f"{thing} {act}", BODIES.get(act))
                answer = await bare.request(operation.method, f"{origin}{path}", headers=headers, json=body)
            assert (answer.status_code, answer.json()["status"]) == (404, 404), (origin, answer.text)
            assert str(key) not in answer.text.replace(path, "")
    assert await row(stack, place, parameter, key) == before


def test_every_parameter_of_a_path_is_looked_for() -> None:
    named = {name for one in TAKING for name in re.findall(r"{(\w+)}", one.values[1].path)}
    assert named == set(IDS)
