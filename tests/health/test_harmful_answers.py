"""A hospital's answer that is meant to do harm, by its size or by its words, is no answer, and costs nobody but the hospital."""

import asyncio
import gzip
import json
import time
import tracemalloc
from typing import Any

import pytest
from builders.doors import Doors
from builders.odd import KEY, START, YES, Serve, listening, over_http, page, pouring, question

from services.health.clients import er7, hospital
from services.health.clients.line import Silent
from services.health.domain.ask import Word


@pytest.fixture(autouse=True)
def fresh() -> None:
    """A process that has not asked any hospital yet."""
    hospital._one.cache_clear()


async def test_an_answer_without_end_is_read_no_further_than_four_megabytes(health_doors: Doors) -> None:
    async with pouring(health_doors, "", b" " * 2**16) as (settings, poured):
        with pytest.raises(Silent, match="too long"):
            await hospital.of(settings, "odd").slots(START, START, at=START)
        assert (await hospital.asked(settings, "odd", question(), at=START)).word is Word.SILENCE
    assert poured[0] < 32 * 2**20  # of two answers, with what lies in buffers between


async def test_an_answer_of_four_megabytes_is_one_and_a_page_more_is_none(health_doors: Doors) -> None:
    said = json.dumps(page(slot_of())).encode()
    for size, count in ((4 * 2**20, 1), (4 * 2**20 + 1, None)):
        hospital._one.cache_clear()
        serve, _ = over_http((200, said + b" " * (size - len(said))))
        async with listening(health_doors, serve, "http") as settings:
            system = hospital.of(settings, "odd")
            if count is None:
                with pytest.raises(Silent, match="too long"):
                    await system.slots(START, START, at=START)
            else:
                assert len(await system.slots(START, START, at=START)) == count


async def test_what_is_packed_is_never_unpacked(health_doors: Doors) -> None:
    bomb = gzip.compress(json.dumps(page()).encode() + b" " * (64 * 2**20))
    for packing in ("gzip", "deflate", "br", "identity, gzip"):
        hospital._one.cache_clear()
        async with pouring(health_doors, f"content-encoding: {packing}\r\n", bomb) as (settings, _):
            tracemalloc.start()
            with pytest.raises(Silent, match="packed"):
                await hospital.of(settings, "odd").slots(START, START, at=START)
            _, most = tracemalloc.get_traced_memory()
            tracemalloc.stop()
        assert most < 16 * 2**20


def seconds_of(text: str) -> float:
    """The processor's time to read it, the least of three times."""
    found = []
    for _ in range(3):
        begun = time.process_time()
        er7.meant(text)
        found.append(time.process_time() - begun)
    return min(found)


@pytest.mark.parametrize("written", ["a", "\\", "\\F\\", "\\X0D", "\\X0D\\"])
def test_a_megabyte_in_one_field_stops_nobody(written: str) -> None:
    tenth, whole = (seconds_of(written * (size // len(written))) for size in (100_000, 1_000_000))
    assert whole < 30 * tenth + 0.02
    assert whole < 1


def slot_of(**other: Any) -> dict[str, Any]:
    made = {"resourceType": "Slot", "id": "s1", "status": "free", "start": YES["start"], "end": YES["end"]}
    return made | {"schedule": {"reference": "Schedule/1"}, "specialty": [{"text": "内科"}], **other}


def listed(schedule: str, doctor: str = "dr-1") -> Serve:
    """A listener that shows one SCH, of which fields 1 to 25 are written so, and of whom it is."""
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = er7.parse((await reader.readuntil(b"\x1c\r"))[1:-2])
        lines = ["MSH|^~\\&|HIS|h|GUOHUAI|GUOHUAI|20300101||SQR^S25^SQR_S25|A|P|2.5", f"MSA|AA|{asked[0].part(10)}"]
        lines += [f"SCH|{schedule}", "RGS|1", f"AIP|1||{doctor}", ""]
        writer.write(b"\x0b" + "\r".join(lines).encode() + b"\x1c\r")
        await writer.drain()
        writer.close()
    return serve


def sch(ref: str = "r1", department: str = "内科", begins: str = "20300101170000", ends: str = "20300101171500") -> str:
    return f"{KEY}^GUOHUAI|{ref}|||s1^{department}||||||^^^{begins}^{ends}" + "|" * 14 + "Open"


async def shown(doors: Doors, serve: Serve, wire: str) -> tuple[list[Any], list[Any]]:
    """What is understood of its slots, and of what it keeps."""
    found = []
    for act in ("slots", "kept"):
        hospital._one.cache_clear()
        async with listening(doors, serve, wire) as settings:
            found.append(await getattr(hospital.of(settings, "odd"), act)(START, START, at=START))
    return found[0], found[1]


@pytest.mark.parametrize("other", [
    {"specialty": [{"text": "内科\0"}]}, {"specialty": [{"text": "内\x1b[2J"}]}, {"specialty": [{"text": "内" * 65}]},
    {"schedule": {"reference": "Schedule/\0"}}, {"schedule": {"reference": "S" * 129}}, {"id": "s" * 65}, {"id": "s\n"},
    {"start": "0001-01-01T00:00:00+14:00"}, {"start": "1999-12-31T23:59:59Z"}, {"end": "2200-01-01T00:00:00Z"},
    {"end": "9999-12-31T23:59:59-14:00"}, {"specialty": [{"text": "\ud800"}]},
])
async def test_what_cannot_be_kept_is_no_slot_over_http(health_doors: Doors, other: dict[str, Any]) -> None:
    serve, _ = over_http((200, page(slot_of(), slot_of(**other))))
    async with listening(health_doors, serve, "http") as settings:
        with pytest.raises(Silent):
            await hospital.of(settings, "odd").slots(START, START, at=START)


@pytest.mark.parametrize("other", [{"start": "0001-01-01T00:00:00+14:00"}, {"end": "2200-01-01T00:00:00Z"}, {"id": "a" * 65}])
async def test_what_cannot_be_kept_is_no_appointment_over_http(health_doors: Doors, other: dict[str, Any]) -> None:
    serve, _ = over_http((200, page(YES, YES | other)))
    async with listening(health_doors, serve, "http") as settings:
        with pytest.raises(Silent):
            await hospital.of(settings, "odd").kept(START, START, at=START)


async def test_what_can_just_be_kept_is_read_over_both_wires(health_doors: Doors) -> None:
    longest = {"start": "2000-01-01T00:00:00Z", "end": "2199-12-31T23:59:59Z", "specialty": [{"text": "内" * 64}]}
    serve, _ = over_http((200, page(slot_of(**longest))))
    async with listening(health_doors, serve, "http") as settings:
        assert len(await hospital.of(settings, "odd").slots(START, START, at=START)) == 1
    longest_there = sch("r" * 64, "内" * 64, "20000101080000", "22000101075959")
    slots, kept = await shown(health_doors, listed(longest_there, "d" * 128), "mllp")
    assert ([one.department for one in slots], [one.ref for one in kept]) == (["内" * 64], ["r" * 64])


@pytest.mark.parametrize(("schedule", "doctor"), [
    (sch(department="内\0科"), "d"), (sch(department="内\\X0D\\科"), "d"), (sch(department="内" * 65), "d"), (sch(), "d\0"),
    (sch(), "d" * 129), (sch(begins="00010101000000"), "d"), (sch(ends="22000101080000"), "d"), (sch(begins="soon"), "d"),
])
async def test_what_cannot_be_kept_is_no_slot_over_mllp(health_doors: Doors, schedule: str, doctor: str) -> None:
    async with listening(health_doors, listed(schedule, doctor), "mllp") as settings:
        with pytest.raises(Silent):
            await hospital.of(settings, "odd").slots(START, START, at=START)


@pytest.mark.parametrize("schedule", [sch("r\0f"), sch("r" * 65), sch(begins="00010101000000"), sch(ends="22000101080000")])
async def test_what_cannot_be_kept_is_no_appointment_over_mllp(health_doors: Doors, schedule: str) -> None:
    async with listening(health_doors, listed(schedule), "mllp") as settings:
        with pytest.raises(Silent):
            await hospital.of(settings, "odd").kept(START, START, at=START)
