"""Recordings as phones make them, sent as phones send them; and what became of them, read by another library."""

import subprocess
import tempfile
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import av
import httpx
from builders.doors import Doors, keyed
from builders.life import file
from builders.world import OFFICER, RESIDENT, Person

from services.reports import jobs
from services.reports.domain.recording import Kind

TYPES = {"voice": "audio/mp4", "video": "video/mp4"}


@cache
def recorded(*said: str, suffix: str = "mp4") -> bytes:
    """What ffmpeg makes of this."""
    with tempfile.TemporaryDirectory() as room:
        made = Path(room) / f"made.{suffix}"
        subprocess.run(["ffmpeg", "-v", "error", "-nostdin", *said, "-y", str(made)], check=True, capture_output=True)
        return made.read_bytes()


def tone(seconds: float) -> tuple[str, ...]:
    return ("-f", "lavfi", "-i", f"sine=440:d={seconds}")


def scene(seconds: float, size: str = "320x240", rate: int = 15) -> tuple[str, ...]:
    return ("-f", "lavfi", "-i", f"testsrc2=s={size}:r={rate}:d={seconds}")


H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")

HEVC = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none", "-pix_fmt", "yuv420p", "-tag:v", "hvc1")


def voice(seconds: float = 2) -> bytes:
    return recorded(*tone(seconds), "-c:a", "aac", suffix="m4a")


def video(seconds: float = 2, size: str = "320x240", rate: int = 15) -> bytes:
    return recorded(*scene(seconds, size, rate), *tone(seconds), *H264, "-c:a", "aac")


async def ask(doors: Doors, report: str, kind: str, size: int, person: Person = RESIDENT, **said: str) -> httpx.Response:
    wanted = {"kind": kind, "content_type": TYPES[kind], "size": size} | said
    async with doors.client(person) as client:
        return await client.post(f"/api/v1/reports/{report}/recordings", json=wanted, headers=keyed())


async def put(granted: dict[str, Any], content: bytes) -> int:
    async with httpx.AsyncClient() as phone:
        return (await phone.put(granted["put"]["url"], content=content, headers=granted["put"]["headers"])).status_code


async def submit(doors: Doors, report: str, key: str, person: Person = RESIDENT) -> httpx.Response:
    async with doors.client(person) as client:
        return await client.post(f"/api/v1/reports/{report}/recordings/{key}/submission")


async def sent(
    doors: Doors, content: bytes, kind: str, report: str | None = None, person: Person = RESIDENT, **said: str
) -> tuple[str, str]:
    """A recording that waits to be developed: its report's id and its own."""
    key = report or await file(doors)
    answer = await ask(doors, key, kind, len(content), person, **said)
    assert answer.status_code == 201, answer.text
    assert await put(answer.json(), content) == 200
    handed = await submit(doors, key, answer.json()["id"], person)
    assert (handed.status_code, handed.json()["state"]) == (200, "waiting"), handed.text
    return key, str(answer.json()["id"])


async def works(doors: Doors) -> None:
    """The worker, until nothing waits."""
    await jobs.develop_voices(doors.running)
    await jobs.develop_videos(doors.running)


async def listed(doors: Doors, report: str, person: Person = OFFICER) -> list[dict[str, Any]]:
    async with doors.client(person) as client:
        answer = await client.get(f"/api/v1/reports/{report}/recordings")
    assert answer.status_code == 200, answer.text
    return list(answer.json())


async def ready(doors: Doors, kind: str = "voice", person: Person = RESIDENT) -> tuple[str, dict[str, Any]]:
    """One that can be played, and its report."""
    report, _ = await sent(doors, voice() if kind == Kind.VOICE else video(), kind, person=person)
    await works(doors)
    [one] = await listed(doors, report)
    assert one["state"] == "ready", one
    return report, one


async def there(doors: Doors, key: str) -> dict[str, bool]:
    """Which of its objects the store has."""
    [row] = await doors.rows("select key from recordings where id = :id", id=UUID(key))
    files = doors.running.files
    names = {"sent": row.key} | {one: files.key_beside(row.key, one) for one in ("developed", *(f"still{n}" for n in range(5)))}
    return {name: await files.size(at) is not None for name, at in names.items()}


async def played(url: str) -> bytes:
    async with httpx.AsyncClient() as phone:
        answer = await phone.get(url)
    assert answer.status_code == 200, answer.text
    return answer.content


def streams(content: bytes) -> list[tuple[str, str]]:
    """What is in a file, as another library reads it."""
    with av.open(BytesIO(content)) as opened:
        return [(one.type, one.codec_context.name) for one in opened.streams]


def frames(content: bytes) -> list[Any]:
    """Its pictures."""
    with av.open(BytesIO(content)) as opened:
        return [frame.to_image() for frame in opened.decode(video=0)]
