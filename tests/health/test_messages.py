"""What a hospital's system tells us of its own bookings over HL7 v2: kept before it is acknowledged, applied once."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from builders.doors import Doors
from builders.engine import Engine, listening, message
from builders.hospital import Beside, beside, consents
from builders.house import entered, lie
from builders.hut import ask, book, offer, problem
from builders.world import RESIDENT, SECOND_RESIDENT, Person
from hl7apy.consts import VALIDATION_LEVEL
from hl7apy.core import Message
from hl7apy.parser import parse_message
from hl7apy.validation import Validator
from sqlalchemy import text

from contracts.calendar import CHENGDU
from deploy.local.layout import Layout
from services.health.actions import asks, personal
from services.health.actions import message_effects as effects
from services.health.clients import incoming, siu
from services.health.domain.message import Fault
from services.health.jobs import forget_messages

KEPT = ("AA", "")
CANCELLED, MOVED = "health.appointment_cancelled.v1", "health.appointment_rescheduled.v1"


@pytest.fixture
async def theirs(health_doors: Doors, stack: Layout) -> Beside:
    """A hospital whose seats are its own, over HL7 v2."""
    return await beside(health_doors, stack, adapter="hl7v2")


@pytest.fixture
async def engines(theirs: Beside, tmp_path: Path) -> AsyncIterator[dict[str, Engine]]:
    async with listening(theirs.doors, tmp_path, "south", "west") as found:
        yield found


@pytest.fixture
def engine(engines: dict[str, Engine]) -> Engine:
    """The hospital's own."""
    return engines["south"]


async def obeyed(doors: Doors) -> list[str]:
    """Apply all that waits; the outcomes of all messages, in their order."""
    await effects.apply_all(doors.running)
    return [row.outcome for row in await doors.rows("select outcome from messages order by pos")]


async def one_booked(theirs: Beside, person: Person = RESIDENT, *, at: int = 0, size: int = 2) -> tuple[str, Any]:
    """An appointment that both sides keep, and its slot."""
    slot = (await theirs.offered(size, schedule=f"dr-{uuid4().hex[:6]}"))[at - size]
    made = await theirs.submitted(person, slot)
    await theirs.ask()
    (row,) = await theirs.doors.rows("select * from slots where id = :id", id=UUID(slot))
    return made, row


async def body(doors: Doors, topic: str) -> dict[str, Any]:
    """The one event of a topic."""
    (row,) = await doors.rows("select body from outbox where topic = :topic", topic=topic)
    said: dict[str, Any] = json.loads(row.body)
    return said


def long(slot: Any) -> tuple[datetime, datetime]:
    return slot.starts_at, slot.ends_at


@pytest.mark.parametrize("trigger", ["S15", "S17"])
async def test_what_they_cancel_is_cancelled_by_the_hospital_and_its_person_hears_it(
    theirs: Beside, engine: Engine, trigger: str
) -> None:
    made, slot = await one_booked(theirs)
    assert await engine.says(trigger, ours=made) == KEPT
    assert await theirs.state(made) == "booked", "it is kept first, and made so afterwards"
    assert await obeyed(theirs.doors) == ["done"]
    assert await theirs.state(made) == "cancelled"
    said = await body(theirs.doors, CANCELLED)
    assert (said["by_patient"], said["theirs"], said["by_hospital"]) == (False, True, True)
    assert problem(await book(theirs.doors, SECOND_RESIDENT, str(slot.id))) == (409, "slot-closed")
    assert problem(await ask(theirs.doors, RESIDENT, f"appointments/{made}/cancellation")) == (409, "not-booked")
    assert await theirs.ask() == 0, "nobody asks them to cancel what they cancelled"


async def test_what_is_not_confirmed_yet_is_refused_or_kept_by_what_they_say(theirs: Beside, engine: Engine) -> None:
    first, second = await theirs.offered(2)
    made = await theirs.submitted(RESIDENT, first)
    other = await theirs.submitted(SECOND_RESIDENT, second)
    (slot,) = await theirs.doors.rows("select * from slots where id = :id", id=UUID(second))
    assert await engine.says("S15", ours=made) == KEPT
    assert await engine.says("S12", ours=other, ref="h-7", when=long(slot)) == KEPT
    assert await obeyed(theirs.doors) == ["done", "done"]
    assert (await theirs.state(made), await theirs.state(other)) == ("rejected", "booked")
    assert await theirs.ask() == 0, "what waited for an answer has it"
    (row,) = await theirs.doors.rows("select external_ref from appointments where state = 'booked'")
    assert row.external_ref == "h-7"


async def test_a_seat_of_ours_is_not_theirs_to_cancel_move_or_miss_and_people_hear_of_it(
    theirs: Beside, engine: Engine
) -> None:
    department = await entered(theirs.doors, "departments", hospital_id=str(theirs.id), name="全科")
    slot = await offer(theirs.doors)
    await lie(theirs.doors, slot, department_id=department)
    made = (await book(theirs.doors, RESIDENT, slot)).json()["id"]
    await theirs.ask()
    later = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)
    assert await engine.says("S15", ours=made) == KEPT
    assert await engine.says("S13", ours=made, ref="h-1", when=(later, later + timedelta(minutes=15))) == KEPT
    assert await obeyed(theirs.doors) == ["people", "people"]
    assert await theirs.state(made) == "booked"
    assert await theirs.queue() == [("ours_only", "people", None), ("differ", "corrected", None)]
    with theirs.later(days=2):
        assert await engine.says("S26", ours=made, said_at=datetime.now(UTC) + timedelta(days=2)) == KEPT
        await effects.apply_all(theirs.doors.running)
    assert await theirs.state(made) == "booked"


async def test_what_they_move_to_a_time_we_know_is_moved_and_its_person_hears_it(theirs: Beside, engine: Engine) -> None:
    made, _ = await one_booked(theirs)
    (other,) = await theirs.doors.rows("select * from slots where id not in (select slot_id from appointments) and not closed")
    assert await engine.says("S13", ours=made, ref="h-1", slot=other.their_ref, when=long(other)) == KEPT
    assert await obeyed(theirs.doors) == ["done"]
    (row,) = await theirs.doors.rows("select * from appointments")
    assert (str(row.id), row.state, row.slot_id, row.starts_at) == (made, "booked", other.id, other.starts_at)
    assert row.external_ref == "h-1"
    said = await body(theirs.doors, MOVED)
    assert (said["appointment_id"], said["slot_id"], said["by_hospital"]) == (made, str(other.id), True)
    assert problem(await book(theirs.doors, SECOND_RESIDENT, str(other.id))) == (409, "slot-taken")
    assert await theirs.ask() == 0


async def test_what_they_move_to_where_it_cannot_be_is_nobodys_and_is_given_back_there(theirs: Beside, engine: Engine) -> None:
    made, slot = await one_booked(theirs)
    (other,) = await theirs.doors.rows("select * from slots where id not in (select slot_id from appointments) and not closed")
    await theirs.submitted(SECOND_RESIDENT, str(other.id))  # somebody has that time already
    assert await engine.says("S14", ours=made, ref="h-1", slot=other.their_ref, when=long(other)) == KEPT
    assert await obeyed(theirs.doors) == ["done"]
    assert await theirs.state(made) == "displaced"
    (asked,) = await theirs.doors.rows("select kind, external_ref from asks where appointment_id = :id and state = 'waiting'",
                                       id=UUID(made))
    assert (asked.kind, asked.external_ref) == ("cancel", "h-1")
    assert await engine.says("S14", ours=made, ref="h-1", when=long(slot)) == KEPT
    assert (await obeyed(theirs.doors))[-1] == "nothing"


async def test_who_did_not_come_there_is_said_once_it_could_be(theirs: Beside, engine: Engine) -> None:
    made, slot = await one_booked(theirs)
    assert await engine.says("S26", ours=made) == ("AR", "207")
    passed = slot.starts_at - datetime.now(UTC) + timedelta(minutes=1)
    with theirs.later(seconds=passed.total_seconds()):
        at = slot.starts_at + timedelta(minutes=1)
        assert await engine.told(*(message("S26", ours=made, said_at=at) for _ in range(2))) == [KEPT, KEPT]
        assert await obeyed(theirs.doors) == ["done", "nothing"]
    assert await theirs.state(made) == "noshow"


async def test_a_booking_of_theirs_is_recorded_for_whom_they_know_by_a_name_of_ours(theirs: Beside, engine: Engine) -> None:
    _, slot = await one_booked(theirs, SECOND_RESIDENT)
    await theirs.sim.offer(1, schedule="dr-x", begins=timedelta(days=3))
    await theirs.read()
    (free,) = await theirs.doors.rows("select * from slots where their_ref = 'dr-x-0'")
    name = theirs.known_as(SECOND_RESIDENT.id)
    told: dict[str, Any] = {"ref": "h-9", "slot": free.their_ref, "when": long(free)}
    assert await engine.says("S12", **told, patient=str(uuid4())) == ("AE", "204")
    assert await engine.says("S12", **told) == ("AE", "101"), "nobody is named"
    assert await engine.says("S12", **told | {"slot": "nothing"}, patient=name) == ("AE", "204")
    assert await engine.says("S12", **told | {"when": long(slot)}, patient=name) == ("AE", "102")
    assert await engine.says("S12", **told, patient=name) == KEPT
    assert await obeyed(theirs.doors) == ["recorded"]
    (row,) = await theirs.doors.rows("select * from appointments where external_ref = 'h-9'")
    assert (row.person_id, row.state, row.slot_id, row.theirs) == (SECOND_RESIDENT.id, "booked", free.id, True)
    assert (await theirs.doors.said())[-1] == "health.appointment_booked.v1"
    assert await theirs.ask() == 0, "they know of it"
    assert await theirs.reconcile() == {"both": 1}, "their book does not bear our name for it"
    assert await theirs.state(str(row.id)) == "booked"
    assert (await ask(theirs.doors, SECOND_RESIDENT, f"appointments/{row.id}/cancellation")).json()["state"] == "cancelling"
    (cancel,) = await theirs.doors.rows("select id from asks where state = 'waiting'")
    async with theirs.doors.running.database.work() as work:
        taken = await asks.take(work)
        assert taken is not None
        assert (taken.question.ask, taken.question.ref) == (cancel.id, "h-9"), "they are told by the name they know"
    assert await engine.says("S15", ref="h-9") == KEPT
    assert (await obeyed(theirs.doors))[-1] == "done"
    assert await theirs.state(str(row.id)) == "cancelled"


async def test_nobody_is_booked_who_took_consent_back_or_has_that_hour_already(theirs: Beside, engine: Engine) -> None:
    await one_booked(theirs, SECOND_RESIDENT)
    (free,) = await theirs.doors.rows("select * from slots where id not in (select slot_id from appointments) and not closed")
    told: dict[str, Any] = {"slot": free.their_ref, "when": long(free), "patient": theirs.known_as(SECOND_RESIDENT.id)}
    assert await engine.says("S12", ref="h-1", **told) == KEPT
    assert await obeyed(theirs.doors) == ["people"], "one seat a day with a doctor"
    assert await theirs.queue() == [("theirs_only", "people", None)]
    await consents(theirs.doors, SECOND_RESIDENT, state="withdrawn", sequence=5)
    assert await engine.says("S12", ref="h-2", **told) == ("AE", "204")
    assert len(await theirs.doors.rows("select id from appointments")) == 1


async def test_of_twelve_at_once_one_is_kept_and_all_hear_the_same(theirs: Beside, engine: Engine) -> None:
    made, _ = await one_booked(theirs)
    once = message("S15", ours=made, control="C1")
    async with asyncio.TaskGroup() as group:
        said = [group.create_task(engine.told(once)) for _ in range(12)]
    assert {task.result()[0] for task in said} == {KEPT}
    async with asyncio.TaskGroup() as group:
        for _ in range(6):
            group.create_task(effects.apply_all(theirs.doors.running))
    assert await obeyed(theirs.doors) == ["done"]
    assert (await theirs.doors.said()).count(CANCELLED) == 1
    assert await engine.told(once, once) == [KEPT, KEPT]
    assert await engine.says("S17", ours=made, control="C1") == ("AE", "205"), "another message under its name"
    assert await obeyed(theirs.doors) == ["done"]


async def test_what_is_older_than_what_was_said_since_changes_nothing(theirs: Beside, engine: Engine) -> None:
    made, slot = await one_booked(theirs)
    (other,) = await theirs.doors.rows("select * from slots where id not in (select slot_id from appointments) and not closed")
    now = datetime.now(UTC)
    assert await engine.says("S14", ours=made, ref="h-1", when=long(slot), said_at=now) == KEPT
    await obeyed(theirs.doors)
    late = {"slot": other.their_ref, "when": long(other), "said_at": now - timedelta(minutes=5)}
    assert await engine.says("S13", ours=made, ref="h-1", **late) == KEPT
    assert await obeyed(theirs.doors) == ["nothing", "overtaken"]
    assert (await theirs.doors.rows("select slot_id from appointments"))[0].slot_id == slot.id


async def test_a_booking_that_comes_after_its_cancelling_is_not_made(theirs: Beside, engine: Engine) -> None:
    await one_booked(theirs, SECOND_RESIDENT)
    await theirs.sim.offer(1, schedule="dr-x", begins=timedelta(days=3))
    await theirs.read()
    (free,) = await theirs.doors.rows("select * from slots where their_ref = 'dr-x-0'")
    now = datetime.now(UTC)
    told: dict[str, Any] = {"slot": free.their_ref, "when": long(free), "patient": theirs.known_as(SECOND_RESIDENT.id)}
    gone = message("S15", ref="h-3", said_at=now)
    assert await engine.told(gone, message("S12", ref="h-3", said_at=now, **told), gone) == [("AE", "204"), KEPT, ("AE", "204")]
    assert await obeyed(theirs.doors) == ["unknown", "overtaken"]
    assert await engine.says("S12", ref="h-4", **told) == KEPT
    assert await engine.says("S15", ref="h-4") == KEPT, "it is about to be recorded"
    assert (await obeyed(theirs.doors))[2:] == ["recorded", "done"]
    assert sorted(row.state for row in await theirs.doors.rows("select state from appointments")) == ["booked", "cancelled"]


async def test_who_dies_between_keeping_and_applying_is_followed_and_it_is_so_once(theirs: Beside, engine: Engine) -> None:
    made, _ = await one_booked(theirs)
    assert await engine.says("S15", ours=made) == KEPT
    async with theirs.doors.whole.begin() as connection:
        await connection.execute(text("select id from appointments for update"))
        dying = asyncio.create_task(effects.apply_one(theirs.doors.running))
        await asyncio.sleep(0.3)
        dying.cancel()  # in the middle, as a worker that is killed
        await asyncio.gather(dying, return_exceptions=True)
    assert await theirs.state(made) == "booked"
    async with asyncio.TaskGroup() as group:
        for _ in range(6):
            group.create_task(effects.apply_all(theirs.doors.running))
    assert await obeyed(theirs.doors) == ["done"]
    assert (await theirs.doors.said()).count(CANCELLED) == 1


async def test_of_their_cancelling_and_ours_one_is_first_and_it_is_said_once(theirs: Beside, engine: Engine) -> None:
    made, _ = await one_booked(theirs)
    assert await engine.says("S15", ours=made) == KEPT
    async with asyncio.TaskGroup() as group:
        ours = [group.create_task(ask(theirs.doors, RESIDENT, f"appointments/{made}/cancellation")) for _ in range(8)]
        for _ in range(4):
            group.create_task(effects.apply_all(theirs.doors.running))
    assert await obeyed(theirs.doors) == ["done"]
    assert await theirs.state(made) == "cancelled"
    assert sorted(task.result().status_code for task in ours)[1:] == [409] * 7
    said = await theirs.doors.said()
    assert said.count(CANCELLED) == 1
    assert (await body(theirs.doors, CANCELLED))["by_hospital"] is not (200 in {task.result().status_code for task in ours})
    assert await theirs.ask() == 0


async def test_while_they_are_asked_nothing_is_decided(theirs: Beside, engine: Engine) -> None:
    (slot,) = await theirs.offered(1)
    made = await theirs.submitted(RESIDENT, slot)
    async with theirs.doors.running.database.work() as work:
        assert await asks.take(work) is not None
        await theirs.doors.running.database.commit(work)
    assert await engine.says("S15", ours=made) == KEPT
    assert await obeyed(theirs.doors) == [None]
    assert await theirs.state(made) == "submitted"
    with theirs.later(minutes=1):
        assert await obeyed(theirs.doors) == ["done"]
    assert await theirs.state(made) == "rejected"


@pytest.mark.parametrize(("trigger", "said", "answer"), [
    ("S12", {"facility": "west"}, ("AR", "204")), ("S15", {"to": "ELSEWHERE"}, ("AR", "204")),
    ("S15", {"type": "ADT"}, ("AR", "200")), ("S16", {}, ("AR", "201")), ("S15", {"mode": "T"}, ("AR", "202")),
    ("S15", {"version": "2.8"}, ("AR", "203")), ("S15", {"charset": "GB 18030-2000"}, ("AR", "102")),
    ("S15", {"ours": ""}, ("AE", "101")), ("S15", {"ours": "no-id"}, ("AE", "102")),
    ("S15", {"ours": str(uuid4())}, ("AE", "204")),
    ("S15", {"ours": str(uuid4()).upper()}, ("AE", "102")), ("S13", {}, ("AE", "101")), ("S15", {"ref": "x" * 65}, ("AE", "102")),
    ("S15", {"ref": "a\\X0A\\b"}, ("AE", "102")), ("S13", {"ref": "h", "when": "back"}, ("AE", "102")),
    ("S15", {"said_at": datetime.now(UTC) + timedelta(hours=1)}, ("AE", "102")),
])
async def test_what_cannot_be_taken_is_said_with_a_code_and_changes_nothing(
    theirs: Beside, engine: Engine, trigger: str, said: dict[str, Any], answer: tuple[str, str]
) -> None:
    made, slot = await one_booked(theirs)
    told = {"ours": made, **said}
    if told.get("when") == "back":
        told["when"] = (slot.ends_at, slot.starts_at)
    assert await engine.says(trigger, **told) == answer
    assert await theirs.doors.rows("select id from messages") == []
    assert await theirs.state(made) == "booked"


async def test_only_who_shows_a_hospitals_certificate_is_heard_and_only_of_its_own(
    theirs: Beside, engines: dict[str, Engine]
) -> None:
    made, _ = await one_booked(theirs)
    for name in ("nobody", "stranger", "old"):
        with pytest.raises((OSError, EOFError)):
            await engines[name].says("S15", ours=made)
    assert await engines["west"].says("S15", ours=made) == ("AR", "204"), "it says that it is the other hospital"
    assert await engines["west"].says("S15", ours=made, facility="west") == ("AE", "204"), "no hospital is entered for it"
    await entered(theirs.doors, "hospitals", name="西郊医院", adapter="fhir", pool="theirs", system="west")
    assert await engines["west"].says("S15", ours=made, facility="west") == ("AE", "204"), "it is another hospital's"
    assert await theirs.state(made) == "booked"
    assert await theirs.doors.rows("select id from messages where outcome is distinct from 'unknown'") == []


async def test_frames_come_in_pieces_or_together_and_what_is_none_ends_the_connection(theirs: Beside, engine: Engine) -> None:
    made, _ = await one_booked(theirs)
    frame = b"\x0b" + message("S15", ours=made, control="C1") + b"\x1c\r"
    async with engine.connected() as (reader, writer):
        for n in range(0, len(frame), 5):
            writer.write(frame[n:n + 5])
            await writer.drain()
        assert b"MSA|AA|C1\r" in await reader.readuntil(b"\x1c\r")
        writer.write(frame + frame[:9])
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.write(frame[9:])
        for _ in range(2):
            assert b"MSA|AA|C1\r" in await reader.readuntil(b"\x1c\r")
    for junk in (b"GET / HTTP/1.1\r\n\r\n", b"\x0bhello\x1c\r", b"\x0b\xff\xfe\x1c\r", b"\x0bMSH|^~\\&|\r\x1c\r", b"\x1c\r"):
        assert await engine.raw(junk) == b""
    assert await engine.raw(b"\x0b" + b"x" * 400_000) == b"", "a frame has an end"
    spoiled = message("S17", ours=made, control="C2").replace("建国".encode(), b"\xbd\xa8")
    assert await engine.told(spoiled) == [("AR", "102")], "one that is no UTF-8"
    assert len(await theirs.doors.rows("select id from messages")) == 1


async def test_who_is_slow_or_comes_too_often_is_sent_away(
    theirs: Beside, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.health.clients.mllp.FRAME", 0.2)
    assert await engine.raw(b"\x0bMSH|") == b"", "half a frame is waited for so long"
    async with asyncio.TaskGroup() as group:
        said = [group.create_task(engine.raw()) for _ in range(19)]
    assert sorted(task.result() for task in said) == [b""] * 3 + [b"still there"] * 16
    made, _ = await one_booked(theirs)
    assert await engine.says("S15", ours=made) == KEPT, "who has gone makes room"


async def test_nothing_of_a_person_stays_of_a_message_but_which_appointment(theirs: Beside, engine: Engine) -> None:
    made, slot = await one_booked(theirs)
    assert await engine.says("S14", ours=made, ref="h-1", when=long(slot), patient=theirs.known_as(RESIDENT.id)) == KEPT
    await obeyed(theirs.doors)
    ((row,),) = [[one.whole for one in await theirs.doors.rows("select row_to_json(m)::text as whole from messages m")]]
    for word in ("陈", "建国", "13800001234", "19500101", "H0042", theirs.known_as(RESIDENT.id), str(RESIDENT.id)):
        assert word not in row
    with theirs.later(days=184):
        await forget_messages(theirs.doors.running)
    assert await theirs.doors.rows("select id from messages") == []
    assert await engine.says("S15", ours=made) == KEPT
    await theirs.doors.running.database.do(lambda work: personal.erase(work, RESIDENT.id))
    assert await theirs.doors.rows("select id from messages") == []


async def test_a_day_has_room_for_so_many(theirs: Beside, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.health.actions.messages.DAILY", 2)
    made, _ = await one_booked(theirs)
    said = [message("S15", ours=made, control=f"C{n}") for n in range(3)]
    assert await engine.told(*said, said[0]) == [KEPT, KEPT, ("AR", "207"), KEPT], "what is kept already is repeated freely"


@pytest.mark.parametrize("fault", [None, *Fault])
def test_what_we_acknowledge_is_an_ack_of_hl7(fault: Fault | None) -> None:
    asked = incoming.opened(message("S15", ours=str(uuid4()), control="A-1"))
    refused = None if fault is None else incoming.Refused(fault)
    said = siu.acknowledged(asked, refused, control="C" * 20, at=datetime.now(UTC)).decode()
    read = parse_message(said, validation_level=VALIDATION_LEVEL.STRICT, find_groups=True)
    assert Validator.validate(read)
    assert (read.name, read.msa.msa_2.value) == ("ACK", "A-1")
    assert read.msa.msa_1.value in ({"AA"} if fault is None else {"AE", "AR"})


async def test_a_message_that_a_library_of_others_writes_is_taken(theirs: Beside, engine: Engine) -> None:
    made, slot = await one_booked(theirs)
    one = Message("SIU_S12", version="2.5", validation_level=VALIDATION_LEVEL.TOLERANT)
    one.msh.msh_3, one.msh.msh_4, one.msh.msh_5, one.msh.msh_6 = "HIS", "south", "GUOHUAI", "GUOHUAI"
    one.msh.msh_7, one.msh.msh_9 = f"{datetime.now(CHENGDU):%Y%m%d%H%M%S}", "SIU^S14^SIU_S12"
    one.msh.msh_10, one.msh.msh_11, one.msh.msh_18 = "LIB-1", "P", "UNICODE UTF-8"
    one.sch.sch_1, one.sch.sch_2 = f"{made}^GUOHUAI", "h-1"
    one.sch.sch_11 = f"^^^{slot.starts_at.astimezone(CHENGDU):%Y%m%d%H%M}^{slot.ends_at.astimezone(CHENGDU):%Y%m%d%H%M}"
    sent = one.to_er7().encode()
    assert await engine.told(sent) == [KEPT]
    assert await obeyed(theirs.doors) == ["nothing"]
    (row,) = await theirs.doors.rows("select state, external_ref from appointments")
    assert (row.state, row.external_ref) == ("booked", "h-1")
