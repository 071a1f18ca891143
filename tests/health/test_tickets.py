"""Tickets for the video room: who is given one, when, what it says, and how media are relayed for its holder."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from builders.doors import Doors
from builders.hut import ask, book, offer, problem
from builders.visit import PROXY, asked, by_proxy, nurse, shifted, soon, ticket
from builders.world import DOCTOR, FAR_DOCTOR, OFFICER, RESIDENT, SECOND_RESIDENT

from services.health.domain.ticket import LIFE, Side, Ticket, TicketRefused, read, relay, signed


def blind(doors: Doors) -> Any:
    return doors.running.settings.keys.blind


async def test_patient_doctor_and_nurse_are_given_tickets_and_nobody_else(health_doors: Doors) -> None:
    key, staff = await soon(health_doors), await nurse(health_doors)
    given = [(await asked(health_doors, key, person)).json() for person in (RESIDENT, DOCTOR, staff)]
    assert [one["side"] for one in given] == ["patient", "doctor", "nurse"]
    assert {one["href"] for one in given} == {f"/api/v1/visits/{key}"}
    for stranger in (SECOND_RESIDENT, FAR_DOCTOR, OFFICER):
        assert (await asked(health_doors, key, stranger)).status_code == 404
    assert len(await health_doors.rows("select 1 from audit where action = 'health.ticket'")) == 3


async def test_another_doctor_of_the_hut_is_not_of_this_visit(health_doors: Doors) -> None:
    slot = await offer(health_doors, timedelta(minutes=5), doctor=uuid4())
    key = str((await book(health_doors, RESIDENT, slot)).json()["id"])
    assert problem(await asked(health_doors, key, DOCTOR)) == (403, "not-in-this-visit")


async def test_who_acts_by_proxy_comes_as_one_for_another_and_as_nothing_else(health_doors: Doors) -> None:
    key = await soon(health_doors)
    said = read(await by_proxy(health_doors, key), blind(health_doors), room=UUID(key), at=datetime.now(UTC))
    assert (said.person_id, said.acting_id, said.side) == (RESIDENT.id, PROXY.id, Side.PATIENT)
    for scope in ("appointments.read appointments.move", "openid"):
        refused = await asked(health_doors, key, RESIDENT, client_id="guohuai.proxy", scope=scope, act={"sub": str(PROXY.id)})
        assert problem(refused) == (403, "scope-missing")
    doctors = await asked(health_doors, key, DOCTOR, client_id="guohuai.proxy", scope="visits.attend", act={"sub": str(PROXY.id)})
    assert doctors.status_code == 404  # who acts for a doctor has no office


@pytest.mark.parametrize(("early", "late", "refusal"), [(11, 9, "visit-not-open"), (-51, -49, "visit-over")])
async def test_the_room_is_open_from_fifteen_minutes_before_until_thirty_after(
    health_doors: Doors, early: float, late: float, refusal: str
) -> None:
    key = await soon(health_doors)
    await shifted(health_doors, key, early)
    assert problem(await asked(health_doors, key)) == (409, refusal)
    await shifted(health_doors, key, late - early)
    assert (await asked(health_doors, key)).status_code == 201


async def test_there_is_none_for_what_was_given_back(health_doors: Doors) -> None:
    key = await soon(health_doors)
    await ask(health_doors, RESIDENT, f"appointments/{key}/cancellation")
    assert problem(await asked(health_doors, key)) == (409, "not-at-this-step")


async def test_of_a_ticket_nothing_is_kept_and_its_text_is_in_no_row(health_doors: Doors) -> None:
    key = await soon(health_doors)
    text = await ticket(health_doors, key)
    assert await health_doors.rows("select 1 from tickets") == []
    kept = await health_doors.rows("select t::text as whole from idempotency t union all select t::text from audit t")
    assert kept
    assert not [one for one in kept if text.partition(".")[2] in one.whole]


@pytest.mark.parametrize("change", range(7))
async def test_a_ticket_that_was_altered_is_none(health_doors: Doors, change: int) -> None:
    key = await soon(health_doors)
    text = await ticket(health_doors, key)
    body, _, proof = text.partition(".")
    raw = base64.urlsafe_b64decode(f"{body}==")
    doctor = base64.urlsafe_b64encode(raw.replace(b'"patient"', b'"doctor"')).rstrip(b"=").decode()
    assert doctor != body
    altered = [
        f"{doctor}.{proof}", f"{body}.{proof[:-2]}AA", body, "", f"{body}.", f".{proof}", f"{text}é",
    ][change]
    with pytest.raises(TicketRefused):
        read(altered, blind(health_doors), room=UUID(key), at=datetime.now(UTC))


def test_a_ticket_is_good_for_its_room_and_its_two_minutes_alone() -> None:
    def key(column: str, value: str) -> bytes:
        return hmac.digest(b"k" * 32, f"{column}\0{value}".encode(), hashlib.sha256)

    now = datetime(2026, 11, 26, 8, 0, 0, 123456, tzinfo=UTC)
    made = Ticket(uuid4(), uuid4(), uuid4(), Side.NURSE, now, uuid4())
    text = signed(made, key)
    assert read(text, key, room=made.appointment_id, at=now) == made
    assert read(text, key, room=made.appointment_id, at=now + LIFE - timedelta(seconds=1)) == made
    for room, at in ((uuid4(), now), (made.appointment_id, now + LIFE), (made.appointment_id, now - timedelta(seconds=1))):
        with pytest.raises(TicketRefused):
            read(text, key, room=room, at=at)
    with pytest.raises(TicketRefused):
        read(text, lambda column, value: hmac.digest(b"l" * 32, f"{column}{value}".encode(), hashlib.sha256),
             room=made.appointment_id, at=now)


def test_a_relay_is_named_as_coturn_reckons_it() -> None:
    """What `openssl dgst -sha1 -hmac north` says of that name (coturn, `turnserver --use-auth-secret`)."""
    until = datetime.fromtimestamp(1_800_000_000, UTC)
    one = Ticket(UUID(int=7), uuid4(), uuid4(), Side.PATIENT, until)
    made = relay(["turn:turn.example:3478"], "north", one, until)
    assert made.username == "1800000000:00000000-0000-0000-0000-000000000007"
    assert made.credential == "aCxnuJ7GD28HPo911lGckjFHmwg="


async def test_relays_are_named_where_there_are_any(health_doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    key, mine = await soon(health_doors), health_doors.running.settings
    monkeypatch.setattr(health_doors.running, "settings", mine.model_copy(update={"turn_urls": ""}))
    assert (await asked(health_doors, key)).json()["ice_servers"] == []
    said = mine.model_copy(update={"turn_urls": "turn:a.example:3478?transport=udp, turns:a.example:5349", "turn_secret": "s"})
    monkeypatch.setattr(health_doors.running, "settings", said)
    answer = (await asked(health_doors, key)).json()
    (only,) = answer["ice_servers"]
    assert only["urls"] == ["turn:a.example:3478?transport=udp", "turns:a.example:5349"]
    ends = datetime.fromtimestamp(int(only["username"].partition(":")[0]), UTC)
    assert abs(ends - datetime.fromisoformat(answer["closes_at"])) < timedelta(seconds=1)
    assert str(RESIDENT.id) not in only["username"]
