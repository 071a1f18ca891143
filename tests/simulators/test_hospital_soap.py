"""The hospitals' simulator over SOAP: it takes what the published schema has, and nothing else; the WSDL agrees with itself."""

from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4
from xml.etree.ElementTree import Element, fromstring, parse

import httpx
import pytest
from builders.soap import SCHEMA, WSDL, texts

from services.health.clients.envelope import SOAP
from simulators.hospital.__main__ import application
from simulators.hospital.house import House, Offer
from simulators.hospital.xsd import Unfit

TOKEN, SPACE = "the-token", "urn:guohuai:booking:1"
START = datetime(2030, 1, 1, 9, tzinfo=UTC)
W, S = "{http://schemas.xmlsoap.org/wsdl/}", "{http://schemas.xmlsoap.org/wsdl/soap/}"
ONE, OTHER = str(uuid4()), str(uuid4())
WHEN = "<Start>2030-01-01T17:00:00+08:00</Start><End>2030-01-01T17:15:00+08:00</End>"


@pytest.fixture
def houses() -> dict[str, House]:
    """One hospital with one slot."""
    made: dict[str, House] = defaultdict(House)
    made["h"].offers["s1"] = Offer("s1", START, START + timedelta(minutes=15), "dr", "心内科")
    return made


@pytest.fixture
async def his(houses: dict[str, House]) -> AsyncIterator[httpx.AsyncClient]:
    """A partner of it."""
    headers = {"authorization": f"Bearer {TOKEN}", "content-type": "text/xml; charset=utf-8"}
    transport = httpx.ASGITransport(application(houses, TOKEN))
    async with httpx.AsyncClient(transport=transport, base_url="http://hospital/h", headers=headers) as client:
        yield client


async def post(his: httpx.AsyncClient, act: str, inside: str, *, head: str = "", **headers: str) -> httpx.Response:
    body = f'<e:Envelope xmlns:e="{SOAP}">{head}<e:Body><{act} xmlns="{SPACE}">{inside}</{act}></e:Body></e:Envelope>'
    return await his.post("/soap", content=body.encode(), headers={"soapaction": f'"{SPACE}/{act}"', **headers})


async def told(his: httpx.AsyncClient, act: str, inside: str) -> Element:
    """What is answered, which is the schema's."""
    answer = await post(his, act, inside)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/xml; charset=utf-8"), answer.text
    (one,) = fromstring(answer.content).findall(f"{{{SOAP}}}Body/*")
    SCHEMA.check(one)
    assert one.tag == f"{{{SPACE}}}{act}Response"
    return one


async def outcome(his: httpx.AsyncClient, act: str, order: str, more: str = "<Slot>s1</Slot>") -> str:
    return texts(await told(his, act, f"<Order>{order}</Order>{more}"))["Outcome"]


def confirming(order: str, slot: str = "<Slot>s1</Slot>") -> str:
    return f"<Order>{order}</Order>{slot}{WHEN}<Person>p1</Person>"


async def states(his: httpx.AsyncClient) -> list[str]:
    period = "<From>2030-01-01T00:00:00Z</From><Until>2030-01-02T00:00:00Z</Until>"
    return [texts(one)["State"] for one in await told(his, "QuerySlots", period)]


async def test_a_slot_is_locked_for_one_and_booked_once_however_often_it_is_confirmed(his: httpx.AsyncClient) -> None:
    assert await states(his) == ["free"]
    assert [await outcome(his, "Lock", order) for order in (ONE, ONE, OTHER)] == ["locked", "locked", "taken"]
    assert await states(his) == ["taken"]
    assert texts(await told(his, "Confirm", confirming(OTHER)))["Outcome"] == "taken"
    booked, again = [texts(await told(his, "Confirm", confirming(ONE))) for _ in range(2)]
    assert booked == again
    assert booked["Outcome"] == "booked"
    named = f"<Reference>{booked['Reference']}</Reference>"
    assert await outcome(his, "Cancel", OTHER, named) == "none"
    assert [await outcome(his, "Cancel", ONE, named) for _ in range(2)] == ["cancelled", "cancelled"]
    (listed,) = await told(his, "QueryOrders", f"<Order>{ONE}</Order>")
    assert (texts(listed)["State"], await states(his)) == ("cancelled", ["free"])


async def test_a_lock_is_given_back_by_whose_it_is(his: httpx.AsyncClient, houses: dict[str, House]) -> None:
    assert await outcome(his, "Lock", ONE) == "locked"
    assert [await outcome(his, "Unlock", order) for order in (OTHER, ONE, ONE)] == ["none", "unlocked", "none"]
    assert await outcome(his, "Lock", OTHER) == "locked"
    houses["h"].locks[OTHER] = "s1", 0.0  # its time is over
    assert await outcome(his, "Lock", ONE) == "locked"


@pytest.mark.parametrize(("act", "inside"), [
    ("Lock", "<Order>k1</Order><Slot>s1</Slot>"), ("Lock", f"<Slot>s1</Slot><Order>{ONE}</Order>"),
    ("Lock", f"<Order>{ONE}</Order>"),
    ("Lock", f"<Order>{ONE}</Order><Slot>s1</Slot><Slot>s1</Slot>"), ("Lock", f"<Order>{ONE}</Order><Slot></Slot>"),
    ("Lock", f"<Order>{ONE}</Order><Slot>{'s' * 65}</Slot>"), ("Lock", f"<Order>{ONE}</Order>x<Slot>s1</Slot>"),
    ("Lock", f'<Order a="1">{ONE}</Order><Slot>s1</Slot>'), ("Lock", f"<Order>{ONE}</Order><Slot><b/></Slot>"),
    ("Confirm", confirming(ONE).replace("+08:00", "")), ("Confirm", confirming(ONE).replace("<Person>p1</Person>", "")),
    ("Confirm", confirming(ONE).replace("17:15", "17:00")), ("Book", confirming(ONE)), ("LockResponses", ""),
    ("QueryOrders", ""), ("QueryOrders", f"<From>2030-01-01T00:00:00Z</From><Order>{ONE}</Order>"),
    ("QuerySlots", "<From>2030-01-01</From><Until>2030-01-02</Until>"),
])
async def test_what_the_schema_has_not_is_a_fault_of_who_asks(
    his: httpx.AsyncClient, houses: dict[str, House], act: str, inside: str
) -> None:
    answer = await post(his, act, inside)
    assert (answer.status_code, "<faultcode>s:Client</faultcode>" in answer.text) == (500, True), answer.text
    assert (houses["h"].kept, houses["h"].locks) == ({}, {})


async def test_a_message_is_of_soap_1_1_and_says_what_it_is(his: httpx.AsyncClient) -> None:
    locking = f"<Order>{ONE}</Order><Slot>s1</Slot>"
    understood = f'<e:Header><x xmlns="urn:x" xmlns:e="{SOAP}" e:mustUnderstand="1"/></e:Header>'
    for more, status, code in (
        ({"authorization": "Bearer x"}, 401, ""), ({"content-type": "application/soap+xml"}, 415, ""),
        ({"soapaction": f'"{SPACE}/Unlock"'}, 500, "s:Client"), ({"soapaction": ""}, 500, "s:Client"),
        ({"head": understood}, 500, "s:MustUnderstand"),
    ):
        answer = await post(his, "Lock", locking, **more)
        assert (answer.status_code, code in answer.text) == (status, True)
    for content, code in (
        (b"<html/>", "VersionMismatch"), (b"hello", "Client"), (b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "Client"),
        (f'<e:Envelope xmlns:e="{SOAP}"><e:Body/></e:Envelope>'.encode(), "Client"),
    ):
        answer = await his.post("/soap", content=content, headers={"soapaction": f'"{SPACE}/Lock"'})
        assert (answer.status_code, f"s:{code}<" in answer.text) == (500, True)


async def test_a_long_list_comes_page_by_page(his: httpx.AsyncClient, houses: dict[str, House]) -> None:
    for n in range(119):
        houses["h"].offers[f"t{n}"] = Offer(f"t{n}", START, START + timedelta(minutes=5), "dr", "x", blocked=n == 0)
    period, found, mark = "<From>2030-01-01T00:00:00Z</From><Until>2030-01-02T00:00:00Z</Until>", set(), ""
    for size in (50, 50, 20):
        said = await told(his, "QuerySlots", period + mark)
        listed = said.findall(f"{{{SPACE}}}Slot")
        found |= {texts(one)["Id"] for one in listed}
        mark = f"<After>{texts(said).get('Next')}</After>"
        assert len(listed) == size
    assert (len(found), mark) == (120, "<After>None</After>")


@pytest.mark.parametrize(("fault", "kept"), [("busy", 0), ("no", 0), ("no-done", 1), ("yes-undone", 0), ("nonsense", 1)])
async def test_it_fails_as_it_is_told(his: httpx.AsyncClient, houses: dict[str, House], fault: str, kept: int) -> None:
    houses["h"].faults.append(fault)
    answer = await post(his, "Confirm", confirming(ONE))
    told_of = {"busy": "Busy", "no": "taken", "no-done": "taken", "yes-undone": "booked", "nonsense": "html"}[fault]
    assert (told_of in answer.text, len(houses["h"].kept)) == (True, kept)


def test_every_operation_of_the_wsdl_has_its_messages_its_action_and_its_elements() -> None:
    root = parse(WSDL).getroot()
    space = root.get("targetNamespace")
    messages = {one.get("name"): [part.get("element", "") for part in one] for one in root.findall(f"{W}message")}
    asked = {one.get("name"): one for one in root.findall(f"{W}portType/{W}operation")}
    bound = {one.get("name"): one for one in root.findall(f"{W}binding/{W}operation")}
    assert set(asked) == set(bound) == {"QuerySlots", "QueryOrders", "Lock", "Unlock", "Confirm", "Cancel"}
    for name, one in asked.items():
        assert [one_of.tag.removeprefix(W) for one_of in one] == ["input", "output", "fault"]
        parts = [messages[way.get("message", "").removeprefix("b:")] for way in one]
        assert parts == [[f"b:{name}"], [f"b:{name}Response"], ["b:Busy"]]
        assert space == SPACE
        assert [each.get("soapAction") for each in bound[name].iter(f"{S}operation")] == [f"{space}/{name}"]
        assert {each.get("use") for each in bound[name].iter(f"{S}body")} == {"literal"}
        for element in (name, f"{name}Response"):
            with pytest.raises(Unfit, match=r"wanted|has no place"):
                SCHEMA.check(fromstring(f'<{element} xmlns="{space}"><Odd/></{element}>'))
