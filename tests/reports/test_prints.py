"""照片相似: of two reports near each other whose photos show the same staff are told; a reason to look, never told outside."""

from io import BytesIO
from itertools import combinations
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from builders.doors import Doors, keyed
from builders.world import FAR_RESIDENT, FAR_ROOM, GRID, HERE, OFFICER, RESIDENT, SECOND_RESIDENT, UNIT, Person
from PIL import Image, ImageEnhance

from chassis import bus, privacy
from chassis.testing import arrived
from contracts.reports import ReportSubmitted
from services.reports import consumers, jobs
from services.reports.actions.images import looks
from services.reports.domain.likeness import ALIKE, are_alike
from services.reports.domain.report import Report

PHOTOS = Path(__file__).with_name("photos")
NAMES = ("astronaut", "chelsea", "coffee", "rocket")


def picture(name: str, *, side: int = 400, light: float = 1.0) -> Image.Image:
    with Image.open(PHOTOS / f"{name}.jpg") as opened:
        return ImageEnhance.Brightness(opened.convert("RGB").resize((side, side))).enhance(light)


def written(shown: Image.Image, quality: int = 85) -> bytes:
    out = BytesIO()
    shown.save(out, "JPEG", quality=quality)
    return out.getvalue()


def print_of(shown: Image.Image) -> bytes:
    made = looks(shown)
    assert made is not None
    return made


@pytest.mark.parametrize("name", NAMES)
def test_the_same_picture_is_known_again_smaller_lighter_and_written_anew(name: str) -> None:
    again = Image.open(BytesIO(written(picture(name, side=300, light=1.15), 50)))
    assert are_alike([print_of(picture(name))], [print_of(again)])


def test_pictures_of_different_things_are_not_alike() -> None:
    assert [pair for pair in combinations(NAMES, 2) if are_alike(*[[print_of(picture(one))] for one in pair])] == []


def test_what_is_the_same_all_over_looks_like_nothing() -> None:
    """A bare wall, one of bricks, gravel: of such every photo is like every other."""
    even = (Image.new("RGB", (400, 400), (200, 200, 190)), picture("brick"), picture("gravel"))
    assert [looks(one) for one in even] == [None] * 3


async def filed(doors: Doors, shown: Image.Image, person: Person = RESIDENT, **said: object) -> str:
    """A report with this photo, not developed yet."""
    content = written(shown)
    async with doors.client(person) as client:
        wanted = {"kind": "report-photo", "content_type": "image/jpeg", "size": len(content)}
        grant = (await client.post("/api/v1/uploads?for=reports", json=wanted, headers=keyed())).json()
        async with httpx.AsyncClient() as phone:
            assert (await phone.put(grant["url"], content=content, headers=grant["headers"])).status_code == 200
        body = {
            "text": "灯坏了", "category": "lighting", "place": {"area": UNIT}, "client_token": str(uuid4()),
            "photos": [grant["id"]],
        }
        answer = await client.post("/api/v1/reports", json=body | said, headers=keyed())
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def waiting(doors: Doors) -> list[dict[str, Any]]:
    async with doors.client(OFFICER) as officer:
        return list((await officer.get("/api/v1/doubles")).json()["items"])


async def heard(doors: Doors, key: str) -> None:
    """The worker hears that it was filed."""
    async with doors.running.database.reading() as work:
        report = await work.session.get_one(Report, UUID(key))
    said = ReportSubmitted(
        area=report.area, recipients=(report.reporter_id,), report_id=report.id, number=report.number,
        reporter_id=report.reporter_id, category=report.category,
    )
    await bus.handle(doors.running.database, consumers.doubles, arrived(said, report.submitted_at))


async def test_what_shows_the_same_near_it_is_suggested_whatever_was_said(reports_doors: Doors) -> None:
    first = await filed(reports_doors, picture("chelsea"))
    other = await filed(reports_doors, picture("chelsea", side=300, light=1.1), SECOND_RESIDENT, category="noise", text="有猫叫")
    await filed(reports_doors, picture("rocket"), SECOND_RESIDENT, category="noise", text="很吵")
    await jobs.develop_photos(reports_doors.running)
    [pair] = await waiting(reports_doors)
    assert (pair["report_id"], pair["other_id"], pair["why"]) == (other, first, ["同一单元", ALIKE])
    async with reports_doors.client(SECOND_RESIDENT) as neighbour:
        told = await neighbour.post("/api/v1/doubles", json={"category": "lighting", "place": {"area": UNIT}})
    assert ALIKE not in told.text


async def test_whichever_is_developed_first_the_pair_is_the_same(reports_doors: Doors) -> None:
    first, other = [await filed(reports_doors, picture("chelsea"), category=one) for one in ("lighting", "noise")]
    async with reports_doors.whole.begin() as connection:  # the first one's is developed last
        later = "update uploads set created_at = now() + interval '1 second' where claimed_by = "
        await connection.exec_driver_sql(f"{later}'before/{first}'")
    await jobs.develop_photos(reports_doors.running)
    [pair] = await waiting(reports_doors)
    assert (pair["report_id"], pair["other_id"]) == (other, first)


async def test_words_and_photo_are_two_reasons_of_one_suggestion(reports_doors: Doors) -> None:
    keys = [await filed(reports_doors, picture("coffee"), text="楼道灯坏了，晚上看不见路") for _ in range(2)]
    await heard(reports_doors, keys[1])
    await jobs.develop_photos(reports_doors.running)
    await heard(reports_doors, keys[1])
    [pair] = await waiting(reports_doors)
    assert pair["why"] == ["同一单元", "同类问题", "描述相近", ALIKE]


async def test_what_lies_elsewhere_is_not_compared(reports_doors: Doors) -> None:
    await filed(reports_doors, picture("coffee"))
    await filed(reports_doors, picture("coffee"), category="noise", place={"area": f"{HERE}.g01"})
    await filed(reports_doors, picture("coffee"), FAR_RESIDENT, place={"area": FAR_ROOM.rpartition(".")[0]})
    for lat in (30.62, 30.62 + 140 / 111_195):  # looked at, and too far away
        await filed(reports_doors, picture("rocket"), place={"area": f"{HERE}.g03", "lat": lat, "lng": 104.12, "crs": "wgs84"})
    await jobs.develop_photos(reports_doors.running)
    assert await waiting(reports_doors) == []


async def test_what_staff_dismissed_stays_dismissed(reports_doors: Doors) -> None:
    later = [await filed(reports_doors, picture("coffee")) for _ in range(2)][1]
    await heard(reports_doors, later)
    [pair] = await waiting(reports_doors)
    async with reports_doors.client(GRID) as grid:
        assert (await grid.post(f"/api/v1/doubles/{pair['id']}/dismissal")).status_code == 200
    before = await reports_doors.rows("select * from doubles")
    await jobs.develop_photos(reports_doors.running)  # one more reason
    assert await reports_doors.rows("select * from doubles") == before
    assert await waiting(reports_doors) == []


async def test_a_forgotten_persons_photo_is_compared_no_more_and_its_print_goes_with_it(reports_doors: Doors) -> None:
    running = reports_doors.running
    await filed(reports_doors, picture("coffee"))
    await jobs.develop_photos(running)
    held = running.service.personal
    assert held is not None
    await running.database.do(lambda work: privacy.erase(work, held, RESIDENT.id))
    await filed(reports_doors, picture("coffee"), SECOND_RESIDENT, category="noise")
    await jobs.develop_photos(running)
    assert await waiting(reports_doors) == []
    async with reports_doors.whole.begin() as connection:
        await connection.exec_driver_sql("update uploads set created_at = now() - interval '13 minutes'")
    await jobs.forget_photos(running)
    assert len(await reports_doors.rows("select 1 from prints")) == 1
