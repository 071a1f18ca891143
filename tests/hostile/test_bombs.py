"""Files that are no recordings, and recordings that are bombs: rejected in seconds, played to nobody, and their sender is told."""

import struct
import time
import zlib
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from builders.faults import state
from builders.recordings import H264, HEVC, recorded, scene, tone, video, voice
from builders.wire import until

from deploy.local.layout import Layout
from services.identity.domain import demo
from simulators.miniprogram import Client, Refused

PLACE = f"{demo.COURTYARDS[0].path}.b01.u1"
TYPES = {"voice": "audio/mp4", "video": "video/mp4"}


def atom(kind: bytes, *content: bytes) -> bytes:
    whole = b"".join(content)
    return struct.pack(">I", len(whole) + 8) + kind + whole


FTYP = atom(b"ftyp", b"isom\0\0\2\0isomiso2avc1mp41")


def taken_apart(content: bytes) -> dict[bytes, bytes]:
    """The atoms of a file or of an atom, by their kinds; the last of a kind."""
    found, at = {}, 0
    while at + 8 <= len(content):
        size = int.from_bytes(content[at:at + 4], "big")
        found[content[at + 4:at + 8]] = content[at + 8:at + size]
        at += max(8, size)
    return found


def streams(many: int) -> bytes:
    """A video that says its track again and again."""
    whole = taken_apart(video(1))
    moov = taken_apart(whole[b"moov"])
    return FTYP + atom(b"mdat", whole[b"mdat"]) + atom(b"moov", atom(b"mvhd", moov[b"mvhd"]), atom(b"trak", moov[b"trak"]) * many)


def nested(deep: int) -> bytes:
    """Atoms within atoms."""
    inner = b""
    for _ in range(deep):
        inner = atom(b"trak", inner)
    return FTYP + atom(b"moov", inner)


def packed(claimed: int) -> bytes:
    """An index that unpacks to gigabytes."""
    body = struct.pack(">I", claimed) + zlib.compress(b"\0" * 200_000_000, 9)
    return FTYP + atom(b"moov", atom(b"cmov", atom(b"dcom", b"zlib"), atom(b"cmvd", body)))


def endless() -> bytes:
    """Atoms without length, and one that says it is as long as can be said."""
    return FTYP + struct.pack(">I", 0) + b"moov" + (struct.pack(">I", 1) + b"trak" + b"\xff" * 8) * 1000 + atom(b"free") * 200_000


def small(content: bytes) -> bytes:
    """A video of HEVC whose sample entry says 320 × 240, whatever its pictures are."""
    at = content.index(b"hvc1", content.index(b"stsd")) + 4 + 24
    return content[:at] + struct.pack(">HH", 320, 240) + content[at + 4:]


def samples(many: int, content: bytes = b"") -> bytes:
    """A video whose index says a million frames of no bytes, all at once."""
    content = content or video(1)
    at = content.index(b"stsz")
    return content[:at + 8] + struct.pack(">II", 1, many) + content[at + 16:]


LIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile:///etc/passwd\n#EXTINF:9,\nhttp://127.0.0.1:1/x.ts\n#EXT-X-ENDLIST\n"
CASES: dict[str, tuple[str, bytes, set[str]]] = {
    "sixteen thousand pixels": ("video", recorded(*scene(0.1, "16000x500", 10), *H264), {"too-many-pixels"}),
    "twenty thousand frames in a second": ("video", recorded(*scene(1, "16x16", 20_000), *H264, "-bf", "0"), {"too-many-frames"}),
    "HEVC of sixteen thousand pixels": ("video", recorded(*scene(0.1, "16000x500", 10), *HEVC), {"too-many-pixels"}),
    "six thousand frames of HEVC in a second": ("video", recorded(*scene(1, "64x64", 6000), *HEVC), {"too-many-frames"}),
    "HEVC whose head says that it is small": ("video", small(recorded(*scene(0.2, "8000x4000", 10), *HEVC)), {"too-many-pixels", "not-readable"}),
    "HEVC whose index says a million frames": ("video", samples(1_000_000, recorded(*scene(1), *HEVC)), {"too-many-frames", "not-readable"}),
    "a million frames that are none": ("video", samples(1_000_000), {"too-many-frames", "not-readable"}),
    "two thousand streams": ("video", streams(2000), {"not-readable"}),
    "ten thousand atoms within each other": ("video", nested(10_000), {"not-readable", "no-picture"}),
    "an index of four gigabytes": ("video", packed(2**32 - 1), {"not-readable", "too-costly"}),
    "an index of two hundred megabytes": ("voice", packed(200_000_000), {"not-readable", "too-costly"}),
    "atoms without end": ("video", endless(), {"not-readable", "no-picture"}),
    "a list of other files": ("voice", b"ID3\x04" + LIST, {"not-readable"}),
    "a list in an MP4": ("video", FTYP + LIST, {"not-readable"}),
    "a voice of half an hour": ("voice", recorded(*tone(1800), "-c:a", "libopus", "-b:a", "6k", suffix="ogg"), {"too-long"}),
    "a page": ("voice", b"OggS<html><script>alert(1)</script>" + b" " * 99, {"not-readable"}),
    "a program": ("voice", b"\xff\xfb\x7fELF" + b"\0" * 500, {"not-readable"}),
}


async def sent(officer: Client, kind: str, content: bytes) -> tuple[str, str]:
    """A report and its recording."""
    draft = {"text": "灯", "category": "lighting", "place": {"area": PLACE}, "client_token": str(uuid4())}
    report = str((await officer.post("/api/v1/reports", draft))["id"])
    wanted = {"kind": kind, "content_type": TYPES[kind], "size": len(content)}
    granted = await officer.post(f"/api/v1/reports/{report}/recordings", wanted)
    async with httpx.AsyncClient(timeout=30) as phone:
        put = await phone.put(granted["put"]["url"], content=content, headers=granted["put"]["headers"])
    assert put.status_code == 200, put.text
    await officer.post(f"/api/v1/reports/{report}/recordings/{granted['id']}/submission")
    return report, str(granted["id"])


async def stands(officer: Client, report: str) -> dict[str, str]:
    """How its recording stands, once that is known."""
    (shown,) = await officer.get(f"/api/v1/reports/{report}/recordings")
    return dict(shown) if shown["state"] in {"ready", "rejected"} else {}


def resident(pid: int) -> int:
    """The memory of a process, in megabytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) // 1024


@pytest.mark.parametrize("case", CASES)
async def test_a_bomb_of_sound_or_film_is_rejected_and_its_sender_is_told(stack: Layout, case: str) -> None:
    kind, content, why = CASES[case]
    worker = int(state(stack)["processes"]["reports-worker"][0])
    before = resident(worker)
    async with Client(stack.origin) as officer:
        await officer.sign_in_by_password("officer", demo.PASSWORD)
        report, _ = await sent(officer, kind, content)
        shown = await until(lambda: stands(officer, report), 60)
        assert (shown["state"], shown["url"], shown["poster_url"]) == ("rejected", None, None)
        assert shown["reason"] in why

        async def told() -> bool:
            notices = (await officer.get("/api/v1/notices?limit=50"))["items"]
            return any(one["template"] == "recording-rejected" and one["subject"] == f"report/{report}" for one in notices)

        await until(told, 30)
    assert resident(worker) - before < 150
    assert int(state(stack)["processes"]["reports-worker"][0]) == worker


async def test_a_costly_video_holds_up_a_good_one_for_seconds_only(stack: Layout) -> None:
    costly = recorded(*scene(15, "1920x1920", 30), *H264, "-crf", "40", "-bf", "0")
    async with Client(stack.origin) as officer:
        await officer.sign_in_by_password("officer", demo.PASSWORD)
        first, _ = await sent(officer, "video", costly)
        began = time.monotonic()
        said, _ = await sent(officer, "voice", voice())
        shown, _ = await sent(officer, "video", video(1))
        assert (await until(lambda: stands(officer, said), 30))["state"] == "ready", "who speaks waits for no film"
        assert (await until(lambda: stands(officer, shown), 90))["state"] == "ready"
        assert time.monotonic() - began < 60
        assert (await until(lambda: stands(officer, first), 90))["state"] in {"ready", "rejected"}


@pytest.mark.parametrize("content", [b"GIF89a" + b"\0" * 80, LIST, b"RIFF\x24\0\0\0WAVE" + b"\0" * 80, b"\x7fELF" + b"\0" * 80, b"PK\3\4" + b"\0" * 80])
async def test_what_does_not_even_begin_like_a_recording_is_not_taken(stack: Layout, content: bytes) -> None:
    async with Client(stack.origin) as officer:
        await officer.sign_in_by_password("officer", demo.PASSWORD)
        for kind in TYPES:
            with pytest.raises(Refused, match="422"):
                await sent(officer, kind, content)
