"""Photos on their way: signatures as AWS publishes them, and URLs that take what was announced and nothing else."""

import contextlib
from datetime import UTC, datetime, timedelta
from io import BytesIO
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
import pytest
from builders.doors import Doors, keyed
from builders.world import FAR_RESIDENT, GRID, RESIDENT, SECOND_RESIDENT, UNIT
from PIL import Image

from chassis.db import Work
from chassis.files import sign
from services.reports.actions import images


def photo(size: tuple[int, int] = (640, 480), kind: str = "JPEG", **how: object) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, (90, 120, 150)).save(out, kind, **how)
    return out.getvalue()


def test_the_signature_is_the_one_of_awss_published_example() -> None:
    """Amazon S3 API Reference, "Authenticating Requests: Using Query Parameters (AWS Signature Version 4)"."""
    query = sign(
        "GET", "/test.txt", {"host": "examplebucket.s3.amazonaws.com"}, datetime(2013, 5, 24, tzinfo=UTC),
        region="us-east-1", access_key="AKIAIOSFODNN7EXAMPLE", secret_key="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        query={"X-Amz-Expires": "86400"},
    )
    assert query.endswith("X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404")


async def granted(doors: Doors, content: bytes, content_type: str = "image/jpeg") -> dict[str, object]:
    async with doors.client(RESIDENT) as resident:
        wanted = {"kind": "report-photo", "content_type": content_type, "size": len(content)}
        answer = await resident.post("/api/v1/uploads?for=reports", json=wanted, headers=keyed())
    assert answer.status_code == 201
    return dict(answer.json())


async def put(url: object, content: bytes, content_type: str = "image/jpeg") -> int:
    async with httpx.AsyncClient() as phone:
        return (await phone.put(str(url), content=content, headers={"content-type": content_type})).status_code


async def test_an_upload_url_takes_the_announced_bytes_and_nothing_else_through_the_gateway(reports_doors: Doors) -> None:
    content = photo()
    url = (await granted(reports_doors, content))["url"]
    assert await put(url, content + b"x") == 403
    assert await put(url, content[:-1]) == 403
    assert await put(url, content, "text/html") == 403
    assert await put(str(url).replace("/media/reports/", "/media/identity/"), content) == 403
    assert await put(str(url).replace("X-Amz-Expires=600", "X-Amz-Expires=604800"), content) == 403
    assert await put(url, content) == 200


async def test_an_upload_url_ends_after_ten_minutes(reports_doors: Doors) -> None:
    files, content = reports_doors.running.files, photo()
    late = files.upload_url(files.new_key(), "image/jpeg", len(content), datetime.now(UTC) - timedelta(minutes=11))
    assert await put(late, content) in {400, 403}  # which of the two is the store's choice
    assert parse_qs(urlsplit(late).query)["X-Amz-Expires"] == ["600"]


async def test_an_upload_url_does_not_read_and_a_link_does_not_write(reports_doors: Doors) -> None:
    files, content = reports_doors.running.files, photo()
    grant = await granted(reports_doors, content)
    assert await put(grant["url"], content) == 200
    key = (await reports_doors.rows("select key from uploads"))[0].key
    link = files.link(key, datetime.now(UTC), "image/webp")
    async with httpx.AsyncClient() as phone:
        assert (await phone.get(str(grant["url"]))).status_code == 403
        shown = await phone.get(link)
    assert shown.content == content
    assert shown.headers["content-type"] == "image/webp"  # what we say it is, not what the store remembers
    assert shown.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert await put(link, content) == 403


async def file(doors: Doors, photos: list[str], person: object = RESIDENT) -> httpx.Response:
    draft = {"text": "灯", "category": "lighting", "place": {"area": UNIT}, "client_token": str(uuid4()), "photos": photos}
    async with doors.client(person) as client:  # type: ignore[arg-type]
        return await client.post("/api/v1/reports", json=draft, headers=keyed())


async def test_a_report_cannot_carry_what_never_arrived(reports_doors: Doors) -> None:
    grant = await granted(reports_doors, photo())
    answer = await file(reports_doors, [str(grant["id"])])
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (409, "upload-not-there")
    assert await reports_doors.rows("select 1 from reports") == []


async def test_a_report_cannot_carry_another_file_than_was_announced(reports_doors: Doors) -> None:
    content = b"<script>alert(1)</script>" + b" " * 100
    grant = await granted(reports_doors, content)
    assert await put(grant["url"], content) == 200
    answer = await file(reports_doors, [str(grant["id"])])
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (422, "upload-is-another")


async def test_an_upload_is_used_once_and_only_by_its_owner(reports_doors: Doors) -> None:
    content = photo()
    grant = await granted(reports_doors, content)
    await put(grant["url"], content)
    for other in (SECOND_RESIDENT, GRID, FAR_RESIDENT):
        assert (await file(reports_doors, [str(grant["id"])], other)).status_code == 404
    assert (await file(reports_doors, [str(grant["id"])])).status_code == 201
    again = await file(reports_doors, [str(grant["id"])])
    assert (again.status_code, again.json()["type"].rpartition("/")[2]) == (409, "upload-taken")
    assert len(await reports_doors.rows("select 1 from reports")) == 1


async def test_an_upload_named_twice_is_refused(reports_doors: Doors) -> None:
    content = photo()
    grant = await granted(reports_doors, content)
    await put(grant["url"], content)
    assert (await file(reports_doors, [str(grant["id"])] * 2)).status_code == 409


async def test_a_developed_photo_carries_nothing_but_pixels(reports_doors: Doors) -> None:
    from services.reports.app import service

    exif = Image.Exif()
    exif[0x010F] = "a camera that was in somebody's home"
    content = photo((2400, 1200), exif=exif)
    grant = await granted(reports_doors, content)
    await put(grant["url"], content)
    key = (await file(reports_doors, [str(grant["id"])])).json()["id"]
    await next(job for job in service.jobs if job.name == "photos").run(reports_doors.running)
    async with reports_doors.client(RESIDENT) as resident:
        shown = (await resident.get(f"/api/v1/reports/{key}")).json()["photos"][0]
    assert (shown["role"], shown["state"]) == ("before", "ready")
    async with httpx.AsyncClient() as phone:
        web, thumb = (await phone.get(shown["url"])).content, (await phone.get(shown["thumb_url"])).content
    assert b"camera" not in web
    assert Image.open(BytesIO(web)).size == (1600, 800)
    assert Image.open(BytesIO(thumb)).size == (320, 160)
    original = (await reports_doors.rows("select key from uploads"))[0].key
    assert await reports_doors.running.files.size(original) is None


async def claimed(doors: Doors, content: bytes) -> str:
    """A report with this photo; the id of the report."""
    grant = await granted(doors, content)
    await put(grant["url"], content)
    return str((await file(doors, [str(grant["id"])])).json()["id"])


async def test_a_worker_killed_anywhere_while_it_develops_loses_no_photo_and_leaves_nothing_behind(
    reports_doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The death is before a commit: each step has done all it does, and nothing of it is kept in the database."""
    from services.reports.app import service

    key = await claimed(reports_doors, photo())
    job = next(job for job in service.jobs if job.name == "photos")
    database, commit, begun = reports_doors.running.database, reports_doors.running.database.commit, []

    async def dies_twice_a_step(work: Work) -> None:
        begun.append(work)
        if len(begun) % 3:
            raise ConnectionError
        await commit(work)

    monkeypatch.setattr(database, "commit", dies_twice_a_step)
    for _ in range(7):
        with contextlib.suppress(ConnectionError):
            await job.run(reports_doors.running)
    monkeypatch.undo()
    async with reports_doors.client(RESIDENT) as resident:
        assert (await resident.get(f"/api/v1/reports/{key}")).json()["photos"][0]["state"] == "ready"
    row = (await reports_doors.rows("select key, web_key, thumb_key from uploads"))[0]
    files = reports_doors.running.files
    assert [await files.size(one) is None for one in (row.key, row.web_key, row.thumb_key)] == [True, False, False]


async def test_a_photo_that_the_store_lost_is_rejected_and_does_not_hold_up_the_others(reports_doors: Doors) -> None:
    from services.reports.app import service

    lost = await claimed(reports_doors, photo())
    await reports_doors.running.files.delete((await reports_doors.rows("select key from uploads"))[0].key)
    kept = await claimed(reports_doors, photo())
    await next(job for job in service.jobs if job.name == "photos").run(reports_doors.running)
    async with reports_doors.client(RESIDENT) as resident:
        seen = [(await resident.get(f"/api/v1/reports/{key}")).json()["photos"][0] for key in (lost, kept)]
    assert [(one["state"], one["reason"]) for one in seen] == [("rejected", "lost"), ("ready", None)]


async def test_a_photo_that_cannot_be_decoded_is_rejected_and_its_owner_told(reports_doors: Doors) -> None:
    from services.reports.app import service

    content = photo()[:300]
    grant = await granted(reports_doors, content)
    await put(grant["url"], content)
    key = (await file(reports_doors, [str(grant["id"])])).json()["id"]
    await next(job for job in service.jobs if job.name == "photos").run(reports_doors.running)
    async with reports_doors.client(RESIDENT) as resident:
        shown = (await resident.get(f"/api/v1/reports/{key}")).json()["photos"][0]
    assert (shown["state"], shown["reason"], shown["url"]) == ("rejected", "not-readable", None)
    assert (await reports_doors.said())[-1] == "reports.photo_rejected.v1"


@pytest.mark.parametrize(("content", "why"), [
    (b"", "not-readable"), (b"\xff\xd8\xff", "not-readable"), (photo()[:200], "not-readable"),
    (b"GIF89a" + b"\0" * 50, "not-readable"), (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not-readable"),
    (photo((8000, 6000), "PNG"), "too-many-pixels"), (photo((4000, 20), "PNG"), "odd-shape"),
    (photo((15, 15), "PNG"), "odd-shape"),
])
def test_what_is_no_photo_is_refused_with_its_reason(content: bytes, why: str) -> None:
    with pytest.raises(images.NotAPhoto, match=why):
        images.develop(content)


@pytest.mark.parametrize("wanted", [
    {"kind": "report-photo", "content_type": "image/svg+xml", "size": 10},
    {"kind": "other", "content_type": "image/png", "size": 1},
    {"kind": "report-photo", "content_type": "image/png", "size": 0},
    {"kind": "report-photo", "content_type": "image/png", "size": 10 * 1024 * 1024 + 1},
    {"kind": "report-photo", "content_type": "image/png", "size": -1}, {"kind": "report-photo", "content_type": "image/png"},
])
async def test_a_grant_is_refused_for_what_is_not_taken(reports_doors: Doors, wanted: dict[str, object]) -> None:
    async with reports_doors.client(RESIDENT) as resident:
        assert (await resident.post("/api/v1/uploads?for=reports", json=wanted, headers=keyed())).status_code == 422
    assert await reports_doors.rows("select 1 from uploads") == []


async def test_a_grant_nobody_used_is_forgotten_after_a_day(reports_doors: Doors) -> None:
    from sqlalchemy import text

    from chassis import uploads

    kept, old = await granted(reports_doors, photo()), await granted(reports_doors, photo())
    async with reports_doors.whole.begin() as connection:
        await connection.execute(
            text("update uploads set created_at = now() - interval '25 hours' where id = :id"), {"id": str(old["id"])}
        )
    await uploads.sweep(reports_doors.running)
    assert [str(row.id) for row in await reports_doors.rows("select id from uploads")] == [str(kept["id"])]


async def test_what_is_sent_again_behind_our_back_is_swept_when_its_grant_is_over(reports_doors: Doors) -> None:
    from sqlalchemy import text

    from chassis import uploads
    from services.reports.app import service

    content = photo()
    grant = await granted(reports_doors, content)
    await put(grant["url"], content)
    await file(reports_doors, [str(grant["id"])])
    await next(job for job in service.jobs if job.name == "photos").run(reports_doors.running)
    assert await put(grant["url"], content) == 200
    key, files = (await reports_doors.rows("select key from uploads"))[0].key, reports_doors.running.files
    await uploads.sweep(reports_doors.running)
    assert await files.size(key) is not None
    async with reports_doors.whole.begin() as connection:
        await connection.execute(text("update uploads set created_at = created_at - interval '13 minutes'"))
    await uploads.sweep(reports_doors.running)
    assert await files.size(key) is None
    shown = (await reports_doors.rows("select state, swept_at is not null as swept from uploads"))[0]
    assert (shown.state, shown.swept) == ("ready", True)


async def test_nobody_is_granted_places_without_end(reports_doors: Doors) -> None:
    wanted = {"kind": "report-photo", "content_type": "image/jpeg", "size": 10}
    async with reports_doors.client(RESIDENT) as resident, reports_doors.client(SECOND_RESIDENT) as neighbour:
        answers = [await resident.post("/api/v1/uploads?for=reports", json=wanted, headers=keyed()) for _ in range(51)]
        assert [answer.status_code for answer in answers] == [201] * 50 + [429]
        assert answers[-1].json()["type"].rpartition("/")[2] == "uploads-too-many"
        assert (await neighbour.post("/api/v1/uploads?for=reports", json=wanted, headers=keyed())).status_code == 201
