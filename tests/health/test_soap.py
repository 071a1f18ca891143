"""A hospital over SOAP: what it is asked is the published schema's; what it answers, however harmful, is one of four words."""

import tracemalloc
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from builders.doors import Doors
from builders.hospital import Beside, beside
from builders.odd import KEY, START, Serve, over_http, pouring, question
from builders.soap import BOOKED, LOCKED, WHEN, asked, booking, done, enveloped, fault, said, slot, texts, wired
from builders.world import RESIDENT, SECOND_RESIDENT

from deploy.local.layout import Layout
from services.health.clients import hospital
from services.health.clients.line import Silent, Unasked
from services.health.clients.soap import SPACE
from services.health.domain.ask import Kind, Word

RESPONSE = done("Confirm", "taken").decode().partition("<s:Body>")[2].partition("</s:Body>")[0]
BUSY = f'<Busy xmlns="{SPACE}"/>'
BOMB = '<!DOCTYPE s [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]>'


@pytest.fixture(autouse=True)
def fresh() -> None:
    """A process that has not asked any hospital yet."""
    hospital._one.cache_clear()


async def answered(*answers: tuple[int, bytes], **other: Any) -> tuple[Word, str | None, list[str]]:
    """The word that comes of these answers, a name, and what was asked, in its order."""
    serve, heard = over_http(*answers)
    async with wired(serve) as settings:
        answer = await hospital.asked(settings, "odd", question(**other), at=START)
    return answer.word, answer.ref, [asked(body).tag.rpartition("}")[2] for _, _, body in heard]


@pytest.mark.parametrize(("status", "content", "word"), [
    (200, BOOKED, Word.YES), (200, done("Confirm", " booked\n", "<Reference> r1 </Reference><More>x</More>"), Word.YES),
    (200, done("Confirm", "taken"), Word.NO),
    (500, fault("s:Server"), Word.SILENCE), (500, fault("s:Server.Database"), Word.SILENCE), (500, fault("odd"), Word.SILENCE),
    (200, fault("s:Server"), Word.SILENCE), (500, enveloped("<s:Fault/>"), Word.SILENCE),
    (500, fault("s:Client"), Word.UNASKED), (400, fault("soap:Client.Schema"), Word.UNASKED),
    (500, fault("s:MustUnderstand"), Word.UNASKED), (500, fault("s:Server", BUSY), Word.UNASKED),
    (503, b"", Word.UNASKED), (429, b"", Word.UNASKED),
    (401, b"", Word.SILENCE), (404, b"", Word.SILENCE), (302, b"", Word.SILENCE),
    (500, BOOKED, Word.SILENCE), (201, BOOKED, Word.SILENCE),
    (200, done("Confirm", "booked"), Word.SILENCE), (200, done("Confirm", "perhaps", "<Reference>r1</Reference>"), Word.SILENCE),
    (200, done("Confirm", "booked", "<Reference>r1</Reference>", uuid4()), Word.SILENCE),
    (200, done("Confirm", "booked", f"<Reference>{'r' * 65}</Reference>"), Word.SILENCE),
    (200, done("Confirm", "booked", "<Reference>r1</Reference><Outcome>taken</Outcome>"), Word.SILENCE),
    (200, done("Confirm", "booked", "<Reference><x>r1</x></Reference>"), Word.SILENCE),
    (200, LOCKED, Word.SILENCE), (200, done("Lock", "taken"), Word.SILENCE), (200, b"", Word.SILENCE),
    (200, said("Confirm", f'<Order>{KEY}</Order><Outcome xmlns="urn:x">taken</Outcome>'), Word.SILENCE),
    (200, enveloped(RESPONSE * 2), Word.SILENCE),
    (200, b"<?xml version='1.0' encoding='ISO-8859-1'?>" + BOOKED.replace(b"r1", b"r\xe41"), Word.SILENCE),
    (200, b"<html>nothing here</html>", Word.SILENCE),
    (200, said("Confirm", "", "urn:guohuai:booking:2"), Word.SILENCE),
    (200, enveloped(BOOKED.decode()), Word.SILENCE), (200, enveloped(""), Word.SILENCE),
    (200, enveloped("<a/><a/>"), Word.SILENCE),
    (200, enveloped("<x/>", "http://www.w3.org/2003/05/soap-envelope"), Word.SILENCE),
    (200, BOOKED[:-20], Word.SILENCE), (200, BOOKED + b"<more/>", Word.SILENCE),
    (200, BOOKED.decode().replace("r1", "\0").encode(), Word.SILENCE),
    (200, b"<?xml version='1.0' encoding='GBK'?>" + BOOKED.decode().replace("r1", "内").encode("gbk"), Word.SILENCE),
])
async def test_whatever_comes_over_soap_is_one_of_four_words(status: int, content: bytes, word: Word) -> None:
    answer = await answered((200, LOCKED), (status, content))
    assert answer == (word, "r1" if word is Word.YES else None, ["Lock", "Confirm"])


@pytest.mark.parametrize(("status", "content", "word"), [
    (200, done("Lock", "taken"), Word.NO), (500, fault("s:Server"), Word.SILENCE), (500, fault("s:Client"), Word.UNASKED),
    (200, done("Lock", "locked", order=uuid4()), Word.SILENCE), (200, BOOKED, Word.SILENCE),
])
async def test_what_is_not_locked_is_not_confirmed(status: int, content: bytes, word: Word) -> None:
    assert await answered((status, content)) == (word, None, ["Lock"])


@pytest.mark.parametrize("kind", [
    "a bomb", "a document type", "an entity of elsewhere", "too deep", "too many", "endless", "a million", "attributes",
])
async def test_what_is_meant_to_do_harm_is_no_answer_and_costs_little(kind: str) -> None:
    inside = BOOKED.decode()
    many = " ".join(f'n{n}="x"' for n in range(200_000))
    harm = {
        "a bomb": BOMB + inside.replace("r1", "&c;"), "a document type": '<!DOCTYPE s SYSTEM "http://localhost/x">' + inside,
        "an entity of elsewhere": '<!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/hostname">]>' + inside.replace("r1", "&x;"),
        "too deep": inside.replace("<Reference>", "<a>" * 14 + "</a>" * 14 + "<Reference>"),
        "too many": inside.replace("<Reference>", "<a/>" * 100_000 + "<Reference>"),
        "endless": "<a>" * 1_000_000, "a million": enveloped("<a/>" * 1_000_000).decode(),
        "attributes": enveloped(f"<a {many}/>").decode(),
    }
    tracemalloc.start()
    answer = await answered((200, LOCKED), (200, harm[kind].encode()))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert answer[0] is Word.SILENCE
    assert most < 96 * 2**20


async def test_an_answer_is_read_no_further_than_four_megabytes(health_doors: Doors) -> None:
    long = BOOKED.decode().replace("r1", "r1" + " " * 10 * 2**20).encode()
    assert (await answered((200, LOCKED), (200, long)))[0] is Word.SILENCE
    async with pouring(health_doors, "", b" " * 2**16) as (settings, poured):
        hospital._one.cache_clear()
        there = settings.model_dump() | {"hospital_systems": f"odd=soap+{settings.systems['odd']}"}
        with pytest.raises(Silent, match="too long"):
            await hospital.of(type(settings)(**there), "odd").slots(START, START, at=START)
    assert poured[0] < 16 * 2**20


async def test_a_question_bears_our_number_the_token_and_what_it_is() -> None:
    serve, heard = over_http((200, said("QueryOrders", "")), (200, LOCKED), (200, BOOKED))
    async with wired(serve) as settings:
        await hospital.asked(settings, "odd", question(is_doubtful=True, slot="s<&1"), at=START)
    assert [first for first, _, _ in heard] == ["POST /h HTTP/1.1"] * 3
    for (_, headers, body), act in zip(heard, ("QueryOrders", "Lock", "Confirm"), strict=True):
        assert headers["soapaction"] == f'"{SPACE}/{act}"'
        assert (headers["content-type"], headers["authorization"]) == ("text/xml; charset=utf-8", "Bearer t")
        assert headers["accept-encoding"] == "identity"
        assert (asked(body).tag, texts(asked(body))["Order"]) == (f"{{{SPACE}}}{act}", str(KEY))
    assert texts(asked(heard[1][2])) == {"Order": str(KEY), "Slot": "s<&1"}
    assert texts(asked(heard[2][2])) == {
        "Order": str(KEY), "Slot": "s<&1", "Start": "2030-01-01T09:00:00+00:00", "End": "2030-01-01T09:15:00+00:00",
        "Person": str(UUID(int=3)),
    }


async def test_what_is_there_already_is_not_asked_for() -> None:
    listed = booking("r0", state="cancelled") + booking("r9", uuid4()) + booking("r2")
    assert await answered((200, said("QueryOrders", listed)), is_doubtful=True) == (Word.YES, "r2", ["QueryOrders"])


async def test_a_seat_of_ours_is_told_without_a_lock() -> None:
    assert await answered((200, BOOKED), slot=None) == (Word.YES, "r1", ["Confirm"])


@pytest.mark.parametrize(("ref", "answers", "word", "acts"), [
    ("r1", [done("Cancel", "cancelled")], Word.YES, ["Cancel"]), ("r1", [done("Cancel", "none")], Word.YES, ["Cancel"]),
    ("r1", [done("Cancel", "refused")], Word.NO, ["Cancel"]), ("r1", [fault("s:Server")], Word.SILENCE, ["Cancel"]),
    ("r1", [done("Cancel", "cancelled", order=uuid4())], Word.SILENCE, ["Cancel"]),
    (None, [said("QueryOrders", booking("a") + booking("b")), done("Cancel", "cancelled")], Word.YES,
     ["QueryOrders", "Cancel", "Cancel"]),
    (None, [said("QueryOrders", ""), done("Unlock", "none")], Word.YES, ["QueryOrders", "Unlock"]),
    (None, [said("QueryOrders", ""), fault("s:Server")], Word.SILENCE, ["QueryOrders", "Unlock"]),
])
async def test_what_is_given_back_is_cancelled_or_its_lock_is_let_go(
    ref: str | None, answers: list[bytes], word: Word, acts: list[str],
) -> None:
    said_to = [(500 if b"Fault" in one else 200, one) for one in answers]
    assert await answered(*said_to, kind=Kind.CANCEL, ref=ref) == (word, None, acts)


async def listed(act: str, serve: Serve) -> list[Any]:
    async with wired(serve) as settings:
        hospital._one.cache_clear()
        return list(await getattr(hospital.of(settings, "odd"), act)(START, START + timedelta(days=1), at=START))


async def test_a_list_is_read_page_by_page_and_not_for_ever() -> None:
    first = said("QuerySlots", slot("a") + slot("b", State="taken", Department="") + "<Next>m 1</Next>")
    serve, heard = over_http((200, first), (200, said("QuerySlots", slot("c", State="closed"))))
    found = await listed("slots", serve)
    assert [(one.ref, one.is_free, one.department, one.schedule) for one in found] == [
        ("a", True, "内科", "dr-1"), ("b", False, "全科", "dr-1"), ("c", False, "内科", "dr-1"),
    ]
    assert (found[0].starts_at, found[0].ends_at) == (START, START + timedelta(minutes=15))
    assert [texts(asked(body)).get("After") for _, _, body in heard] == [None, "m 1"]
    serve, heard = over_http((200, first))
    with pytest.raises(Silent, match="without end"):
        await listed("slots", serve)
    assert len(heard) == 50


async def test_what_they_keep_is_what_is_booked() -> None:
    serve, _ = over_http((200, said("QueryOrders", booking("a") + booking("b", state="cancelled"))))
    assert [(one.ref, one.key) for one in await listed("kept", serve)] == [("a", KEY)]


@pytest.mark.parametrize("wrong", [
    slot("s" * 65), slot(""), slot(State="perhaps"), slot(State=""), slot(Doctor="d" * 65), slot(Department="内" * 65),
    slot(when=WHEN.replace("+08:00", "")), slot(when=WHEN.replace("2030-01-01T17:00:00", "soon")),
    slot(when=WHEN.replace("2030-01-01T17:00:00", "2030-01-01")), slot(when=WHEN.replace("17:00:00+08:00", "17:00:00+99:00")),
    slot(when=WHEN.replace("2030-01-01T17:00", "1999-12-31T10:00")),
    slot(when=WHEN.replace("2030-01-01T17:15", "2200-01-02T17:15")),
    slot(when=WHEN.replace("2030-01-01T17:00:00+08:00", "20300101T170000+0800")),
    slot("s1&#x85;s"), slot("&#x7f;"), slot(Doctor="&#x9b;"), "<Next>" + "m" * 129 + "</Next>",
])
async def test_what_cannot_be_kept_is_no_slot(wrong: str) -> None:
    serve, _ = over_http((200, said("QuerySlots", slot() + wrong)))
    with pytest.raises(Silent):
        await listed("slots", serve)


@pytest.mark.parametrize("wrong", [booking("r" * 65), booking(order="x"), booking(state="held"), booking("&#x9b;")])
async def test_what_cannot_be_kept_is_no_booking(wrong: str) -> None:
    serve, _ = over_http((200, said("QueryOrders", booking() + wrong)))
    with pytest.raises(Silent):
        await listed("kept", serve)


async def test_a_hospital_that_is_busy_shows_nothing_and_is_asked_later() -> None:
    serve, _ = over_http((500, fault("s:Server", BUSY)))
    with pytest.raises(Unasked):
        await listed("slots", serve)


@pytest.fixture
async def north(health_doors: Doors, stack: Layout) -> Beside:
    return await beside(health_doors, stack, adapter="soap")


async def test_a_lock_that_nobody_confirmed_is_let_go_when_the_seat_is_given_back(north: Beside) -> None:
    (slot_id,) = await north.offered(1)
    made = await north.submitted(RESIDENT, slot_id)
    await north.sim.fail("busy")
    await north.ask()
    assert await north.sim.locks() == {made: "dr-1-0"}
    assert await north.read() == {}, "what is locked is nobody's to sell"
    async with north.doors.client(RESIDENT) as resident:
        gone = await resident.post(f"/api/v1/appointments/{made}/cancellation", headers={"idempotency-key": str(uuid4())})
    assert gone.json()["state"] == "cancelling"
    await north.asked_later(1)
    assert (await north.state(made), await north.sim.locks(), await north.sim.kept()) == ("cancelled", {}, [])
    await north.submitted(SECOND_RESIDENT, (await north.read())["dr-1-0"])


async def test_a_lock_that_lapsed_is_taken_anew_or_lost_to_who_was_faster(north: Beside) -> None:
    one, other = await north.offered(2)
    first, second = await north.submitted(RESIDENT, one), await north.submitted(SECOND_RESIDENT, other)
    await north.sim.fail("busy", "busy")
    await north.ask()
    await north.sim.steer("lapse")
    (row,) = await north.doors.rows("select starts_at, ends_at from slots where their_ref = 'dr-1-1'")
    of_another = {"key": "x", "person": "y", "start": row.starts_at.isoformat(), "end": row.ends_at.isoformat(), "slot": "dr-1-1"}
    await north.sim.steer("kept", of_another)
    await north.asked_later(1)
    assert [await north.state(key) for key in (first, second)] == ["booked", "rejected"]


async def test_confirmed_twice_is_booked_once(north: Beside) -> None:
    (slot_id,) = await north.offered(1)
    made = await north.submitted(RESIDENT, slot_id)
    await north.sim.fail("cut-after")
    await north.ask()
    assert (await north.state(made), len(await north.sim.kept())) == ("unknown", 1)
    asked_again = question(slot="dr-1-0")
    settings = north.doors.running.settings
    (row,) = await north.doors.rows("select starts_at, ends_at from appointments")
    again = type(asked_again)(**{**vars(asked_again), "key": UUID(made), "starts_at": row.starts_at, "ends_at": row.ends_at})
    said_of_it = await hospital.asked(settings, "north", again, at=settings.clock.now())  # somebody who did not look first
    (kept,) = await north.sim.kept()
    assert (said_of_it.word, said_of_it.ref) == (Word.YES, kept["ref"])
