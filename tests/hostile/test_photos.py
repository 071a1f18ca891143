"""Files that are no photos, and photos that are bombs: filed with a report they are rejected, shown to nobody, and their owner is told."""

import struct
import time
import zlib
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from builders.faults import state
from builders.wire import until
from PIL import Image

from deploy.local.layout import Layout
from services.identity.domain import demo
from services.reports.seed.scenes import draw
from simulators.miniprogram import Client, Refused

JPEG, PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"
PLACE = f"{demo.COURTYARDS[0].path}.b01.u1"


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def bomb(width: int, height: int) -> bytes:
    """A PNG of so many black pixels that packs into a few kilobytes."""
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    lines = zlib.compress(b"\0" * ((width // 8 + 1) * min(height, 20_000)), 9)
    return PNG + chunk(b"IHDR", head) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")


def animated() -> bytes:
    out = BytesIO()
    frames = [Image.new("RGB", (600, 600), (n, n, n)) for n in range(120)]
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:], quality=1)
    return out.getvalue()


def with_text() -> bytes:
    """A PNG whose comment unpacks to a gigabyte."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0))
    text = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"\0" * 200_000_000, 9))
    return PNG + head + text + chunk(b"IDAT", zlib.compress(b"\0" * 72)) + chunk(b"IEND", b"")


def png(picture: Image.Image) -> bytes:
    out = BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def webp(width: int, height: int) -> bytes:
    out = BytesIO()
    Image.new("RGB", (width, height)).save(out, "WEBP", lossless=True, method=0)
    return out.getvalue()


def scans(count: int) -> bytes:
    """A progressive JPEG that says its last scan again and again: each costs the decoder a walk over all pixels."""
    out = BytesIO()
    Image.new("L", (4900, 4900), 128).save(out, "JPEG", progressive=True, quality=10)
    whole = out.getvalue()
    last = whole.rfind(b"\xff\xda")
    return whole[:-2] + whole[last:-2] * count + whole[-2:]


CASES: dict[str, tuple[bytes, str, str]] = {
    "a page named .jpg": (JPEG + b"<html><script>alert(1)</script>", "image/jpeg", "not-readable"),
    "a program named .jpg": (JPEG + b"\x7fELF" + b"\0" * 500, "image/jpeg", "not-readable"),
    "an archive named .png": (PNG + b"PK\x03\x04" + b"\0" * 500, "image/png", "not-readable"),
    "a cut photo": (JPEG + b"\xe0\0\x10JFIF\0", "image/jpeg", "not-readable"),
    "one line": (png(Image.new("L", (1000, 1))), "image/png", "odd-shape"),
    "a hair": (png(Image.new("L", (4000, 18))), "image/png", "odd-shape"),
    "forty million pixels in 34 bytes": (webp(16383, 2441), "image/webp", "too-many-pixels"),
    "a photo of three thousand scans": (scans(3000), "image/jpeg", "too-costly"),
    "ten billion pixels": (bomb(100_000, 100_000), "image/png", "too-many-pixels"),
    "one line without end": (bomb(2**31 - 1, 1), "image/png", "too-many-pixels"),
    "no width": (bomb(0, 10), "image/png", "not-readable"),
    "a comment of a gigabyte": (with_text(), "image/png", "not-readable"),
}


@pytest.fixture(scope="module")
def worker(stack: Layout) -> int:
    """The process that develops."""
    return int(state(stack)["processes"]["reports-worker"][0])


def resident(pid: int) -> int:
    """Its memory, in megabytes."""
    return next(int(line.split()[1]) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS")) // 1024


@pytest.mark.parametrize("case", CASES)
async def test_it_is_rejected_shown_to_nobody_and_its_owner_is_told(stack: Layout, worker: int, case: str) -> None:
    content, content_type, why = CASES[case]
    before = resident(worker)
    async with Client(stack.origin) as officer:
        await officer.sign_in_by_password("officer", demo.PASSWORD)
        photo = await officer.upload("reports", "report-photo", content, content_type)
        draft = {"text": "灯", "category": "lighting", "place": {"area": PLACE}, "client_token": str(uuid4()), "photos": [photo]}
        report = await officer.post("/api/v1/reports", draft)

        async def looked_at() -> dict[str, str]:
            (shown,) = (await officer.get(f"/api/v1/reports/{report['id']}"))["photos"]
            return dict(shown) if shown["state"] != "claimed" else {}

        shown = await until(looked_at, 60)
        assert (shown["state"], shown["reason"], shown["url"], shown["thumb_url"]) == ("rejected", why, None, None)

        async def told() -> bool:
            notices = (await officer.get("/api/v1/notices?limit=50"))["items"]
            return any(one["template"] == "photo-rejected" and one["subject"] == f"report/{report['id']}" for one in notices)

        await until(told, 30)
    assert resident(worker) - before < 150
    assert int(state(stack)["processes"]["reports-worker"][0]) == worker


async def test_a_costly_photo_holds_up_a_good_one_for_seconds_only(stack: Layout) -> None:
    async with Client(stack.origin) as officer:
        await officer.sign_in_by_password("officer", demo.PASSWORD)
        began, reports = time.monotonic(), []
        for content in (scans(3000), draw(1)):
            photo = await officer.upload("reports", "report-photo", content)
            draft = {"text": "灯", "category": "lighting", "place": {"area": PLACE}, "client_token": str(uuid4()), "photos": [photo]}
            reports.append(await officer.post("/api/v1/reports", draft))

        async def ready() -> bool:
            (shown,) = (await officer.get(f"/api/v1/reports/{reports[1]['id']}"))["photos"]
            return str(shown["state"]) == "ready"

        await until(ready, 30)
        assert time.monotonic() - began < 20


async def test_a_moving_picture_becomes_a_still_one(stack: Layout) -> None:
    async with Client(stack.origin) as officer:
        await officer.sign_in_by_password("officer", demo.PASSWORD)
        photo = await officer.upload("reports", "report-photo", animated(), "image/webp")
        draft = {"text": "灯", "category": "lighting", "place": {"area": PLACE}, "client_token": str(uuid4()), "photos": [photo]}
        report = await officer.post("/api/v1/reports", draft)

        async def link() -> str:
            (shown,) = (await officer.get(f"/api/v1/reports/{report['id']}"))["photos"]
            return str(shown["url"] or "")

        async with httpx.AsyncClient() as phone:
            made = (await phone.get(await until(link, 60))).content
    with Image.open(BytesIO(made)) as still:
        assert (still.format, getattr(still, "n_frames", 1), still.size) == ("JPEG", 1, (600, 600))


@pytest.mark.parametrize("content", [b"GIF89a" + b"\0" * 80, b"<svg xmlns='http://www.w3.org/2000/svg'/>" + b" " * 80, b"%PDF-1.7" + b"\0" * 80])
async def test_what_does_not_even_begin_like_a_photo_is_not_filed(stack: Layout, content: bytes) -> None:
    async with Client(stack.origin) as officer:
        await officer.sign_in_by_password("officer", demo.PASSWORD)
        photo = await officer.upload("reports", "report-photo", content, "image/jpeg")
        draft = {"text": "灯", "category": "lighting", "place": {"area": PLACE}, "client_token": str(uuid4()), "photos": [photo]}
        with pytest.raises(Refused, match="422"):
            await officer.post("/api/v1/reports", draft)
