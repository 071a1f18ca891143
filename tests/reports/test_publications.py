"""公开照片: nobody outside sees a photo before detector and staff looked at it, nor what they covered; it can be taken back."""

import asyncio
from datetime import UTC, datetime
from io import BytesIO
from uuid import UUID, uuid4

import httpx
import pytest
from builders.doors import Doors
from builders.life import named, step
from builders.photos import BOX, PORTRAIT, act, filed, found, media, opened, published, seen
from builders.world import FAR_OFFICER, FAR_RESIDENT, GRID, OFFICER, RESIDENT, ROOM, SECOND_RESIDENT, Person
from PIL import Image
from sqlalchemy.exc import IntegrityError

from chassis import bus, privacy
from chassis.db import Work
from chassis.testing import arrived
from contracts.identity import ErasureRequested
from services.reports import jobs
from services.reports.actions import shutter


async def test_nobody_outside_sees_a_photo_before_detector_and_staff_looked_at_it(reports_doors: Doors) -> None:
    key, picture = await filed(reports_doors)
    assert (await seen(reports_doors, key))["state"] is None
    too_early = await act(reports_doors, key, picture, "publication", body={"boxes": []})
    assert too_early.status_code == 404, "nobody had it looked at"
    for until in ("preparation", None):
        if until:
            await act(reports_doors, key, picture, until)
            assert named(await act(reports_doors, key, picture, "publication", body={"boxes": []})) == "not-to-be-published"
        else:
            await jobs.cover_photos(reports_doors.running)
        assert (await opened(reports_doors, picture)).status_code == 404
        assert await media(reports_doors, key) is None
    shown = await seen(reports_doors, key)
    assert (shown["state"], shown["width"], shown["boxes"][0]["what"]) == ("found", 256, "face")
    assert shown["covered_url"] != shown["url"]


async def test_what_is_shown_to_everybody_is_the_copy_with_the_boxes_that_staff_said(reports_doors: Doors) -> None:
    key, picture = await found(reports_doors)
    card = {"x": 180, "y": 180, "width": 60, "height": 60, "what": "other"}  # not where the face is
    looked = len((await seen(reports_doors, key))["boxes"])
    assert (await act(reports_doors, key, picture, "publication", body={"boxes": [card]})).json()["state"] == "wanted"
    await jobs.cover_photos(reports_doors.running)
    answer = await opened(reports_doors, picture)
    assert (answer.status_code, answer.headers["cache-control"]) == (307, "no-store")
    async with httpx.AsyncClient() as anybody:
        copy = Image.open(BytesIO((await anybody.get(answer.headers["location"])).content)).convert("RGB")
    whole = Image.open(BytesIO(PORTRAIT)).convert("RGB")
    where, other = (180, 180, 240, 240), (0, 0, 256, 150)
    assert _differ(copy.crop(where), whole.crop(where)) > 20
    assert _differ(copy.crop(other), whole.crop(other)) < 4
    assert (await media(reports_doors, key) or "").endswith(f"/api/v1/photos/{picture}")
    shown = await seen(reports_doors, key)
    assert (shown["state"], shown["boxes"], shown["decided_by"]) == ("public", [card], str(OFFICER.id))
    assert (await reports_doors.said())[-1] == "reports.photo_published.v1"
    [told] = await reports_doors.rows("select actor_id, subject, reason from audit where action = 'photos.publish'")
    assert (told.actor_id, told.subject) == (OFFICER.id, f"photos/{picture}")
    assert told.reason == f"1 boxes, {looked} taken away, 1 added"


def _differ(one: Image.Image, other: Image.Image) -> float:
    """How far apart they are, on average, in steps of 256."""
    pairs = list(zip(one.tobytes(), other.tobytes(), strict=True))
    return sum(abs(a - b) for a, b in pairs) / len(pairs)


async def test_with_the_boxes_of_the_detector_it_is_public_at_once(reports_doors: Doors) -> None:
    key, picture = await found(reports_doors)
    boxes = (await seen(reports_doors, key))["boxes"]
    answer = await act(reports_doors, key, picture, "publication", body={"boxes": boxes})
    assert answer.json()["state"] == "public"
    assert (await opened(reports_doors, picture)).status_code == 307


@pytest.mark.parametrize("who", [OFFICER, GRID, RESIDENT], ids=["office", "grid", "reporter"])
async def test_it_is_taken_back_at_once_and_its_copy_deleted(reports_doors: Doors, who: Person) -> None:
    key, picture = await published(reports_doors)
    copy = (await reports_doors.rows("select copy_key from publications"))[0].copy_key
    assert (await act(reports_doors, key, picture, "concealment", who)).json()["state"] == "concealed"
    assert (await opened(reports_doors, picture)).status_code == 404
    assert await media(reports_doors, key) is None
    await jobs.cover_photos(reports_doors.running)
    assert await reports_doors.running.files.size(copy) is None
    assert named(await act(reports_doors, key, picture, "concealment", who)) == "not-public"
    await act(reports_doors, key, picture, "publication", body={"boxes": [BOX]})
    await jobs.cover_photos(reports_doors.running)
    assert (await reports_doors.rows("select state, version from publications"))[0] == ("public", 3)
    assert (await opened(reports_doors, picture)).status_code == 307


async def test_of_twelve_who_decide_at_once_one_does(reports_doors: Doors) -> None:
    key, picture = await found(reports_doors)
    bodies = [{"boxes": [BOX | {"x": n}]} for n in range(12)]
    answers = await asyncio.gather(*(act(reports_doors, key, picture, "publication", body=one) for one in bodies))
    assert sorted(one.status_code for one in answers) == [200] + [409] * 11
    won = next(body for body, one in zip(bodies, answers, strict=True) if one.status_code == 200)
    assert (await seen(reports_doors, key))["boxes"] == won["boxes"]
    assert (await reports_doors.said()).count("reports.photo_published.v1") == 1
    back = await asyncio.gather(*(act(reports_doors, key, picture, "concealment") for _ in range(12)))
    assert sorted(one.status_code for one in back) == [200] + [409] * 11


async def test_what_is_taken_back_while_it_is_covered_is_not_shown(reports_doors: Doors) -> None:
    """The worker is past the copy when it is taken back: it notices, and the copy goes."""
    running = reports_doors.running
    key, picture = await found(reports_doors)
    await act(reports_doors, key, picture, "publication", body={"boxes": [BOX]})
    put, kept = running.files.put, []

    async def then_it_is_taken_back(name: str, content: bytes, kind: str) -> None:
        await put(name, content, kind)
        kept.append(name)
        assert (await act(reports_doors, key, picture, "concealment", RESIDENT)).status_code == 200

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running.files, "put", then_it_is_taken_back)
        await jobs.cover_photos(running)
    assert (await opened(reports_doors, picture)).status_code == 404
    assert (await seen(reports_doors, key))["state"] == "concealed"
    assert [await running.files.size(one) for one in kept] == [None]


@pytest.mark.parametrize(("person", "what", "status"), [
    (GRID, "publication", 403), (GRID, "preparation", 403), (RESIDENT, "publication", 403), (SECOND_RESIDENT, "concealment", 404),
    (FAR_OFFICER, "publication", 404), (FAR_OFFICER, "concealment", 404), (FAR_RESIDENT, "preparation", 404),
])
async def test_who_may_not_changes_nothing(reports_doors: Doors, person: Person, what: str, status: int) -> None:
    key, picture = await found(reports_doors)
    answer = await act(reports_doors, key, picture, what, person, body={"boxes": []} if what == "publication" else None)
    assert answer.status_code == status
    assert (await reports_doors.rows("select state, decided_by from publications"))[0] == ("found", None)


async def test_a_photo_of_another_report_is_not_there(reports_doors: Doors) -> None:
    key, _ = await found(reports_doors)
    _, other = await found(reports_doors)
    for what, body in (("preparation", None), ("publication", {"boxes": []}), ("concealment", None)):
        assert (await act(reports_doors, key, other, what, body=body)).status_code == 404


@pytest.mark.parametrize("change", [
    {"x": 200}, {"y": 200}, {"x": -1}, {"width": 3}, {"height": 1601}, {"x": 1.5}, {"x": "1"}, {"what": "dog"}, {"more": 1},
])
async def test_a_box_that_is_none_is_refused_and_changes_nothing(reports_doors: Doors, change: dict[str, object]) -> None:
    key, picture = await found(reports_doors)
    assert (await act(reports_doors, key, picture, "publication", body={"boxes": [BOX | change]})).status_code == 422
    assert (await act(reports_doors, key, picture, "publication", body={"boxes": [BOX] * 61})).status_code == 422
    assert (await reports_doors.rows("select state, version from publications"))[0] == ("found", 1)


async def test_a_dwellings_photo_is_never_looked_at_for_it(reports_doors: Doors) -> None:
    key, picture = await filed(reports_doors, ROOM)
    answer = await act(reports_doors, key, picture, "preparation")
    assert (answer.status_code, named(answer)) == (409, "homes-stay-closed")
    assert await reports_doors.rows("select 1 from publications") == []


@pytest.mark.parametrize(("what", "who"), [("withdrawal", RESIDENT), ("refusal", OFFICER)])
async def test_with_its_report_a_photo_goes_out_of_sight(reports_doors: Doors, what: str, who: Person) -> None:
    key, picture = await published(reports_doors)
    assert (await step(reports_doors, who, key, what)).status_code == 200
    assert (await opened(reports_doors, picture)).status_code == 404
    assert await media(reports_doors, key) is None


async def test_of_who_is_forgotten_no_copy_stays(reports_doors: Doors) -> None:
    running = reports_doors.running
    _, picture = await published(reports_doors)
    key = (await reports_doors.rows("select copy_key from publications"))[0].copy_key
    asked = arrived(ErasureRequested(erasure_id=uuid4(), person_id=RESIDENT.id), datetime.now(UTC))
    await bus.handle(running.database, privacy.consumers("reports", running.service.personal), asked)
    assert (await opened(reports_doors, picture)).status_code == 404, "at once, before anything is deleted"
    async with reports_doors.whole.begin() as connection:
        await connection.exec_driver_sql("update uploads set created_at = now() - interval '13 minutes'")
    await jobs.cover_photos(running)
    await jobs.forget_photos(running)
    assert await running.files.size(key) is None
    assert await reports_doors.rows("select 1 from publications") == []


async def test_a_worker_killed_anywhere_while_it_covers_shows_nothing_wrong_and_ends_with_one_copy(
    reports_doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, picture = await filed(reports_doors)
    await act(reports_doors, key, picture, "preparation")
    database, commit, begun = reports_doors.running.database, reports_doors.running.database.commit, []

    async def dies_twice_a_step(work: Work) -> None:
        begun.append(work)
        if len(begun) % 3:
            raise ConnectionError
        await commit(work)

    async def go_on() -> None:
        monkeypatch.setattr(database, "commit", dies_twice_a_step)
        for _ in range(7):
            try:
                await jobs.cover_photos(reports_doors.running)
            except ConnectionError:
                [row] = await reports_doors.rows("select state from publications")
                assert (await opened(reports_doors, picture)).status_code == (307 if row.state == "public" else 404)
        monkeypatch.setattr(database, "commit", commit)

    await go_on()
    first = (await reports_doors.rows("select copy_key from publications"))[0].copy_key
    await act(reports_doors, key, picture, "publication", body={"boxes": [BOX]})
    await go_on()
    [row] = await reports_doors.rows("select state, copy_key from publications")
    assert row.state == "public"
    assert [await reports_doors.running.files.size(one) is None for one in (first, row.copy_key)] == [True, False]


async def test_what_the_detector_cannot_do_is_never_public_and_may_be_tried_again(
    reports_doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, picture = await filed(reports_doors)
    monkeypatch.setattr(shutter, "_SECONDS", 0.001)
    await act(reports_doors, key, picture, "preparation")
    await jobs.cover_photos(reports_doors.running)
    assert (await seen(reports_doors, key))["state"] == "unfit"
    assert named(await act(reports_doors, key, picture, "publication", body={"boxes": [BOX]})) == "not-to-be-published"
    monkeypatch.undo()
    assert (await act(reports_doors, key, picture, "preparation")).json()["state"] == "waiting"
    await jobs.cover_photos(reports_doors.running)
    assert (await act(reports_doors, key, picture, "preparation")).json()["state"] == "found", "what is found stays found"


async def test_the_table_shows_nothing_that_nobody_decided_or_that_has_no_copy(reports_doors: Doors) -> None:
    await found(reports_doors)
    for change in ("state = 'public'", "state = 'found', copy_key = null", "state = 'waiting'", "decided_by = gen_random_uuid()"):
        with pytest.raises(IntegrityError):
            async with reports_doors.whole.begin() as connection:
                await connection.exec_driver_sql(f"update publications set {change}")


async def test_the_reporter_sees_how_far_it_is_and_a_look_of_staff_is_audited(reports_doors: Doors) -> None:
    key, _ = await found(reports_doors)
    assert (await seen(reports_doors, key, RESIDENT))["state"] == "found"
    assert await reports_doors.rows("select 1 from audit where action = 'reports.read'") == []
    await seen(reports_doors, key)
    [row] = await reports_doors.rows("select actor_id, subject from audit where action = 'reports.read'")
    assert (row.actor_id, row.subject) == (OFFICER.id, f"report/{UUID(key)}")
    async with reports_doors.client(SECOND_RESIDENT) as neighbour:
        assert (await neighbour.get(f"/api/v1/reports/{key}/photos")).status_code == 404
