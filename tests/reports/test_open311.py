"""Open311 GeoReport v2, as programs of other cities speak it: each paragraph of the standard, in both of its forms."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4
from xml.etree import ElementTree as ET

import httpx
import pytest
from builders.doors import Doors, keyed
from builders.georeport import BASE, HERE_IT_IS, asked, key_for, lamp, sent
from builders.life import brought_to, mark, step
from builders.world import FAR_RESIDENT, GRID, HERE, OFFICER, RESIDENT, ROOM, THERE, UNIT, Person
from hypothesis import given
from hypothesis import strategies as some

from services.reports.__main__ import operate
from services.reports.api import georeport
from services.reports.domain.machine import Status
from services.reports.domain.open311 import NOTES, SERVICES

ODD = b'--x\r\ncontent-disposition: form-data; name="api_key"\r\n\r\n\\ud800\r\n--x--\r\n'
FORMS = ("xml", "json")


async def filed(doors: Doors, person: Person = RESIDENT, **more: object) -> str:
    draft = {"text": "灯不亮", "category": "lighting", "place": {"area": UNIT}, "client_token": str(uuid4())} | more
    async with doors.client(person) as client:
        return str((await client.post("/api/v1/reports", json=draft, headers=keyed())).json()["id"])


def at(lat: float, area: str = UNIT) -> dict[str, object]:
    return {"area": area, "lat": lat, "lng": 104.1, "crs": "wgs84"}


def plain(answer: httpx.Response) -> Any:
    """What an answer says, whichever form it has: lists, members and text."""
    if answer.headers["content-type"] == "application/json; charset=utf-8":
        return answer.json()
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    assert answer.content.startswith(b"<?xml version='1.0' encoding='utf-8'?>")
    return _read(ET.fromstring(answer.content))


_LISTS = {"services", "service_requests", "errors", "service_request_updates", "attributes", "values", "endpoints", "formats"}


def _read(element: ET.Element) -> Any:
    assert not element.attrib
    assert "{" not in element.tag
    if element.tag in _LISTS:
        return [_read(one) for one in element]
    return {one.tag: _read(one) for one in element} if len(element) else element.text


def as_text(said: Any) -> Any:
    """JSON as XML would say it: all is text."""
    if isinstance(said, list):
        return [as_text(one) for one in said]
    if isinstance(said, dict):
        return {name: as_text(value) for name, value in said.items()}
    return said if said is None else json.dumps(said) if isinstance(said, bool) else str(said)


@pytest.mark.parametrize("path", [
    "discovery", "services", "services/water", "services/noise", "requests", "servicerequestupdates", "services/dragons",
    "requests/1",
])
async def test_both_forms_say_the_same(reports_doors: Doors, path: str) -> None:
    await brought_to(reports_doors, "processing")
    as_xml, as_json = [await asked(reports_doors, path, form) for form in FORMS]
    assert as_xml.status_code == as_json.status_code
    assert plain(as_xml) == as_text(plain(as_json))


async def test_discovery_says_where_and_what(reports_doors: Doors) -> None:
    said = (await asked(reports_doors, "discovery")).json()
    [endpoint] = said["endpoints"]
    assert endpoint["url"] == f"{reports_doors.issuer}/open311/v2"
    assert endpoint["formats"] == ["text/xml", "application/json"]
    assert endpoint["type"] in {"production", "test"}
    for changeset in (said["changeset"], endpoint["changeset"]):
        assert datetime.fromisoformat(changeset) <= datetime.now(UTC)
    assert said["contact"]
    assert said["key_service"]


async def test_every_category_is_a_service_and_its_definition_is_as_the_list_promises(reports_doors: Doors) -> None:
    services = (await asked(reports_doors, "services")).json()
    assert [one["service_code"] for one in services] == list(SERVICES)
    for one in services:
        assert one["type"] == "realtime"
        assert one["service_name"]
        defined = (await asked(reports_doors, f"services/{one['service_code']}")).json()
        assert bool(defined["attributes"]) == one["metadata"]
        assert [attribute["order"] for attribute in defined["attributes"]] == list(range(1, len(defined["attributes"]) + 1))
        for attribute in defined["attributes"]:
            assert bool(attribute["values"]) == attribute["datatype"].endswith("list")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("path", "query", "status"), [
    ("services", {"jurisdiction_id": ""}, 400), ("services", {"jurisdiction_id": "gotham"}, 404),
    ("requests", {"jurisdiction_id": None}, 400), ("services/dragons", {}, 404), ("requests/1", {}, 404),
    (f"requests/{uuid4()}", {}, 404), ("tokens/1", {}, 404),
    (f"tokens/%0C{str(uuid4())[1:]}", {}, 404), (f"tokens/{uuid4()}", {}, 404),
    ("requests", {"status": "asleep"}, 400), ("requests", {"status": "open,asleep"}, 400),
    ("requests", {"start_date": "yesterday"}, 400), ("requests", {"start_date": "2026-01-01T00:00:00"}, 400),
    ("requests", {"start_date": "2026-05-02T00:00:00Z", "end_date": "2026-05-01T00:00:00Z"}, 400),
    ("requests", {"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-05-01T00:00:00Z"}, 400),
    ("requests", {"start_date": "9999-12-31T00:00:00Z"}, 400), ("requests", {"page": "two"}, 400),
    ("requests", {"page_size": "-1"}, 400), ("requests", {"lat": "30"}, 400), ("requests", {"lat": "nan", "long": "104"}, 400),
    ("requests", {"lat": "91", "long": "104"}, 400),
    ("requests", {"lat": "30", "long": "104", "radius": "0"}, 400), ("requests", {"bbox": "1,2,3"}, 400),
    ("requests", {"bbox": "a,b,c,d"}, 400), ("servicerequestupdates", {"start_date": "x"}, 400),
    ("requests", {"updated_after": "2026-05-02T00:00:00Z", "updated_before": "2026-05-01T00:00:00Z"}, 400),
])
async def test_what_is_asked_wrongly_is_refused_with_a_list_of_errors(
    reports_doors: Doors, form: str, path: str, query: dict[str, Any], status: int
) -> None:
    async with reports_doors.client() as client:
        given = {name: value for name, value in (HERE_IT_IS | query).items() if value is not None}
        answer = await client.get(f"{BASE}/{path}.{form}", params=given)
    assert answer.status_code == status, answer.text
    for one in plain(answer):
        assert set(one) == {"code", "description"}
        assert one["description"]


@given(some.text(some.characters(codec="utf-8")))
def test_whatever_is_said_is_well_formed(text: str) -> None:
    """A letter that no XML may have would break the list of a whole community."""
    listed = georeport.Many("errors", "error", [{"code": 400, "description": text}])
    said = georeport.answer(listed, "xml")
    assert ET.fromstring(bytes(said.body)).tag == "errors"


async def test_an_unknown_form_is_not_there(reports_doors: Doors) -> None:
    async with reports_doors.client() as client:
        answer = await client.get(f"{BASE}/services.yaml", params=HERE_IT_IS)
    assert answer.status_code in {400, 404}
    assert plain(answer)


async def test_a_request_that_is_handed_in_is_a_report_like_every_other(reports_doors: Doors) -> None:
    key = await key_for(reports_doors)
    answer = await sent(reports_doors, lamp(key, address_id=UNIT))
    assert answer.status_code == 201, answer.text
    [made] = answer.json()
    assert set(made) == {"service_request_id", "service_notice", "account_id"}
    async with reports_doors.client(GRID) as grid:
        seen = (await grid.get(f"/api/v1/reports/{made['service_request_id']}")).json()
    assert (seen["text"], seen["area"], seen["category"], seen["status"]) == ("路灯不亮", UNIT, "lighting", "submitted")
    [told] = await reports_doors.rows("select topic, body from outbox")
    assert told.topic == "reports.report_submitted.v1"
    assert "路灯" not in told.body.decode()


@pytest.mark.parametrize("encoding", ["url", "multipart"])
async def test_what_senders_in_the_wild_send_is_taken_and_what_is_not_kept_is_said(reports_doors: Doors, encoding: str) -> None:
    key = await key_for(reports_doors)
    fields = lamp(
        key, service_code="electricity", deviceid="x", phone="13800000000", first_name="张", unknown="y", client="z",
        media_url=["https://example.org/1.jpg", "https://example.org/2.jpg"], jurisdiction_id="",
        **{"attribute[extent]": "building", "attribute[since]": "2026-03-01T08:00:00+08:00", "attribute[nothing]": "1"},
    )
    more = {"files": {"media": ("a.jpg", b"\xff\xd8\xff", "image/jpeg")}} if encoding == "multipart" else {}
    answer = await sent(reports_doors, fields, **more)
    assert answer.status_code == 201, answer.text
    [made] = answer.json()
    assert "联系方式未保存" in made["service_notice"]
    assert ("media_url" in made["service_notice"]) == (encoding == "multipart")
    async with reports_doors.client(OFFICER) as officer:
        seen = (await officer.get(f"/api/v1/reports/{made['service_request_id']}")).json()
    assert seen["text"].splitlines() == ["路灯不亮", "附图：https://example.org/1.jpg", "附图：https://example.org/2.jpg"]
    assert [(one["label"], one["names"]) for one in seen["answers"]] == [
        ("影响范围", ["整栋楼"]), ("开始时间", ["2026-03-01T08:00:00+08:00"]),
    ]


@pytest.mark.parametrize(("changed", "status"), [
    ({"api_key": None}, 403), ({"api_key": "guessed"}, 403), ({"jurisdiction_id": THERE}, 403),
    ({"jurisdiction_id": "gotham"}, 404),
    ({"service_code": None}, 400), ({"service_code": ""}, 400), ({"service_code": "dragons"}, 404),
    ({"lat": None}, 400), ({"long": None}, 400), ({"lat": None, "long": None}, 400), ({"lat": "91"}, 400), ({"lat": "inf"}, 400),
    ({"lat": "30.6\u0663"}, 400), ({"lat": "3_0.6"}, 400), ({"address_string": "a" * 3000, "description": "b" * 3000}, 400),
    ({"address_id": f"{THERE}.g01"}, 400), ({"address_id": "nowhere at all"}, 400), ({"address_id": f"{HERE}.g99"}, 400),
    ({"description": "a" * 4001}, 400), ({"description": "a\0b"}, 400), ({"media_url": "ftp://example.org/a"}, 400),
    ({"media_url": "javascript:alert(1)"}, 400), ({"media_url": ["https://example.org/a"] * 10}, 400),
    ({"service_code": "water"}, 400), ({"service_code": "water", "attribute[extent]": "town"}, 400),
    ({"service_code": "water", "attribute[extent]": ["home", "stair"]}, 400),
    ({"service_code": "water", "attribute[extent]": "home", "attribute[since]": "early"}, 400),
    ({"service_code": "noise", "attribute[times][]": ["night", "never"]}, 400),
])
async def test_what_is_sent_wrongly_is_refused_and_nothing_is_kept(
    reports_doors: Doors, changed: dict[str, Any], status: int
) -> None:
    key = await key_for(reports_doors)
    answer = await sent(reports_doors, lamp(key, **changed), "xml")
    assert answer.status_code == status, answer.text
    assert plain(answer)[0]["description"]
    assert await reports_doors.rows("select 1 from reports") == []
    assert await reports_doors.said() == []


@pytest.mark.parametrize(("content", "kind"), [
    (b"{}", "application/json"), (b"\xff\xfe", "text/plain"), (b"--x", "multipart/form-data"),
    (b"\x00" * 9, "multipart/form-data; boundary=x"),
    *((ODD, f"multipart/form-data; boundary=x; charset={one}") for one in ("unicode_escape", "punycode", "utf-7")),
])
async def test_what_is_no_form_is_refused(reports_doors: Doors, content: bytes, kind: str) -> None:
    async with reports_doors.client() as client:
        answer = await client.post(f"{BASE}/requests.xml", content=content, headers={"content-type": kind})
    assert answer.status_code == (400 if "charset" in kind or "multipart" in kind else 403)
    assert plain(answer)


async def test_several_values_of_a_list_and_address_alone_are_enough(reports_doors: Doors) -> None:
    key = await key_for(reports_doors)
    times = {"attribute[times][]": ["night", "evening"]}
    fields = lamp(key, service_code="noise", lat=None, long=None, address_string="东门外", **times)
    [made] = (await sent(reports_doors, fields)).json()
    async with reports_doors.client(OFFICER) as officer:
        seen = (await officer.get(f"/api/v1/reports/{made['service_request_id']}")).json()
    assert seen["text"].splitlines() == ["路灯不亮", "地点：东门外"]
    assert [one["names"] for one in seen["answers"]] == [["夜间", "傍晚"]]
    assert seen["area"] == HERE


async def test_a_request_that_is_sent_again_is_the_same_request(reports_doors: Doors) -> None:
    key = await key_for(reports_doors)
    fields = lamp(key, idempotency_token="fms-4711")
    answers = await asyncio.gather(*(sent(reports_doors, fields) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()[0]["service_request_id"] for answer in answers}) == 1
    assert len(await reports_doors.rows("select 1 from reports")) == 1


async def test_drafts_of_two_senders_are_two_though_they_are_called_the_same(reports_doors: Doors) -> None:
    """The database tells them apart by their sender; their names do as well, so that no list ever mixes them up."""
    for name in ("one", "other"):
        key = await key_for(reports_doors, name)
        assert (await sent(reports_doors, lamp(key, idempotency_token="4711"))).status_code == 201
    drafts = await reports_doors.rows("select distinct client_token, reporter_id from reports")
    assert len({row.client_token for row in drafts}) == len({row.reporter_id for row in drafts}) == 2


async def test_a_key_is_over_when_it_is_ended_or_its_day_has_come_and_hands_in_no_more_than_it_may(reports_doors: Doors) -> None:
    few, old = await key_for(reports_doors, "few", daily=2), await key_for(reports_doors, "old", until="2026-01-01")
    assert (await sent(reports_doors, lamp(old))).status_code == 403
    taken = [(await sent(reports_doors, lamp(few))) for _ in range(3)]
    assert [answer.status_code for answer in taken] == [201, 201, 429]
    assert int(taken[-1].headers["retry-after"]) > 0
    await operate(reports_doors.running, ["end", "few"])
    assert (await sent(reports_doors, lamp(few))).status_code == 403
    told = await operate(reports_doors.running, ["list"])
    assert [line.split(" for ")[0] for line in told] == ["over  few", "over  old"]
    assert few not in str(await reports_doors.rows("select * from senders"))


async def test_what_anybody_reads_says_nothing_of_people_and_nothing_of_dwellings(reports_doors: Doors) -> None:
    await filed(reports_doors, place=at(30.6, ROOM), text="我家漏水")
    await filed(reports_doors, place=at(30.6))
    answer = await asked(reports_doors, "requests", extensions="true")
    public, private = answer.json()
    assert "漏水" not in answer.text
    assert str(RESIDENT.id) not in answer.text
    assert (private["address_id"], private["lat"], private["long"]) == (UNIT, None, None)
    assert (public["address_id"], public["lat"], public["long"]) == (UNIT, 30.6, 104.1)
    assert public["extended_attributes"]["number"].startswith("GH-")
    assert ROOM.rsplit(".", 1)[1] not in answer.text


async def test_open_and_closed_and_the_inner_state_as_a_note(reports_doors: Doors) -> None:
    assert set(NOTES) == set(Status)
    report = await brought_to(reports_doors, "processing")
    one = (await asked(reports_doors, f"requests/{report}")).json()
    assert [(it["status"], it["status_notes"], it["service_code"]) for it in one] == [("open", "处置中", "lighting")]
    assert one[0]["expected_datetime"] > one[0]["requested_datetime"]
    assert (await asked(reports_doors, "requests", status="closed")).json() == []
    assert len((await asked(reports_doors, "requests", status="open,closed", service_code="lighting,road")).json()) == 1
    assert (await asked(reports_doors, "requests", service_code="dragons")).json() == []


async def test_of_the_neighbour_community_nothing_is_found_here(reports_doors: Doors) -> None:
    theirs = await filed(reports_doors, FAR_RESIDENT, place={"area": THERE})
    assert (await asked(reports_doors, "requests")).json() == []
    assert (await asked(reports_doors, f"requests/{theirs}")).status_code == 404
    assert len((await asked(reports_doors, "requests", jurisdiction_id=THERE)).json()) == 1
    key = await key_for(reports_doors)
    update = {"api_key": key, "service_request_id": theirs, "status": "CLOSED"}
    assert (await sent(reports_doors, update, path="servicerequestupdates")).status_code == 404


async def test_requests_are_asked_for_by_date_place_page_and_id(reports_doors: Doors) -> None:
    ids = [await filed(reports_doors, place=at(30.6 + n / 100)) for n in range(5)][::-1]
    now = datetime.now(UTC)

    async def found(**query: object) -> list[str]:
        return [one["service_request_id"] for one in (await asked(reports_doors, "requests", **query)).json()]

    assert await found() == ids
    assert await found(page_size=2) == ids[:2]
    assert await found(page_size=2, page=0) == ids[:2]
    assert await found(page_size=2, page=3) == ids[4:]
    assert await found(start_date=(now - timedelta(hours=1)).isoformat()) == ids
    assert await found(end_date=(now - timedelta(hours=1)).isoformat()) == []
    assert await found(updated_before=(now - timedelta(hours=1)).isoformat()) == []
    assert await found(lat=30.6, long=104.1, radius=1200) == [ids[3], ids[4]]
    assert await found(bbox="104,30.615,105,30.635") == [ids[1], ids[2]]
    assert await found(service_request_id=f"{ids[0]},{ids[4]},nonsense", status="closed") == [ids[0], ids[4]]


async def test_updates_are_the_steps_in_fixed_words_and_a_sender_answers_what_it_is_asked(reports_doors: Doors) -> None:
    key = await key_for(reports_doors)
    [made] = (await sent(reports_doors, lamp(key, address_id=UNIT))).json()
    update = {"api_key": key, "service_request_id": made["service_request_id"], "description": "在三楼"}
    assert (await sent(reports_doors, update, path="servicerequestupdates")).status_code == 400
    await mark(reports_doors)
    for action in ("acceptance", "assignment", "processing", "question"):
        assert (await step(reports_doors, GRID, made["service_request_id"], action)).status_code == 200
    answer = await sent(reports_doors, update, "xml", path="servicerequestupdates")
    assert answer.status_code == 201, answer.text
    told = (await asked(reports_doors, "servicerequestupdates")).json()
    assert plain(answer)[0]["update_id"] == told[-1]["update_id"]
    assert "三楼" not in str(told)
    assert "哪一层" not in str(told)
    assert [one["description"] for one in told][:4] == ["已提交", "社区已受理", "已安排专人处理", "开始处置"]


async def test_a_sender_takes_back_what_is_its_own(reports_doors: Doors) -> None:
    key, other = await key_for(reports_doors), await key_for(reports_doors, "other")
    [made] = (await sent(reports_doors, lamp(key))).json()
    update = {"api_key": other, "service_request_id": made["service_request_id"], "status": "CLOSED"}
    assert (await sent(reports_doors, update, path="servicerequestupdates")).status_code == 404
    assert (await sent(reports_doors, update | {"api_key": key}, path="servicerequestupdates")).status_code == 201
    [now] = (await asked(reports_doors, f"requests/{made['service_request_id']}")).json()
    assert (now["status"], now["status_notes"]) == ("closed", "已撤回")


async def test_a_requests_id_is_its_token(reports_doors: Doors) -> None:
    key = await key_for(reports_doors)
    [made] = (await sent(reports_doors, lamp(key))).json()
    [told] = (await asked(reports_doors, f"tokens/{made['service_request_id']}")).json()
    assert told == {"service_request_id": made["service_request_id"], "token": made["service_request_id"]}


async def test_a_key_in_the_address_opens_nothing(reports_doors: Doors) -> None:
    """It would lie in every log on the way."""
    key = await key_for(reports_doors)
    async with reports_doors.client() as client:
        answer = await client.post(f"{BASE}/requests.json", params={"api_key": key}, data=lamp(key, api_key=None))
    assert answer.status_code == 403
