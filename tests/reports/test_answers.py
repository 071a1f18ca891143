"""附加问题: what a category asks besides is validated, sealed as the resident's words are, told to whom they are told."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from builders.catalogue import FLOOR, REMARK, SHAPE, decided, file, filed, node
from builders.checks import checks, heard, steer, word, works
from builders.doors import Doors, keyed
from builders.georeport import asked, key_for, lamp, sent
from builders.life import named, step
from builders.merged import Two, hear
from builders.world import FAR_GRID, GRID, OFFICER, RESIDENT, SECOND_RESIDENT, UNIT
from hypothesis import given, settings
from hypothesis import strategies as some

from chassis import privacy
from services.reports.actions import personal, retention
from services.reports.domain.field import (
    LONGEST_ANSWERS,
    LONGEST_LINE,
    LONGEST_TEXT,
    AttributeUnfit,
    Field,
    answered,
    kept,
    read_back,
)

SINCE = {"code": "since", "label": "开始时间", "datatype": "datetime"}
WHEN = {"code": "when", "label": "时段", "datatype": "multivaluelist", "values": [
    {"key": "day", "name": "白天"}, {"key": "night", "name": "夜间"},
]}
NOTE = {"code": "note", "label": "提示", "datatype": "string", "variable": False}
STAIRS = node("lighting", "stairwell", "楼道灯", fields=[FLOOR, SHAPE])
ROOT = {"category": "lighting", "fields": [REMARK, SINCE, WHEN, NOTE]}
WORDS = "我家门口很黑，13912345678"
SAID = {"floor": "3", "remark": WORDS, "when": ["night", "day"], "shape": "round", "since": "2026-03-01T08:00:00+08:00"}


async def told(doors: Doors, key: object, person: Any = RESIDENT) -> list[tuple[str, list[str]]]:
    async with doors.client(person) as client:
        found = (await client.get(f"/api/v1/reports/{key}")).json()["answers"]
    return [(row["code"], row["names"]) for row in found]


async def test_answers_are_kept_in_the_words_in_which_they_were_asked(reports_doors: Doors) -> None:
    await decided(reports_doors, ROOT, STAIRS)
    report = await filed(reports_doors, subcategory="stairwell", answers=SAID)
    expected = [
        ("remark", [WORDS]), ("since", ["2026-03-01T08:00:00+08:00"]), ("when", ["夜间", "白天"]), ("floor", ["3"]),
        ("shape", ["圆灯"]),
    ]
    await decided(reports_doors, {**STAIRS, "fields": [{**FLOOR, "label": "层"}]}, {"category": "lighting"}, on='"1"')
    assert (await step(reports_doors, GRID, report["id"], "classification")).status_code == 200
    for person in (RESIDENT, GRID, OFFICER):
        assert await told(reports_doors, report["id"], person) == expected
    assert report["answers"][0] == {
        "code": "remark", "label": "补充说明", "kind": "text", "values": [WORDS], "names": [WORDS],
    }
    async with reports_doors.client(FAR_GRID) as far:
        assert (await far.get(f"/api/v1/reports/{report['id']}")).status_code == 404


async def test_what_was_answered_is_in_no_event_and_no_column_in_the_clear(reports_doors: Doors) -> None:
    await decided(reports_doors, ROOT, STAIRS)
    await filed(reports_doors, subcategory="stairwell", answers=SAID)
    [row] = await reports_doors.rows("select sealed_answers, r::text as whole from reports r")
    bodies = await reports_doors.rows("select convert_from(body, 'utf8') as said, headers::text as headers from outbox")
    for said in (row.whole, bytes(row.sealed_answers).decode("latin-1"), *(one.said + one.headers for one in bodies)):
        assert not any(part in said for part in ("很黑", "139123", "round", "remark"))


@pytest.mark.parametrize(("answers", "field"), [
    ({}, "floor"), ({"floor": " "}, "floor"), ({"floor": []}, "floor"), ({"floor": "三"}, "floor"), ({"floor": "3e9"}, "floor"),
    ({"floor": ["3", "4"]}, "floor"), ({"floor": "3", "shape": "square"}, "shape"),
    ({"floor": "3", "when": ["night", "noon"]}, "when"),
    ({"floor": "3", "since": "昨天"}, "since"), ({"floor": "3", "since": "2026-03-01T08:00:00"}, "since"),
    ({"floor": "3", "note": "看见了"}, "note"), ({"floor": "3", "colour": "红"}, "colour"),
])
async def test_what_does_not_answer_what_was_asked_is_refused_and_nothing_is_filed(
    reports_doors: Doors, answers: dict[str, Any], field: str
) -> None:
    await decided(reports_doors, ROOT, STAIRS)
    answer = await file(reports_doors, subcategory="stairwell", answers=answers)
    assert (answer.status_code, named(answer), answer.json()["field"]) == (422, "attribute-unfit", field), answer.text
    assert await reports_doors.rows("select 1 from reports") == []


async def test_a_question_is_asked_of_who_says_what_asks_it(reports_doors: Doors) -> None:
    await decided(reports_doors, ROOT, STAIRS)
    for below, answers, status in (
        (None, {}, 201), ("street", {"remark": "有时亮"}, 201), (None, {"floor": "3"}, 422), ("stairwell", {"floor": "3"}, 201),
    ):
        assert (await file(reports_doors, subcategory=below, answers=answers)).status_code == status, (below, answers)
    for odd in ({"floor": "a" * 1001}, {"Floor": "3"}, {"floor": 3}, {"floor": "3\0"}):
        answer = await file(reports_doors, subcategory="stairwell", answers=odd)
        assert (answer.status_code, named(answer)) == (422, "invalid-request")


async def test_free_words_are_looked_at_with_the_text(reports_doors: Doors) -> None:
    await decided(reports_doors, ROOT)
    bad, key = word(), word()
    await steer(reports_doors, word=bad, suggestion="Block", label="Ad")
    report = await filed(reports_doors, answers={"remark": f"{key}。{bad}"})
    await heard(reports_doors, report)
    await works(reports_doors)
    assert [(row["kind"], row["state"]) for row in await checks(reports_doors, report["id"])] == [("text", "blocked")]


async def test_they_are_exported_with_the_text_and_open_to_nobody_once_it_is_not(reports_doors: Doors) -> None:
    await decided(reports_doors, ROOT, STAIRS)
    report = await filed(reports_doors, subcategory="stairwell", answers=SAID)
    running, held = reports_doors.running, reports_doors.running.service.personal
    assert held is not None
    async with running.database.reading() as work:
        [row] = (await personal.export(work, RESIDENT.id))["reports"]
    assert (row["category"], row["subcategory"], row["answers"][0]["names"]) == ("lighting", "stairwell", (WORDS,))
    await running.database.do(lambda work: privacy.erase(work, held, RESIDENT.id))
    assert await told(reports_doors, report["id"], GRID) == []


async def test_they_move_with_the_report_to_whom_its_reporter_turned_out_to_be(reports_doors: Doors) -> None:
    await decided(reports_doors, ROOT)
    report = await filed(reports_doors, answers={"remark": WORDS})
    two = Two(survivor=SECOND_RESIDENT.id, source=RESIDENT.id)
    await hear(reports_doors, two.merged)
    assert await told(reports_doors, report["id"], SECOND_RESIDENT) == [("remark", [WORDS])]
    await hear(reports_doors, two.split)
    assert await told(reports_doors, report["id"]) == [("remark", [WORDS])]


async def test_they_are_gone_when_the_words_are_by_age(reports_doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    await decided(reports_doors, ROOT)
    report = await filed(reports_doors, answers={"remark": WORDS})
    assert (await step(reports_doors, RESIDENT, report["id"], "withdrawal")).status_code == 200
    later = datetime.now(UTC) + timedelta(days=4 * 365)
    monkeypatch.setattr(reports_doors.running.settings.clock, "now", lambda: later)
    await retention.run(reports_doors.running)
    assert [(row.sealed_text, row.sealed_answers) for row in await reports_doors.rows("select * from reports")] == [(b"", None)]


async def test_programs_are_asked_by_the_definition_of_the_community(reports_doors: Doors) -> None:
    await decided(reports_doors, {"category": "lighting", "fields": [{**REMARK, "required": True}, WHEN, NOTE]}, STAIRS)
    listed = {row["service_code"]: row for row in (await asked(reports_doors, "services")).json()}
    assert listed["lighting"]["metadata"]
    assert not listed["other"]["metadata"]
    defined = (await asked(reports_doors, "services/lighting")).json()["attributes"]
    assert [(row["code"], row["datatype"], row["required"], row["variable"], row["order"]) for row in defined] == [
        ("subcategory", "singlevaluelist", False, True, 1), ("remark", "text", True, True, 2),
        ("when", "multivaluelist", False, True, 3), ("note", "string", False, False, 4),
    ]
    assert {"key": "stairwell", "name": "楼道灯"} in defined[0]["values"]
    key = await key_for(reports_doors)
    good = {"attribute[remark]": WORDS, "attribute[when][]": ["night", "day"], "attribute[subcategory]": "stairwell",
            "attribute[colour]": "红"}
    [made] = (await sent(reports_doors, lamp(key, address_id=UNIT, **good))).json()
    async with reports_doors.client(GRID) as grid:
        seen = (await grid.get(f"/api/v1/reports/{made['service_request_id']}")).json()
    assert (seen["subcategory"], seen["text"]) == ("stairwell", "路灯不亮")
    assert [(row["code"], row["names"]) for row in seen["answers"]] == [("remark", [WORDS]), ("when", ["夜间", "白天"])]
    for wrong in ({"attribute[remark]": None}, {"attribute[remark]": "a" * (LONGEST_TEXT + 1)}, {"attribute[when]": "noon"},
                  {"attribute[subcategory]": "nowhere"}, {"attribute[subcategory]": ["stairwell", "street"]}):
        answer = await sent(reports_doors, lamp(key, address_id=UNIT, **(good | wrong)))
        assert (answer.status_code, bool(answer.json()[0]["description"])) == (400, True), wrong
    assert len(await reports_doors.rows("select 1 from reports")) == 1


async def test_what_a_program_sends_again_is_the_same_request_whatever_is_asked_by_now(reports_doors: Doors) -> None:
    key = await key_for(reports_doors)
    fields = lamp(key, address_id=UNIT, idempotency_token="fms-4711")
    [first] = (await sent(reports_doors, fields)).json()
    await decided(reports_doors, {"category": "lighting", "fields": [{**REMARK, "required": True}]})
    again = await sent(reports_doors, fields)
    assert (again.status_code, again.json()[0]["service_request_id"]) == (201, first["service_request_id"])
    assert (await sent(reports_doors, {**fields, "idempotency_token": "fms-4712"})).status_code == 400


async def test_who_takes_reports_over_from_elsewhere_is_asked_nothing(reports_doors: Doors) -> None:
    """A sheet or another city's file has no answers; what it says is not lost for that."""
    await decided(reports_doors, {"category": "lighting", "fields": [{**REMARK, "required": True}]})
    assert (await file(reports_doors)).status_code == 422
    sheet = f"原编号,类别,描述,区域编码\n巡-1,楼道照明,灯不亮,{UNIT}\n".encode()
    async with reports_doors.client(GRID) as grid:
        answer = await grid.post("/api/v1/report-sheets", content=sheet, headers={**keyed(), "content-type": "text/csv"})
    assert (answer.status_code, answer.json()["new"]) == (200, 1), answer.text


LIST = Field("b", "乙", "multivaluelist", values=(("x", "一"), ("y", "二")))
FIELDS = (Field("a", "甲", "string"), LIST, Field("c", "丙", "number"))
VALUES = some.text(max_size=4) | some.sampled_from(("x", "y", "7", "-1.5"))


@settings(deadline=None)
@given(some.dictionaries(some.sampled_from("abcd"), some.lists(VALUES, max_size=3)))
def test_what_is_taken_reads_back_as_it_was_and_is_within_what_was_asked(said: dict[str, list[str]]) -> None:
    try:
        found = answered(FIELDS, said)
    except AttributeUnfit:
        return
    assert "d" not in said
    assert read_back(json.loads(json.dumps(kept(found)))) == found
    for field in found:
        assert set(field.values) <= {value.strip() for value in said[field.code]}
        assert field.code != "b" or set(field.values) <= {"x", "y"}


def test_so_long_and_no_longer() -> None:
    line, text = Field("a", "甲"), Field("t", "丁", "text")
    assert line.read(["字" * LONGEST_LINE])
    assert text.read(["字" * LONGEST_TEXT])
    for field, many in ((line, LONGEST_LINE), (text, LONGEST_TEXT)):
        with pytest.raises(AttributeUnfit):
            field.read(["字" * (many + 1)])
    for odd in ("两\n行", "a\x00b", "\u202eabc"):
        with pytest.raises(AttributeUnfit):
            line.read([odd])
    many = [Field(f"t{n}", str(n), "text") for n in range(5)]
    with pytest.raises(AttributeUnfit):
        answered(many, {field.code: ["字" * (LONGEST_ANSWERS // 5 + 1)] for field in many})
    assert len(answered(many, {field.code: ["字" * (LONGEST_ANSWERS // 5)] for field in many})) == 5
