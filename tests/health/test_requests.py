"""What a hospital's system asks of us over HL7 v2 (SRM): granted once, by every rule of selling, and answered by what stands."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from builders.doors import Doors
from builders.engine import Engine, listening, request, word
from builders.hospital import Beside, beside, consents
from builders.house import entered, lie
from builders.hut import ask, book, offer
from builders.world import DOCTOR, RESIDENT, SECOND_RESIDENT
from hl7apy.consts import VALIDATION_LEVEL
from hl7apy.core import Message
from hl7apy.parser import parse_message
from hl7apy.validation import Validator

from contracts.calendar import CHENGDU
from deploy.local.layout import Layout
from services.health.actions import asks
from services.health.clients import er7, incoming, srm
from services.health.domain.message import Fault

DONE = ("AA", "")


@dataclass(frozen=True)
class Asking:
    """A hospital whose times are ours, its engine, and the name it has for the resident."""

    ours: Beside
    engine: Engine
    department: str
    name: str

    @property
    def doors(self) -> Doors:
        return self.ours.doors

    async def time(self, **more: Any) -> str:
        """A time of ours in the hospital's department."""
        slot = await offer(self.doors, **more)
        await lie(self.doors, slot, department_id=self.department)
        return slot

    async def asks(self, trigger: str, **said: Any) -> tuple[tuple[str, str], er7.Segment]:
        """Word and code, and the SCH, of one request."""
        sent = request(trigger, **said)
        (answer,) = await self.engine.asks(sent)
        return word(answer, sent), next((one for one in answer if one.name == "SCH"), er7.Segment("SCH", ()))

    async def kept(self) -> list[tuple[Any, ...]]:
        rows = await self.doors.rows("select person_id, state, external_ref from appointments order by booked_at")
        return [(row.person_id, row.state, row.external_ref) for row in rows]


@pytest.fixture
async def hospital(health_doors: Doors, stack: Layout, tmp_path: Path) -> AsyncIterator[Asking]:
    ours = await beside(health_doors, stack, pool="ours", adapter="hl7v2")
    department = await entered(health_doors, "departments", hospital_id=str(ours.id), name="全科")
    async with listening(health_doors, tmp_path, "south", "west") as engines:
        made = Asking(ours, engines["south"], department, ours.known_as(RESIDENT.id))
        before = await made.time(begins=timedelta(days=5))
        kept = (await book(health_doors, RESIDENT, before)).json()["id"]  # so that the hospital has a name for them
        await ask(health_doors, RESIDENT, f"appointments/{kept}/cancellation")
        await ours.ask()
        yield made


async def test_a_time_is_booked_moved_and_given_back_and_each_is_answered_as_it_stands(hospital: Asking) -> None:
    slot, later = await hospital.time(begins=timedelta(days=2)), await hospital.time(begins=timedelta(days=3))
    told, sch = await hospital.asks("S01", ref="P-1", slot=slot, patient=hospital.name)
    assert told == DONE
    (first,) = await hospital.doors.rows("select * from appointments where external_ref = 'P-1'")
    assert (first.person_id, first.state, str(first.slot_id), first.acting_id) == (RESIDENT.id, "booked", slot, hospital.ours.id)
    assert (sch.part(1), sch.part(2), sch.part(2, 2), sch.part(25)) == ("P-1", str(first.id), "GUOHUAI", "Booked")
    assert er7.read_moment(sch.part(11, 4)) == first.starts_at.replace(microsecond=0)
    async with hospital.doors.running.database.work() as work:
        taken = await asks.take(work)
        assert taken is not None
        assert (taken.question.key, taken.question.ref) == (first.id, "P-1"), "they hear of it too, by the name they know"
    told, sch = await hospital.asks("S02", ref="P-1", slot=later)
    assert (told, sch.part(1), sch.part(25)) == (DONE, "P-1", "Booked")
    moved = UUID(sch.part(2))
    (row,) = await hospital.doors.rows("select * from appointments where external_ref = 'P-1'")
    assert (row.id, str(row.slot_id), row.state) == (moved, later, "booked")
    told, sch = await hospital.asks("S04", ours=str(moved))
    assert (told, sch.part(25)) == (DONE, "Cancelled")
    said = [one for one in await hospital.doors.said() if one.startswith("health.appointment_")]
    assert said[-3:] == [
        "health.appointment_booked.v1", "health.appointment_rescheduled.v1", "health.appointment_cancelled.v1",
    ]
    assert (await hospital.asks("S04", ref="P-1"))[0] == DONE, "given back twice is given back"


async def test_a_doctor_and_when_name_a_time_as_well(hospital: Asking) -> None:
    slot = await hospital.time(begins=timedelta(days=2))
    (row,) = await hospital.doors.rows("select * from slots where id = :id", id=UUID(slot))
    asked: dict[str, Any] = {"ref": "P-1", "patient": hospital.name, "doctor": str(DOCTOR.id), "begins": row.starts_at}
    assert (await hospital.asks("S01", **asked | {"begins": row.starts_at + timedelta(minutes=1)}))[0] == ("AE", "204")
    assert (await hospital.asks("S01", **asked, slot=str(uuid4())))[0] == ("AE", "204"), "not the time that is named as well"
    told, sch = await hospital.asks("S01", **asked)
    assert (told, sch.part(25)) == (DONE, "Booked")
    assert [one for one in await hospital.kept() if one[2] == "P-1"] == [(RESIDENT.id, "booked", "P-1")]


async def test_a_request_is_granted_once_however_often_it_comes_and_its_name_is_for_no_other(hospital: Asking) -> None:
    slot, other = await hospital.time(begins=timedelta(days=2)), await hospital.time(begins=timedelta(days=3))
    sent = request("S01", control="C-1", ref="P-1", slot=slot, patient=hospital.name)
    answers = [one for found in await asyncio.gather(*(hospital.engine.asks(sent) for _ in range(12))) for one in found]
    assert {word(one, sent) for one in answers} == {DONE}
    assert len({next(part.part(2) for part in one if part.name == "SCH") for one in answers}) == 1
    assert [one[2] for one in await hospital.kept() if one[1] == "booked"] == ["P-1"]
    again = request("S01", control="C-1", ref="P-2", slot=other, patient=hospital.name)
    assert word((await hospital.engine.asks(again))[0], again) == ("AE", "205")
    assert (await hospital.asks("S01", ref="P-1", slot=other, patient=hospital.name))[0] == ("AE", "205")
    assert len(await hospital.doors.rows("select 1 from messages")) == 1


async def test_what_is_moved_takes_a_name_that_is_free_and_no_other(hospital: Asking) -> None:
    first, second, later = [await hospital.time(begins=timedelta(days=2 + n)) for n in range(3)]
    sch = {ref: (await hospital.asks("S01", ref=ref, slot=slot, patient=hospital.name))[1]
           for ref, slot in (("P-1", first), ("P-2", second))}
    assert (await hospital.asks("S02", ours=sch["P-1"].part(2), ref="P-2", slot=later))[0] == ("AE", "205")
    told, moved = await hospital.asks("S02", ours=sch["P-1"].part(2), ref="P-3", slot=later)
    assert (told, moved.part(1)) == (DONE, "P-3")
    assert sorted(one[2] for one in await hospital.kept() if one[1] == "booked") == ["P-2", "P-3"]


async def test_of_twelve_under_one_name_at_once_one_is_booked_and_the_others_hear_that_it_is_there(hospital: Asking) -> None:
    slots = [await hospital.time(begins=timedelta(days=6 + n)) for n in range(12)]
    told = await asyncio.gather(*(hospital.asks("S01", ref="P-1", slot=slot, patient=hospital.name) for slot in slots))
    assert sorted(one for one, _ in told) == [DONE, *[("AE", "205")] * 11]
    assert [one[2] for one in await hospital.kept() if one[1] == "booked"] == ["P-1"]


async def test_whatever_forbids_it_at_our_own_door_forbids_it_here_by_name(hospital: Asking) -> None:
    slot = await hospital.time(begins=timedelta(days=2))
    assert (await book(hospital.doors, SECOND_RESIDENT, slot)).status_code == 201
    sent = request("S01", ref="P-1", slot=slot, patient=hospital.name)
    (answer,) = await hospital.engine.asks(sent)
    (err,) = [one for one in answer if one.name == "ERR"]
    assert (word(answer, sent), err.part(5), err.part(8)) == (("AE", "206"), "slot-taken", err.part(5, 2))
    assert "约" in err.part(8)
    await consents(hospital.doors, RESIDENT, state="withdrawn")
    free = await hospital.time(begins=timedelta(days=3))
    assert (await hospital.asks("S01", ref="P-1", slot=free, patient=hospital.name))[0] == ("AE", "204"), "they may not hear"
    assert await hospital.doors.rows("select 1 from messages") == []


async def test_who_may_be_told_of_no_more_is_neither_moved_nor_given_back(hospital: Asking) -> None:
    slot, later = await hospital.time(begins=timedelta(days=2)), await hospital.time(begins=timedelta(days=3))
    assert (await hospital.asks("S01", ref="P-1", slot=slot, patient=hospital.name))[0] == DONE
    await hospital.ours.ask()  # they have heard of it, so it stays
    await consents(hospital.doors, RESIDENT, state="withdrawn")
    for trigger, said in (("S02", {"slot": later}), ("S04", {})):
        assert (await hospital.asks(trigger, ref="P-1", **said))[0] == ("AE", "207")
    assert [one[1] for one in await hospital.kept() if one[2] == "P-1"] == ["booked"]


async def test_times_and_appointments_of_others_are_not_there(hospital: Asking) -> None:
    ours = await offer(hospital.doors, timedelta(days=2))
    assert (await hospital.asks("S01", ref="P-1", slot=ours, patient=hospital.name))[0] == ("AE", "204"), "of another house"
    made = (await book(hospital.doors, SECOND_RESIDENT, ours)).json()["id"]
    assert (await hospital.asks("S04", ours=made))[0] == ("AE", "204")
    assert (await hospital.doors.rows("select state from appointments where id = :id", id=UUID(made)))[0].state == "booked"
    slot = await hospital.time(begins=timedelta(days=3))
    assert (await hospital.asks("S01", ref="P-1", slot=slot, patient=str(uuid4())))[0] == ("AE", "204"), "nobody they know"


@pytest.mark.parametrize(("trigger", "said", "answer"), [
    ("S01", {"ref": ""}, ("AE", "101")), ("S01", {"patient": ""}, ("AE", "101")), ("S01", {"slot": ""}, ("AE", "101")),
    ("S01", {"slot": "no-id"}, ("AE", "102")), ("S01", {"slot": "", "doctor": str(DOCTOR.id)}, ("AE", "101")),
    ("S02", {"slot": ""}, ("AE", "101")), ("S04", {"ref": ""}, ("AE", "101")), ("S03", {}, ("AR", "201")),
    ("S12", {}, ("AR", "201")),
    ("S01", {"ref": "x" * 65}, ("AE", "102")), ("S01", {"facility": "west"}, ("AR", "204")), ("S01", {"to": "X"}, ("AR", "204")),
    ("S01", {"version": "2.8"}, ("AR", "203")), ("S01", {"mode": "T"}, ("AR", "202")),
    ("S01", {"charset": "GB 18030-2000"}, ("AR", "102")),
    ("S01", {"said_at": datetime.now(UTC) + timedelta(hours=1)}, ("AE", "102")),
])
async def test_what_cannot_be_granted_is_said_with_a_code_and_changes_nothing(
    hospital: Asking, trigger: str, said: dict[str, Any], answer: tuple[str, str]
) -> None:
    slot = await hospital.time(begins=timedelta(days=2))
    before = await hospital.kept()
    told, sch = await hospital.asks(trigger, **{"ref": "P-1", "slot": slot, "patient": hospital.name, **said})
    assert (told, sch.fields) == (answer, ())
    assert await hospital.kept() == before
    assert await hospital.doors.rows("select 1 from messages") == []


async def test_a_seat_of_their_own_book_is_told_and_not_asked(health_doors: Doors, stack: Layout, tmp_path: Path) -> None:
    theirs = await beside(health_doors, stack, adapter="hl7v2")
    slot = (await theirs.offered(1))[0]
    made = await theirs.submitted(RESIDENT, slot)
    await theirs.ask()
    async with listening(health_doors, tmp_path, "south") as engines:
        sent = [request("S04", ours=made), request("S01", ref="P-1", slot=slot, patient=theirs.known_as(RESIDENT.id))]
        answers = [word(answer, one) for one, answer in zip(sent, await engines["south"].asks(*sent), strict=True)]
    assert answers == [("AE", "102"), ("AE", "204")]
    assert await theirs.state(made) == "booked"


@pytest.mark.parametrize("fault", [None, *Fault])
async def test_what_we_answer_is_an_srr_of_hl7(hospital: Asking, fault: Fault | None) -> None:
    asked = incoming.opened(request("S01", control="A-1", ref="P-1"))
    if fault is None:
        slot = await hospital.time(begins=timedelta(days=2))
        sent = request("S01", control="A-1", ref="P-1", slot=slot, patient=hospital.name)
        async with hospital.engine.connected() as (reader, writer):
            writer.write(b"\x0b" + sent + b"\x1c\r")
            said = (await reader.readuntil(b"\x1c\r"))[1:-2].decode()
    else:
        refused = incoming.Refused(fault, why="slot-taken", zh="该时间已约满")
        said = srm.answered(asked, refused, control="C" * 20, at=datetime.now(UTC)).decode()
    read = parse_message(said, validation_level=VALIDATION_LEVEL.STRICT, find_groups=True)
    assert Validator.validate(read)
    assert (read.name, read.msa.msa_2.value, read.msa.msa_1.value) == ("SRR_S01", "A-1", "AA" if fault is None else "AE")


async def test_a_request_that_a_library_of_others_writes_is_granted(hospital: Asking) -> None:
    slot = await hospital.time(begins=timedelta(days=2))
    one = Message("SRM_S01", version="2.5", validation_level=VALIDATION_LEVEL.TOLERANT)
    one.msh.msh_3, one.msh.msh_4, one.msh.msh_5, one.msh.msh_6 = "HIS", "south", "GUOHUAI", "GUOHUAI"
    one.msh.msh_7, one.msh.msh_9 = f"{datetime.now(CHENGDU):%Y%m%d%H%M%S}", "SRM^S01^SRM_S01"
    one.msh.msh_10, one.msh.msh_11, one.msh.msh_18 = "LIB-1", "P", "UNICODE UTF-8"
    one.arq.arq_1, one.arq.arq_15, one.arq.arq_19 = "P-1", "HIS", "HIS"
    one.add_group("srm_s01_patient").pid.pid_3 = f"{hospital.name}^^^GUOHUAI^PI"
    resources = one.add_group("srm_s01_resources")
    resources.rgs.rgs_1 = "1"
    aig = resources.add_group("srm_s01_general_resource").aig
    aig.aig_1, aig.aig_3, aig.aig_4 = "1", slot, "SLOT"
    (answer,) = await hospital.engine.asks(one.to_er7().encode())
    assert word(answer, one.to_er7().encode()) == DONE
