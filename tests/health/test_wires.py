"""What a hospital answers, however odd, is one of four words; and what it is asked has the standard's form."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from builders.doors import Doors
from builders.odd import ASK, KEY, START, YES, Serve, listening, over_http, page, question
from hypothesis import given
from hypothesis import strategies as some

from services.health.clients import er7, hospital, line
from services.health.clients.hl7 import control_id
from services.health.clients.line import Silent, Unasked
from services.health.domain.ask import Kind, Word
from services.health.settings import HealthSettings


@pytest.fixture(autouse=True)
def fresh() -> None:
    """A process that has not asked any hospital yet."""
    hospital._one.cache_clear()


@pytest.mark.parametrize(("status", "said", "word"), [
    (201, YES, Word.YES), (200, YES, Word.YES), (201, YES | {"status": "pending"}, Word.SILENCE),
    (200, YES | {"status": "cancelled"}, Word.NO), (409, {}, Word.NO), (422, {}, Word.NO),
    (400, {}, Word.SILENCE), (401, {}, Word.SILENCE), (500, {}, Word.SILENCE), (504, {}, Word.SILENCE), (302, {}, Word.SILENCE),
    (503, {}, Word.UNASKED), (429, {}, Word.UNASKED),
    (201, b"<html>", Word.SILENCE), (201, [], Word.SILENCE), (201, YES | {"id": "../x"}, Word.SILENCE),
    (201, YES | {"resourceType": "Patient"}, Word.SILENCE), (201, YES | {"start": "tomorrow"}, Word.SILENCE),
    (201, b"[" * 100_000, Word.SILENCE),
])
async def test_whatever_comes_over_http_is_one_of_four_words(health_doors: Doors, status: int, said: Any, word: Word) -> None:
    serve, _ = over_http((status, said))
    async with listening(health_doors, serve, "http") as settings:
        answer = await hospital.asked(settings, "odd", question(), at=START)
    assert (answer.word, answer.ref) == (word, "a1" if word is Word.YES else None)


async def test_a_question_over_http_bears_our_name_the_token_and_a_condition(health_doors: Doors) -> None:
    serve, heard = over_http((200, page()), (201, YES))
    async with listening(health_doors, serve, "http") as settings:
        await hospital.asked(settings, "odd", question(is_doubtful=True), at=START)
    assert {headers["accept-encoding"] for _, headers, _ in heard} == {"identity"}
    (looked, _, _), (asked, headers, body) = heard
    assert looked.startswith(f"GET /h/Appointment?identifier=urn%3Aguohuai%3Aappointment%7C{KEY}&")
    assert asked == "POST /h/Appointment HTTP/1.1"
    assert (headers["authorization"], headers["accept"]) == ("Bearer t", "application/fhir+json")
    assert headers["if-none-exist"].startswith(f"identifier=urn:guohuai:appointment|{KEY}&status=")
    person = {"identifier": {"system": "urn:guohuai:person", "value": str(UUID(int=3))}}
    assert json.loads(body) == {
        "resourceType": "Appointment", "identifier": [{"system": "urn:guohuai:appointment", "value": str(KEY)}],
        "status": "booked", "slot": [{"reference": "Slot/s|1"}], "start": "2030-01-01T09:00:00+00:00",
        "end": "2030-01-01T09:15:00+00:00", "participant": [{"actor": person, "status": "accepted"}],
    }


async def test_what_is_there_already_is_not_asked_for(health_doors: Doors) -> None:
    serve, heard = over_http((200, page(YES | {"status": "cancelled"}, YES)))
    async with listening(health_doors, serve, "http") as settings:
        assert (await hospital.asked(settings, "odd", question(is_doubtful=True), at=START)).ref == "a1"
    assert len(heard) == 1


async def test_nobody_is_led_elsewhere_or_on_for_ever(health_doors: Doors) -> None:
    for following in ("http://localhost:1/h/Slot?_page=1", "file:///etc/passwd", None):
        serve, heard = over_http((200, page(following=following)))
        async with listening(health_doors, serve, "http") as settings:
            system = hospital.of(settings, "odd")
            if following is None:
                assert await system.slots(START, START, at=START) == []
            else:
                with pytest.raises(Silent):
                    await system.slots(START, START, at=START)
        assert len(heard) == 1
        hospital._one.cache_clear()
    left: list[str] = []
    serve, heard = over_http((200, page()))

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        port = writer.get_extra_info("sockname")[1]
        left.append("x")
        one, _ = over_http((200, page(following=f"http://127.0.0.1:{port}/h/Slot?_page={len(left)}")))
        await one(reader, writer)

    async with listening(health_doors, endless, "http") as settings:
        with pytest.raises(Silent):
            await hospital.of(settings, "odd").slots(START, START, at=START)
    assert len(left) == 50


async def test_who_does_not_answer_is_waited_for_so_long_and_then_left_alone(
    health_doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "WAIT", 0.1)
    came = []

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.append(await reader.readline())
        await asyncio.sleep(1)
        writer.close()

    for wire in ("http", "mllp", "soap+http"):
        came.clear()
        async with listening(health_doors, silent, wire) as settings:
            words = [(await hospital.asked(settings, "odd", question(), at=START)).word for _ in range(8)]
            assert words == [Word.SILENCE] * 5 + [Word.UNASKED] * 3
            later = await hospital.asked(settings, "odd", question(), at=START + timedelta(seconds=11))
            assert later.word is Word.SILENCE
            await asyncio.sleep(1)
        assert len(came) <= 6
        hospital._one.cache_clear()


async def test_who_is_not_there_cannot_have_heard(health_doors: Doors) -> None:
    given = health_doors.running.settings.model_dump()
    for address in ("http://127.0.0.1:9/h", "mllp://127.0.0.1:9/h", "soap+http://127.0.0.1:9/h"):
        settings = HealthSettings(**given | {"hospital_systems": f"odd={address}"})
        assert (await hospital.asked(settings, "odd", question(), at=START)).word is Word.UNASKED
        hospital._one.cache_clear()
    with pytest.raises(Unasked):
        hospital.of(HealthSettings(**given | {"hospital_systems": ""}), "odd")


def over_mllp(*frames: bytes) -> tuple[Serve, list[str]]:
    """A listener that gives these frames to whatever comes, a few bytes at a time, and what it was told."""
    heard: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append((await reader.readuntil(b"\x1c\r")).decode())
        said = b"".join(frames)
        for n in range(0, len(said), 7):
            writer.write(said[n:n + 7])
            await writer.drain()
            await asyncio.sleep(0)
        writer.close()

    return serve, heard


def acknowledged(word: str, error: str = "", control: str = "") -> bytes:
    lines = ["MSH|^~\\&|HIS|h|GUOHUAI|GUOHUAI|20300101||ACK^S12^ACK|A|P|2.5", f"MSA|{word}|{control or control_id(ASK)}"]
    return b"\x0b" + "\r".join([*lines, *([f"ERR|||{error}|E"] if error else []), ""]).encode() + b"\x1c\r"


@pytest.mark.parametrize(("frames", "word"), [
    ([acknowledged("AA")], Word.YES), ([acknowledged("AA")] * 2, Word.YES), ([acknowledged("CA")], Word.YES),
    ([acknowledged("AE", "205")], Word.YES), ([acknowledged("AE", "206")], Word.NO),
    ([acknowledged("AE", "101")], Word.UNASKED), ([acknowledged("AR", "207")], Word.UNASKED),
    ([acknowledged("XX")], Word.SILENCE), ([acknowledged("AA", control="OLD")], Word.SILENCE),
    ([acknowledged("AA", control="OLD"), acknowledged("AE", "206")], Word.NO),
    ([acknowledged("AA", control="OLD")] * 5 + [acknowledged("AA")], Word.SILENCE),
    ([b"\x0bhello\x1c\r"], Word.SILENCE), ([b"\xff" * 50 + b"\x1c\r"], Word.SILENCE), ([b""], Word.SILENCE),
    ([b"\x0b" + b"x" * 2_000_000], Word.SILENCE),
])
async def test_whatever_comes_over_mllp_is_one_of_four_words(health_doors: Doors, frames: list[bytes], word: Word) -> None:
    serve, _ = over_mllp(*frames)
    async with listening(health_doors, serve, "mllp") as settings:
        assert (await hospital.asked(settings, "odd", question(), at=START)).word is word


async def test_a_message_bears_our_name_and_its_own_each_escaped_and_the_same_whenever_it_is_sent(health_doors: Doors) -> None:
    serve, heard = over_mllp(acknowledged("AA"))
    async with listening(health_doors, serve, "mllp") as settings:
        for kind in (Kind.BOOK, Kind.BOOK, Kind.CANCEL):
            ref = "r^1" if kind is Kind.CANCEL else None
            assert (await hospital.asked(settings, "odd", question(kind, ref=ref), at=START)).word is Word.YES
    booked, again, cancelled = [er7.parse(one[1:-2].encode()) for one in heard]
    head, schedule, person, _, resource = booked
    assert booked == again
    assert (head.part(9), head.part(9, 2), head.part(10), head.part(12)) == ("SIU", "S12", control_id(ASK), "2.5")
    assert (head.part(6), len(head.part(10))) == ("h", 20)
    assert (schedule.part(1), schedule.part(1, 2), schedule.part(25)) == (str(KEY), "GUOHUAI", "Booked")
    assert er7.read_moment(schedule.part(11, 4)) == START
    assert (person.part(3), person.part(5, 7), resource.part(3)) == (str(UUID(int=3)), "S", "s|1")
    assert (cancelled[0].part(9, 2), cancelled[1].part(2), cancelled[1].part(25)) == ("S15", "r^1", "Cancelled")


async def test_a_list_over_mllp_is_read_with_its_times_or_not_at_all(health_doors: Doors) -> None:
    def two_listed(when: str) -> Serve:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            asked = er7.parse((await reader.readuntil(b"\x1c\r"))[1:-2])
            lines = ["MSH|^~\\&|HIS|h|GUOHUAI|GUOHUAI|20300101||SQR^S25^SQR_S25|A|P|2.5", f"MSA|AA|{asked[0].part(10)}"]
            lines += [f"SCH|{KEY}^GUOHUAI|r1|||||||||^^^{when}^20300101171500+0800", "PID|1||x", "RGS|1"]
            lines += ["SCH|other^ELSE|r2|||||||||^^^20300101170000+0800^20300101171500", ""]
            writer.write(b"\x0b" + "\r".join(lines).encode() + b"\x1c\r")
            await writer.drain()
            writer.close()
        return serve

    async with listening(health_doors, two_listed("20300101170000"), "mllp") as settings:  # a naive time is the hospital's own
        (one,) = await hospital.of(settings, "odd").kept(START, START, at=START)
    assert (one.ref, one.key, one.starts_at, one.ends_at) == ("r1", KEY, START, START + timedelta(minutes=15))
    hospital._one.cache_clear()
    async with listening(health_doors, two_listed("soon"), "mllp") as settings:
        with pytest.raises(Silent):
            await hospital.of(settings, "odd").kept(START, START, at=START)


@given(some.text(max_size=40))
def test_what_is_said_is_meant(text: str) -> None:
    written = er7.said(text)
    assert not set(written) & set("|^&~\r\n")
    assert er7.meant(written) == text


@given(some.datetimes(min_value=datetime(1992, 1, 1), max_value=datetime(2100, 1, 1), timezones=some.just(UTC)))  # noqa: DTZ001 - given a zone
def test_a_moment_is_the_same_there_and_back_to_the_second(moment: datetime) -> None:
    assert er7.read_moment(er7.moment(moment)) == moment.replace(microsecond=0)


def test_two_questions_never_bear_one_name() -> None:
    assert len({control_id(uuid4()) for _ in range(10_000)}) == 10_000
