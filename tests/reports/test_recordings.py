"""录音、录像: sent, written anew by a program of its own, heard by whose report it is and who serves there; and what is none."""

import asyncio
from io import BytesIO
from typing import Any

import httpx
import pytest
from builders.doors import Doors
from builders.life import brought_to, file, named, step
from builders.recordings import (
    H264,
    ask,
    frames,
    listed,
    played,
    put,
    ready,
    recorded,
    scene,
    sent,
    streams,
    submit,
    there,
    tone,
    video,
    voice,
    works,
)
from builders.world import FAR_OFFICER, GRID, OFFICER, RESIDENT, SECOND_RESIDENT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from services.reports.domain.recording import container

MARK = "WHOSE-PHONE-IT-WAS"
OPUS, BOTH = ("-c:a", "libopus"), ("-map", "0", "-map", "1")


async def test_a_voice_is_written_anew_and_heard_by_its_reporter_and_who_serves_there(reports_doors: Doors) -> None:
    report, one = await ready(reports_doors)
    assert (one["kind"], one["role"], one["reason"], one["poster_url"]) == ("voice", "context", None, None)
    assert 1900 <= one["milliseconds"] <= 2200
    content = await played(one["url"])
    assert (len(content), streams(content)) == (one["size"], [("audio", "aac")])
    assert await there(reports_doors, one["id"]) == {"sent": False, "developed": True} | {f"still{n}": False for n in range(5)}
    assert [mine["id"] for mine in await listed(reports_doors, report, RESIDENT)] == [one["id"]]
    for person, status in ((SECOND_RESIDENT, 404), (FAR_OFFICER, 404), (None, 401)):
        async with reports_doors.client(person) as client:
            assert (await client.get(f"/api/v1/reports/{report}/recordings")).status_code == status
    looked = await reports_doors.rows("select actor_id from audit where action = 'reports.read'")
    assert [row.actor_id for row in looked] == [OFFICER.id], "hearing it is opening the report"
    assert "reports.recording_rejected.v1" not in await reports_doors.said()


async def test_part_of_it_can_be_asked_for(reports_doors: Doors) -> None:
    _, one = await ready(reports_doors)
    async with httpx.AsyncClient() as phone:
        answer = await phone.get(one["url"], headers={"range": "bytes=4-7"})
    assert (answer.content, answer.headers["content-type"]) == (b"ftyp", "audio/mp4")
    assert answer.headers["content-range"] == f"bytes 4-7/{one['size']}", "its status is the store's: the one of tests says 200"


async def test_of_a_video_nothing_is_left_but_sound_and_pixels(reports_doors: Doors, tmp_path: Any) -> None:
    chapters = tmp_path / "chapters"
    chapters.write_text(f";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1\nSTART=0\nEND=1\ntitle={MARK}\n")
    content = recorded(
        *scene(4, "1920x1080"), *tone(4), "-i", str(chapters), *tone(4), "-map", "0", "-map", "1", "-map", "3",
        "-map_metadata", "2",
        *H264, "-bsf:v", f"h264_metadata=sei_user_data=086f3693-b7b3-4f2c-9653-21492feee5b8+{MARK}", "-c:a", "aac",
        "-metadata", f"title={MARK}", "-metadata", "location=+30.6570+104.0660/", "-metadata:s:v", f"handler_name={MARK}",
        "-metadata:s:a", f"handler_name={MARK}", suffix="mov",
    )
    assert content.count(MARK.encode()) >= 5
    assert b"+30.6570" in content
    report, key = await sent(reports_doors, content, "video")
    await works(reports_doors)
    [one] = await listed(reports_doors, report)
    assert (one["state"], one["width"], one["height"], one["id"]) == ("ready", 1280, 720, key)
    assert 3900 <= one["milliseconds"] <= 4200
    made = await played(one["url"])
    assert streams(made) == [("video", "h264"), ("audio", "aac")]
    assert [word for word in (MARK.encode(), b"30.65", b"chpl") if word in made] == []
    assert made.index(b"moov") < made.index(b"mdat"), "it begins to play before it is there whole"
    with Image.open(BytesIO(await played(one["poster_url"]))) as poster:
        assert (poster.format, poster.size, poster.info.get("comment"), dict(poster.getexif())) == ("JPEG", (1280, 720), None, {})
    assert [name for name, is_there in (await there(reports_doors, key)).items() if is_there] == ["developed", "still0", "still1"]


async def test_a_phone_held_upright_gives_an_upright_video(reports_doors: Doors, tmp_path: Any) -> None:
    lying = tmp_path / "lying.mp4"
    lying.write_bytes(recorded("-f", "lavfi", "-i", "color=red:s=320x120:d=1:r=10,pad=320:240:0:0:blue", *H264))
    report, _ = await sent(reports_doors, recorded("-i", str(lying), "-c", "copy", "-metadata:s:v:0", "rotate=90"), "video")
    await works(reports_doors)
    [one] = await listed(reports_doors, report)
    assert (one["width"], one["height"]) == (240, 320)
    first = frames(await played(one["url"]))[0]
    left, right = first.getpixel((40, 160)), first.getpixel((200, 160))
    assert sorted((left, right)) == [pytest.approx(one, abs=30) for one in ((0, 0, 255), (255, 0, 0))], "as it was held"


FORMS = {
    "AAC": (voice(), "audio/aac"), "ADTS": (recorded(*tone(1), "-c:a", "aac", suffix="aac"), "audio/aac"),
    "MP3": (recorded(*tone(1), suffix="mp3"), "audio/mpeg"),
    "MP3 without tags": (recorded(*tone(1), "-write_id3v2", "0", "-write_xing", "0", suffix="mp3"), "audio/mpeg"),
    "WebM": (recorded(*tone(1), *OPUS, suffix="webm"), "audio/webm"),
    "Ogg": (recorded(*tone(1), *OPUS, suffix="ogg"), "audio/ogg"),
    "MP4 in pieces": (recorded(*tone(1), "-c:a", "aac", "-movflags", "frag_keyframe+empty_moov", suffix="m4a"), "audio/mp4"),
    "another name": (recorded(*tone(1), suffix="mp3"), "audio/webm"),
}


@pytest.mark.parametrize("form", FORMS)
async def test_what_phones_and_browsers_record_becomes_one_form(reports_doors: Doors, form: str) -> None:
    content, content_type = FORMS[form]
    report, _ = await sent(reports_doors, content, "voice", content_type=content_type)
    await works(reports_doors)
    [one] = await listed(reports_doors, report)
    assert (one["state"], one["reason"]) == ("ready", None)
    assert streams(await played(one["url"])) == [("audio", "aac")]


REFUSED = {
    "a voice of more than a minute": ("voice", recorded(*tone(62), "-c:a", "aac", suffix="m4a"), "too-long"),
    "one whose length nobody says": ("voice", recorded(*tone(62), *OPUS, "-f", "webm", "-live", "1", suffix="webm"), "too-long"),
    "a video of more than fifteen seconds": ("video", video(17), "too-long"),
    "a film": ("video", video(2, "2000x1000"), "too-many-pixels"),
    "sixty frames a second": ("video", video(2, rate=60), "too-many-frames"),
    "five hundred frames": ("video", video(10, "64x64", rate=60), "too-many-frames"),
    "a hair": ("video", video(1, "1600x16"), "odd-shape"),
    "sound alone": ("video", voice(), "no-picture"),
    "pictures alone": ("voice", recorded(*scene(1), *H264), "not-readable"),
    "no stream at all": ("voice", voice()[:28], "not-readable"),
    "a cover with it": ("voice", recorded(*tone(1), *scene(0.1, rate=10), *BOTH, "-c:v", "png", suffix="mp3"), "not-readable"),
    "pictures of another codec": ("video", recorded(*scene(1), "-c:v", "mpeg4"), "not-readable"),
    "half of one": ("video", video()[:4000], "not-readable"),
    "a page": ("voice", b"ID3\x04<html><script>alert(1)</script>" + b" " * 99, "not-readable"),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_what_cannot_be_used_is_never_heard_and_its_sender_is_told(reports_doors: Doors, case: str) -> None:
    kind, content, why = REFUSED[case]
    report, key = await sent(reports_doors, content, kind)
    await works(reports_doors)
    [one] = await listed(reports_doors, report)
    assert (one["state"], one["reason"], one["url"], one["poster_url"]) == ("rejected", why, None, None)
    assert not any((await there(reports_doors, key)).values())
    assert (await reports_doors.said())[-1] == "reports.recording_rejected.v1"


async def test_a_place_is_for_a_recording_of_its_kind_and_size(reports_doors: Doors) -> None:
    report = await file(reports_doors)
    for kind, size, form in (("voice", 2 * 1024 * 1024 + 1, "audio/mp4"), ("video", 9, "audio/mp4"), ("voice", 9, "image/jpeg")):
        answer = await ask(reports_doors, report, kind, size, content_type=form)
        assert (answer.status_code, named(answer)) == (422, "recording-not-taken")
    for size in (0, 20 * 1024 * 1024 + 1):
        assert named(await ask(reports_doors, report, "video", size)) == "invalid-request"
    assert await listed(reports_doors, report) == []


async def test_what_is_put_is_of_that_size_and_of_that_kind(reports_doors: Doors) -> None:
    report, content = await file(reports_doors), b"GIF89a" + b"\0" * 80
    granted = (await ask(reports_doors, report, "voice", len(content))).json()
    assert (await submit(reports_doors, report, granted["id"])).status_code == 409
    assert await put(granted, content + b"x") == 403
    assert named(await submit(reports_doors, report, granted["id"])) == "recording-not-there"
    assert await put(granted, content) == 200
    answer = await submit(reports_doors, report, granted["id"])
    assert (answer.status_code, named(answer)) == (422, "recording-is-another")
    [one] = await listed(reports_doors, report)
    assert one["state"] == "granted"


async def test_what_the_store_took_against_its_word_is_not_taken(reports_doors: Doors) -> None:
    report, content = await file(reports_doors), voice()
    granted = (await ask(reports_doors, report, "voice", len(content) - 1)).json()
    [row] = await reports_doors.rows("select key from recordings")
    await reports_doors.running.files.put(row.key, content, "audio/mp4")
    assert named(await submit(reports_doors, report, granted["id"])) == "recording-is-another"


async def test_a_recording_is_handed_in_by_who_sends_it_and_once(reports_doors: Doors) -> None:
    report, key = await sent(reports_doors, voice(), "voice")
    other = await file(reports_doors)
    for where, person, status in (
        (report, SECOND_RESIDENT, 404), (report, GRID, 404), (other, RESIDENT, 404), (report, FAR_OFFICER, 404),
        (report, RESIDENT, 200),
    ):
        assert (await submit(reports_doors, where, key, person)).status_code == status
    await works(reports_doors)
    again = await submit(reports_doors, report, key)
    assert (again.status_code, again.json()["state"]) == (200, "ready")
    await works(reports_doors)
    [row] = await reports_doors.rows("select tries from recordings")
    assert row.tries == 1


async def test_what_was_mended_is_shown_by_who_serves_there(reports_doors: Doors) -> None:
    report = await brought_to(reports_doors, "processing")
    assert (await ask(reports_doors, report, "video", 999, role="after")).status_code == 403
    assert (await ask(reports_doors, report, "video", 999, GRID, role="after")).status_code == 201
    assert (await ask(reports_doors, report, "video", 999, SECOND_RESIDENT, role="before")).status_code == 404
    assert (await ask(reports_doors, report, "video", 999, FAR_OFFICER, role="after")).status_code == 404


async def test_of_twelve_who_ask_for_the_last_place_one_has_it(reports_doors: Doors) -> None:
    report = await file(reports_doors)
    for _ in range(4):
        assert (await ask(reports_doors, report, "voice", 99)).status_code == 201
    async with reports_doors.whole.begin() as connection:  # all have begun before the first goes on
        await connection.execute(text("select 1 from reports for update"))
        asking = [asyncio.create_task(ask(reports_doors, report, "voice", 99, (RESIDENT, GRID)[n % 2])) for n in range(12)]
        await asyncio.sleep(1)
    answers = await asyncio.gather(*asking)
    assert sorted(one.status_code for one in answers) == [201] + [409] * 11
    assert {named(one) for one in answers if one.status_code == 409} == {"recordings-too-many"}
    assert len(await listed(reports_doors, report)) == 5


async def test_what_could_not_be_used_makes_room_but_not_for_ever(reports_doors: Doors) -> None:
    report = await file(reports_doors)
    for many in range(20):
        assert (await ask(reports_doors, report, "voice", 99)).status_code == 201, many
        await change(reports_doors, "update recordings set reason = 'not-readable', state = 'rejected' where state = 'granted'")
    assert named(await ask(reports_doors, report, "voice", 99)) == "recordings-too-many"


async def test_what_is_over_takes_none(reports_doors: Doors) -> None:
    report = await file(reports_doors)
    await step(reports_doors, RESIDENT, report, "withdrawal", {})
    assert named(await ask(reports_doors, report, "voice", 99)) == "recording-too-late"


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(min_size=1, max_size=300))
async def test_whatever_is_sent_the_door_stands(reports_doors: Doors, content: bytes) -> None:
    report = await file(reports_doors)
    granted = (await ask(reports_doors, report, "voice", len(content))).json()
    if "put" not in granted:  # its reporter has filed all a day takes
        return
    assert await put(granted, content) == 200
    answer = await submit(reports_doors, report, granted["id"])
    assert answer.status_code in {200, 422}
    assert (answer.status_code == 200) == (container(content[:16]) is not None)


@pytest.mark.parametrize("wrong", ["state = 'ready'", "state = 'rejected'", "kind = 'x'", "role = 'x'", "size = 0", "stills = 6"])
async def test_the_table_takes_no_other(reports_doors: Doors, wrong: str) -> None:
    await sent(reports_doors, voice(), "voice")
    with pytest.raises(IntegrityError):
        await change(reports_doors, f"update recordings set {wrong}")


async def change(doors: Doors, sql: str, **values: object) -> None:
    async with doors.whole.begin() as connection:
        await connection.execute(text(sql), values)
