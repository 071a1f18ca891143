"""号源表: looked at row by row, done as a whole or not at all, the same twice as once; by staff and by the hospital itself."""

import asyncio
import base64
import csv
import io
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from builders.days import today
from builders.doors import Doors
from builders.fhir import Hospital, accepted, hospital
from builders.house import entered
from builders.hut import ask, book, problem
from builders.world import ADMIN, DOCTOR, FAR_DOCTOR, FAR_OFFICER, HERE, LONG_AGO, OFFICER, RESIDENT, SECOND_RESIDENT, Person
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from chassis import bus, directory
from chassis.sheets import NotASheet, Sheet, of_csv, whole
from chassis.testing import arrived
from contracts.area import Role
from contracts.calendar import CHENGDU
from contracts.identity import AssignmentChanged, UnitChanged
from services.health.actions import slot_sheets as acts
from services.health.domain.slot import Slot, slot_key
from services.health.domain.slot_plan import There, judge
from services.health.domain.slot_rows import MOST_COLUMNS, MOST_ROWS, read, report

DAY = today(9)
NAME = "柳医生"
DEPARTMENT = "东郊医院心内科"
HUT = Person(role=Role.HUT_STAFF, area=HERE)
Row = dict[str, Any]


def row(begins: str = "09:00", ends: str = "09:20", **more: Any) -> Row:
    return {"医生姓名": NAME, "科室": DEPARTMENT, "日期": DAY, "开始": begins, "结束": ends, **more}


def sheet(*rows: Row, encoding: str = "utf-8-sig") -> bytes:
    """As Excel writes it."""
    titles = list(dict.fromkeys(title for one in rows for title in one))
    out = io.StringIO(newline="")
    csv.writer(out).writerows([titles, *([one.get(title, "") for title in titles] for one in rows)])
    return out.getvalue().encode(encoding)


@pytest.fixture
async def east(health_doors: Doors) -> Hospital:
    made = await hospital(health_doors)
    await serves(made, DOCTOR.id, NAME)
    await serves(made, HUT.id, "小屋", Role.HUT_STAFF)
    return made


async def serves(
    east: Hospital, person: UUID, name: str, role: Role = Role.DOCTOR, *, unit: UUID | None = None,
) -> None:
    said = AssignmentChanged(
        area=HERE, assignment_id=uuid4(), person_id=person, role=role, display_name=name, starts_at=LONG_AGO, unit_id=unit,
    )
    await bus.handle(east.doors.running.database, directory.consumers("health"), arrived(said, LONG_AGO))


async def send(east: Hospital, content: bytes, path: str = "", person: Person = OFFICER, key: str = "") -> httpx.Response:
    async with east.doors.client(person) as client:
        said = {"content-type": "text/csv"}
        return await client.post(f"/api/v1/hospitals/{key or east.id}/slot-sheet{path}", content=content, headers=said)


async def lying(east: Hospital) -> list[Any]:
    return await east.doors.rows("select * from slots order by starts_at")


def counts(answer: httpx.Response) -> tuple[int, int, int, int]:
    assert answer.status_code == 200, answer.text
    said = answer.json()
    return said["made"], said["changed"], said["same"], said["wrong"]


def codes(answer: httpx.Response) -> list[tuple[int, str, str]]:
    return [(one["row"], one["column"], one["code"]) for one in answer.json()["problems"]]


async def test_a_sheet_is_looked_at_then_brought_in_and_the_same_twice_is_the_same_once(east: Hospital) -> None:
    booth = await entered(east.doors, "rooms", name="二号诊间")
    opens = f"{DAY - timedelta(days=2)} 07:00"
    content = sheet(
        row(号数=3, 放号时间=opens, 诊间="二号诊间", 序号=1, 预留号数=1, 预留截止=f"{DAY - timedelta(days=1)} 12:00"),
        row("9：20", "9:40:00", 就诊方式="小屋视频", 日期=f"{DAY.year}年{DAY.month}月{DAY.day}日"),
        row("10:00", "10:20", 日期=f"{DAY.year}/{DAY.month}/{DAY.day}"),
    )
    assert counts(await send(east, content, "/preview")) == (3, 0, 0, 0)
    assert await lying(east) == [], "a look changes nothing"
    assert counts(await send(east, content)) == (3, 0, 0, 0)
    first, second, third = await lying(east)
    begins = datetime(DAY.year, DAY.month, DAY.day, 9, tzinfo=CHENGDU)
    assert (first.starts_at, first.ends_at, first.capacity) == (begins, begins + timedelta(minutes=20), 3)
    assert (first.opens_at, first.set_aside) == (begins - timedelta(days=2, hours=2), 1)
    assert (str(first.room_id), first.doctor_id, first.id) == (booth, DOCTOR.id, slot_key(DOCTOR.id, begins))
    assert (second.modality, third.modality, third.capacity, third.opens_at) == ("video_hut", "in_person", 1, None)
    assert counts(await send(east, content)) == (0, 0, 3, 0)
    (said,) = await east.doors.rows("select reason from audit where action = 'slots.import' and reason like '%+3%'")
    assert said.reason.endswith("+3 ~0 =0")
    assert [one["id"] for one in await east.found("Slot", _sort="start")] == [str(one.id) for one in (first, second, third)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
async def test_it_is_read_however_a_spreadsheet_in_china_wrote_it(east: Hospital, encoding: str) -> None:
    assert counts(await send(east, sheet(row(), encoding=encoding))) == (1, 0, 0, 0)
    tabbed = sheet(row(), encoding=encoding).replace(b",", b"\t")
    assert counts(await send(east, tabbed, "/preview")) == (0, 0, 1, 0)


async def test_each_row_that_cannot_be_is_named_with_its_remedy_and_nothing_of_the_sheet_is_done(east: Hospital) -> None:
    other = uuid4()
    await serves(east, other, "同名")
    await serves(east, uuid4(), "同名")
    rows = [
        row("08:00", "08:20"), row(科室="别的科室"), row(医生姓名="谁\n也不是"), row(医生姓名="同名"),
        row(医生姓名="", 医生编号=FAR_DOCTOR.id), row(医生编号=other), row(医生姓名=""), row(开始="25:00"), row(结束="09:00"),
        row(日期="2026-02-30"), row(日期=today(-1)), row(日期=today(400)), row(号数=0),
        row(号数="=1+1"), row(就诊方式="电话"), row(诊间="没有"), row(预留号数=2), row(放号时间=f"{DAY} 09:00"),
        row("08:00", "08:20"), row("08:10", "08:30"), row(科室=""), row(医生编号="7"), row(诊间="长" * 65),
    ]
    content = sheet(*rows)
    answer = await send(east, content)
    assert problem(answer) == (422, "slot-sheet-unfit")
    assert codes(answer) == [
        (3, "科室", "no-department"), (4, "医生姓名", "not-a-doctor-here"), (5, "医生姓名", "which-doctor"),
        (6, "医生编号", "not-a-doctor-here"), (7, "医生姓名", "another-doctor"), (8, "整行", "no-doctor"),
        (9, "开始", "not-a-time"), (10, "结束", "upside-down"), (11, "日期", "not-a-day"), (12, "日期", "past"),
        (13, "日期", "far"), (14, "号数", "not-a-number"),
        (15, "号数", "formula"), (16, "就诊方式", "not-a-way"), (17, "诊间", "no-room"), (18, "预留号数", "set-aside"),
        (19, "放号时间", "opens-late"), (20, "整行", "twice"), (21, "整行", "overlaps-row"), (22, "科室", "empty"),
        (23, "医生编号", "not-an-id"), (24, "诊间", "too-long"),
    ]
    assert (answer.json()["wrong"], await lying(east)) == (22, [])
    assert all(one["problem"] and one["remedy"] for one in answer.json()["problems"])
    assert "别的科室" not in answer.text
    looked = await send(east, content, "/preview")
    assert (looked.status_code, codes(looked)) == (200, codes(answer))
    told = await send(east, content, "/report")
    assert (told.headers["content-type"], told.content[:3]) == ("text/csv; charset=utf-8", b"\xef\xbb\xbf")
    titles, *body = csv.reader(io.StringIO(told.content.decode("utf-8-sig"), newline=""))
    assert (titles[-2:], len(body)) == (["行号", "问题"], len(rows))
    assert body[0][-1] == ""
    assert body[1][-1].startswith("科室：本医院没有这个科室。请核对")
    assert body[13][titles.index("号数")] == "'=1+1"
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for line in body for cell in line)


@pytest.mark.parametrize(("content", "told"), [
    (b"", "not-a-sheet"), (b"\xff\xff\xff", "not-a-sheet"),
    (sheet(row()).split(b"\r")[0], "not-a-sheet"),
    (b'\xe7\xa7\x91\n"a', "not-a-sheet"), ("科室\n内科\0".encode(), "not-a-sheet"),
    (sheet({"科室": "x"}), "columns-unfit"), (sheet(row(备注="x")), "columns-unfit"),
    (sheet(row()).replace("医生姓名".encode(), "科室".encode()), "columns-unfit"),
    (("科室" + "," * 20 + "\n内科").encode(), "sheet-too-long"),
    (("科室\n" + "内科\n" * 2001).encode(), "sheet-too-long"),
])
async def test_what_is_no_sheet_is_refused_as_a_whole(east: Hospital, content: bytes, told: str) -> None:
    for path in ("", "/preview", "/report"):
        assert problem(await send(east, content, path)) == (422, told)
    assert problem(await send(east, b"x" * 262_145)) == (413, "body-too-large")


async def test_who_keeps_hours_there_brings_in_and_nobody_else(east: Hospital) -> None:
    for path in ("", "/preview", "/report"):
        for person, status in ((RESIDENT, 404), (DOCTOR, 403), (FAR_OFFICER, 404)):
            assert (await send(east, b"", path, person)).status_code == status, (path, person)
        assert (await send(east, sheet(row()), path, key=str(uuid4()))).status_code == 404
    for person in (HUT, OFFICER, ADMIN):
        assert (await send(east, sheet(row()), person=person)).status_code == 200
    async with east.doors.client(HUT) as client:
        empty = await client.get(f"/api/v1/hospitals/{east.id}/slot-sheet")
    assert "医生姓名" in empty.content.decode("utf-8-sig")
    assert counts(await send(east, empty.content.replace("全科医学科".encode(), DEPARTMENT.encode()), "/preview"))[3] >= 1
    async with east.doors.client(RESIDENT) as client:
        assert (await client.get(f"/api/v1/hospitals/{east.id}/slot-sheet")).status_code == 404


async def test_of_a_hospital_with_a_pool_of_its_own_nothing_is_brought_in(east: Hospital) -> None:
    theirs = await entered(east.doors, "hospitals", name="西区医院", adapter="csv", pool="theirs")
    assert problem(await send(east, sheet(row()), key=theirs)) == (409, "pool-not-ours")


async def test_never_fewer_seats_than_are_somebodys_and_what_is_booked_stays_as_it_was_booked(east: Hospital) -> None:
    await send(east, sheet(row(号数=3)))
    (slot,) = await lying(east)
    assert (await book(east.doors, RESIDENT, str(slot.id))).status_code == 201
    second = await book(east.doors, SECOND_RESIDENT, str(slot.id))
    given_back = (await east.doors.rows("select id from appointments where seat = 1"))[0].id
    assert (await ask(east.doors, RESIDENT, f"appointments/{given_back}/cancellation")).status_code == 200
    assert second.status_code == 201, "the second number is somebody's, the first one free"
    for wrong, told in ((row(号数=1), (2, "号数", "below-booked")), (row(号数=3, 结束="09:30"), (2, "整行", "booked")),
                        (row(号数=3, 就诊方式="居家视频"), (2, "整行", "booked"))):
        assert codes(await send(east, sheet(wrong))) == [told]
    assert counts(await send(east, sheet(row(号数=2), row("10:00", "10:20")))) == (1, 1, 0, 0)
    assert [one.capacity for one in await lying(east)] == [2, 1]


async def test_what_nobody_booked_is_changed_and_makes_room_for_what_is_new(east: Hospital) -> None:
    await send(east, sheet(row("09:00", "10:00")))
    assert counts(await send(east, sheet(row("09:00", "09:30"), row("09:30", "10:00")))) == (1, 1, 0, 0)
    assert codes(await send(east, sheet(row("09:10", "09:20")))) == [(2, "整行", "doctor-elsewhere")]
    assert codes(await send(east, sheet(row("09:00", "09:40")))) == [(2, "整行", "doctor-elsewhere")]


async def test_a_time_that_is_called_off_is_neither_opened_nor_changed_by_a_sheet(east: Hospital) -> None:
    await send(east, sheet(row()))
    await _done(east, "update slots set closed = true")
    assert counts(await send(east, sheet(row()))) == (0, 0, 1, 0)
    assert codes(await send(east, sheet(row(号数=2)))) == [(2, "整行", "closed")]
    assert await east.doors.rows("select 1 from slots where closed") != []


async def test_a_time_of_another_hospital_is_not_this_ones(east: Hospital) -> None:
    west = await hospital(east.doors, "西郊医院")
    await send(east, sheet(row()))
    answer = await send(west, sheet(row(科室="西郊医院心内科")), key=west.id)
    assert codes(answer) == [(2, "整行", "not-yours")]
    await _done(east, "update slots set department_id = null")
    assert codes(await send(east, sheet(row()))) == [(2, "整行", "not-yours")]


async def test_whose_office_is_at_another_hospital_is_not_this_ones_doctor(east: Hospital) -> None:
    mine, other, team = uuid4(), uuid4(), uuid4()
    for unit, kind in ((mine, "hospital"), (other, "hospital"), (team, "doctor_team")):
        said = UnitChanged(area=HERE, unit_id=unit, kind=kind, name="某处", serves=(HERE,))
        await bus.handle(east.doors.running.database, directory.consumers("health"), arrived(said, LONG_AGO))
        await serves(east, uuid4(), f"{kind} {unit}", unit=unit)
    wanted = sheet(row(医生姓名=f"hospital {other}"))
    assert codes(await send(east, wanted)) == [(2, "医生姓名", "not-a-doctor-here")]
    assert codes(await send(east, sheet(row(医生姓名=f"hospital {mine}")))) == [(2, "医生姓名", "not-a-doctor-here")]
    assert counts(await send(east, sheet(row(医生姓名=f"doctor_team {team}")))) == (1, 0, 0, 0)
    async with east.doors.whole.begin() as connection:
        await connection.execute(text("update hospitals set unit_id = :unit where id = :id"), {"unit": mine, "id": UUID(east.id)})
    assert counts(await send(east, sheet(row("11:00", "11:20", 医生姓名=f"hospital {mine}")))) == (1, 0, 0, 0)
    assert codes(await send(east, wanted)) == [(2, "医生姓名", "not-a-doctor-here")]


async def _done(east: Hospital, line: str) -> None:
    async with east.doors.whole.begin() as connection:
        await connection.execute(text(line))


async def test_of_twelve_who_bring_in_the_same_sheet_at_once_one_does(east: Hospital) -> None:
    await serves(east, second := uuid4(), "二号医生")
    content = sheet(*(
        row(f"{8 + n}:00", f"{8 + n}:30", 医生姓名="", 医生编号=who) for n in range(8) for who in (DOCTOR.id, second)
    ))
    answers = await asyncio.gather(*(send(east, content) for _ in range(12)))
    assert Counter(map(counts, answers)) == {(16, 0, 0, 0): 1, (0, 0, 16, 0): 11}
    assert len(await lying(east)) == 16


async def test_as_many_rows_as_are_taken_are_brought_in(east: Hospital) -> None:
    begins = datetime(DAY.year, DAY.month, DAY.day, tzinfo=CHENGDU)
    moments = [begins + timedelta(minutes=5 * n) for n in range(0, 4000, 2)]
    content = sheet(*(row(f"{one:%H:%M}", f"{one + timedelta(minutes=5):%H:%M}", 日期=one.date()) for one in moments))
    assert counts(await send(east, content)) == (2000, 0, 0, 0)
    assert counts(await send(east, content)) == (0, 0, 2000, 0)


async def test_seats_are_not_taken_away_under_those_who_book_at_that_moment(east: Hospital) -> None:
    await send(east, sheet(row(号数=2)))
    (slot,) = await lying(east)
    buyers = [book(east.doors, person, str(slot.id)) for person in (RESIDENT, SECOND_RESIDENT)]
    await asyncio.gather(*buyers, *(send(east, sheet(row(号数=n % 2 + 1))) for n in range(8)))
    (after,) = await lying(east)
    seats = await east.doors.rows("select seat from appointments where state = 'booked'")
    assert max((one.seat for one in seats), default=0) <= after.capacity


async def test_who_dies_in_the_middle_leaves_nothing(east: Hospital) -> None:
    content = sheet(*(row(f"{8 + n}:00", f"{8 + n}:30") for n in range(8)))
    officer, _ = await east.doors.running.directory.actor(OFFICER.id)

    async def dies(work: Any) -> None:
        await acts.bring_in(work, UUID(east.id), content, by=officer)
        await work.session.flush()
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await east.doors.running.database.do(dies)
    assert await lying(east) == []
    assert await east.doors.rows("select 1 from audit where action = 'slots.import'") == []


async def fhir(east: Hospital, body: Any, scope: str = "system/Slot.cu", **headers: str) -> httpx.Response:
    async with east.client(scope, **headers) as client:
        if isinstance(body, bytes):
            return await client.post("/fhir/Slot/$import", content=body, headers={"content-type": "text/csv; charset=utf-8"})
        return await client.post("/fhir/Slot/$import", json=body)


def parameters(**given: Any) -> dict[str, Any]:
    return {"resourceType": "Parameters", "parameter": [{"name": name, **value} for name, value in given.items()]}


async def test_a_hospitals_program_brings_in_its_own_in_each_form_of_the_operation(east: Hospital) -> None:
    data = base64.b64encode(sheet(row())).decode()
    binary = {"resourceType": "Binary", "contentType": "text/csv", "data": data}
    looked = await fhir(east, parameters(sheet={"valueBase64Binary": data}, preview={"valueBoolean": True}))
    assert accepted(looked.json())
    said = {one["name"]: one for one in looked.json()["parameter"]}
    assert (said["made"]["valueInteger"], said["same"]["valueInteger"], await lying(east)) == (1, 0, [])
    assert NAME in base64.b64decode(said["report"]["resource"]["data"]).decode("utf-8-sig")
    forms = sheet(row()), binary, parameters(sheet={"resource": binary}), parameters(sheet={"valueBase64Binary": data})
    for n, body in enumerate(forms):
        answer = await fhir(east, body)
        assert (answer.status_code, accepted(answer.json())) == (200, 1), answer.text
        done = {one["name"]: one["valueInteger"] for one in answer.json()["parameter"]}
        assert done == {"rows": 1, "made": int(n == 0), "changed": 0, "same": int(n > 0)}
    (audited, *_) = await east.doors.rows("select actor_id from audit where action = 'slots.import'")
    assert audited.actor_id == east.program.id


async def test_what_cannot_be_is_an_issue_a_row(east: Hospital) -> None:
    answer = await fhir(east, sheet(row(), row(科室="哪里"), row(开始="9点")))
    made = answer.json()
    assert (answer.status_code, made["resourceType"], accepted(made)) == (422, "OperationOutcome", 1)
    assert [one["details"]["coding"][0]["code"] for one in made["issue"]] == ["slot-sheet-unfit", "no-department", "not-a-time"]
    assert [one["diagnostics"] for one in made["issue"][1:]] == ["row 3, 科室", "row 4, 开始"]
    unsure = parameters(sheet={"valueBase64Binary": "eA=="}, preview={"valueString": "no"})
    for body in ({"resourceType": "Binary"}, {"resourceType": "Binary", "data": "%"}, parameters(), {"resourceType": "Slot"},
                 parameters(sheet={"valueInteger": 1}), unsure):
        assert (await fhir(east, body)).status_code == 400, body
    assert await lying(east) == []


async def test_both_letters_are_wanted_before_anything_is_read(east: Hospital) -> None:
    for scope in ("system/Slot.rs", "system/Slot.c", "system/Slot.u", "system/Schedule.cu", "system/Appointment.crus"):
        answer = await fhir(east, b"", scope)
        assert (answer.status_code, answer.json()["issue"][0]["details"]["coding"][0]["code"]) == (403, "scope-missing"), scope
    stranger = Hospital(east.doors, east.id, east.department)
    answer = await fhir(stranger, sheet(row()))
    assert answer.json()["issue"][0]["details"]["coding"][0]["code"] == "not-a-hospitals-program"


async def test_what_the_operation_takes_stands_in_its_definition(east: Hospital) -> None:
    kinds = {one["type"]: one for one in (await east.get("metadata")).json()["rest"][0]["resource"]}
    (listed,) = [one for one in kinds["Slot"]["operation"] if one["name"] == "import"]
    made = (await east.get(listed["definition"].partition("/fhir/")[2])).json()
    assert (made["id"], made["type"], made["instance"], made["resource"]) == ("slot-import", True, False, ["Slot"])
    assert accepted(made)


@pytest.mark.parametrize("day", [
    "0001-01-01", "1969-12-31", "9999-12-31", "2026-13-01", "2026-1", "二〇二六-01-01", "２０２６-01-01", "",
])
def test_a_day_that_nobody_plans_is_none(day: str) -> None:
    lines, problems = read(parsed(sheet(row(日期=day), row(放号时间=f"{day} 07:00"))))
    assert (lines, [one.word for one in problems]) == ([], ["not-a-day" if day else "empty", "not-a-moment"])


times, few = st.integers(0, 20), st.integers(1, 4)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(times, few, few, st.integers(0, 3)), max_size=6, unique_by=lambda one: one[0]),
    st.lists(st.tuples(times, few, few), max_size=6),
)
def test_what_is_planned_leaves_no_two_times_at_once_and_no_seat_without_a_chair(
    there: list[tuple[int, int, int, int]], wanted: list[tuple[int, int, int]]
) -> None:
    """Whatever was there that did not overlap: if nothing is wrong, all of it together does not either."""
    ours, doctor, department = uuid4(), uuid4(), uuid4()
    now = datetime(2026, 12, 1, tzinfo=UTC)

    def slot(begins: int, long: int, capacity: int) -> Slot:
        start = now + timedelta(hours=1 + begins)
        return Slot(uuid4(), HERE, doctor, start, start + timedelta(hours=long), capacity, department_id=department)

    lie: list[There] = []
    for begins, long, capacity, highest in sorted(there):
        made = slot(begins, long, max(capacity, highest))
        if not lie or lie[-1].slot.ends_at <= made.starts_at:
            lie.append(There(made, ours, highest))
    plan = judge([slot(*one) for one in wanted], lie, ours, at=now)
    assert len(plan.made) + len(plan.changed) + plan.same + len(plan.wrong) == len(wanted)
    for one, changes in plan.changed:
        vars(one).update(changes)
    every = sorted([*(one.slot for one in lie), *plan.made], key=lambda one: one.starts_at)
    if not plan.wrong:
        assert all(first.ends_at <= second.starts_at for first, second in pairwise(every))
    assert all(one.highest <= one.slot.capacity for one in lie)


def parsed(content: bytes) -> Sheet:
    return whole(of_csv(content), rows=MOST_ROWS, columns=MOST_COLUMNS)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_whatever_is_sent_is_a_sheet_or_is_none(content: bytes) -> None:
    try:
        found = parsed(content)
    except NotASheet:
        return
    assert len(list(csv.reader(io.StringIO(report(found, ()), newline="")))) == len(found.rows) + 1
