"""Faces and plates: how many of a small set are found, how often one is seen where none is, and what is left of them."""

import asyncio
import json
import subprocess
import sys
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont
from pylopdf_fonts_zh_cn import __file__ as fonts

from services.reports.actions import blinds
from services.reports.actions.shutter import NotCovered, Shutter
from services.reports.domain.publication import Box, What

PHOTOS = Path(__file__).with_name("photos")
FACE = (177, 65, 95, 125)  # in the portrait
FONT = Path(fonts).with_name("NotoSansSC-Regular.otf")
PLATES = {
    "blue": ((20, 70, 190), (255, 255, 255), "川A·12G45"), "green": ((120, 200, 130), (10, 10, 10), "川A·D12345"),
    "yellow": ((240, 190, 20), (10, 10, 10), "川A·98765"),
}


@cache
def picture(name: str) -> Image.Image:
    with Image.open(PHOTOS / f"{name}.jpg") as opened:
        return opened.convert("RGB")


def jpeg(shown: Image.Image) -> bytes:
    out = BytesIO()
    shown.save(out, "JPEG", quality=90)
    return out.getvalue()


def share(of: tuple[int, ...], boxes: list[Box], what: What) -> float:
    """How much of it is covered, at best by one box."""
    x, y, w, h = of
    return max((
        max(0, min(x + w, one.x + one.width) - max(x, one.x)) * max(0, min(y + h, one.y + one.height) - max(y, one.y)) / (w * h)
        for one in boxes if one.what == what.value
    ), default=0.0)


def portrait(turned: int, light: float, side: int) -> tuple[Image.Image, tuple[int, ...]]:
    """The face on a table, turned, lit and as large as said; and where it is."""
    shown = picture("astronaut").rotate(turned, center=(224, 127), resample=Image.Resampling.BICUBIC)
    scene = picture("coffee").resize((600, 480))
    scene.paste(ImageEnhance.Brightness(shown).enhance(light).resize((side, side)), (100, 60))
    x, y, w, h = (round(one * side / 512) for one in FACE)
    return scene, (100 + x, 60 + y, w, h)


def car(kind: str, width: int, turned: int) -> tuple[Image.Image, tuple[int, ...]]:
    """A plate on a dark field before gravel."""
    field, ink, said = PLATES[kind]
    plate = Image.new("RGB", (880, 280), field)
    pen, font = ImageDraw.Draw(plate), ImageFont.truetype(FONT, 150)
    pen.rounded_rectangle((8, 8, 872, 272), 20, outline=ink, width=6)
    pen.text((440, 140), said, ink, font, anchor="mm")
    scene = picture("gravel").resize((600, 480))
    ImageDraw.Draw(scene).rectangle((120, 100, 500, 440), (60, 62, 66))
    sized = plate.resize((width, width * 280 // 880)).convert("RGBA")
    sized = sized.rotate(turned, expand=True, resample=Image.Resampling.BICUBIC)
    scene.paste(sized, (200, 260), sized)
    return scene.filter(ImageFilter.GaussianBlur(0.8)), (200, 260, sized.width, sized.height)


def test_most_upright_faces_and_plates_of_the_set_are_found(capsys: pytest.CaptureFixture[str]) -> None:
    """Of one face in public domain and drawn plates: no promise for a street, which is why somebody looks at each photo."""
    faces = [portrait(turned, light, side) for turned, light, side in ((-15, 1.0, 300), (0, 0.7, 200), (12, 1.2, 400))]
    plates = [car(kind, width, turned) for kind, width, turned in zip(PLATES, (90, 130, 200), (-8, 4, 0), strict=True)]
    seen = [share(where, blinds.found(scene), What.FACE) > 0.6 for scene, where in faces]
    read = [share(where, blinds.found(scene), What.PLATE) > 0.8 for scene, where in plates]
    idle = {name: len(blinds.found(picture(name))) for name in ("coffee", "chelsea", "brick")}
    with capsys.disabled():
        sys.stdout.write(f"\nfaces {sum(seen)}/{len(seen)}, plates {sum(read)}/{len(read)}, seen where nothing is: {idle}\n")
    assert sum(seen) == len(seen)
    assert sum(read) == len(read)
    assert sum(idle.values()) <= 15


def test_in_a_large_photo_it_is_found_where_it_is() -> None:
    scene, where = portrait(0, 1.0, 400)
    large = scene.resize((1500, 1200))
    assert share(tuple(round(one * 2.5) for one in where), blinds.found(large), What.FACE) > 0.6


def test_of_what_is_covered_nothing_is_left_but_five_by_five_tiles() -> None:
    box = Box(150, 50, 140, 140)
    shown = blinds.covered(picture("astronaut"), [box])
    inside = shown.crop((150, 50, 290, 190))
    assert inside.getcolors(25) is not None, "more than twenty-five colours"
    below = (0, 200, 512, 512)
    assert shown.crop(below).tobytes() == picture("astronaut").crop(below).tobytes(), "the rest is as it was"


async def test_a_copy_is_made_by_a_process_of_its_own_and_says_nothing_but_pixels() -> None:
    scene, where = portrait(0, 1.0, 400)
    async with Shutter() as shutter:
        looked = await shutter.cover(jpeg(scene), None)
        again = await shutter.cover(jpeg(scene), [])
        limits = Path(f"/proc/{(await shutter._running()).pid}/limits").read_text()
    assert f"{blinds.MEMORY}" in next(line for line in limits.splitlines() if line.startswith("Max address space"))
    assert share(where, looked.boxes, What.FACE) > 0.6
    assert looked.size == (600, 480)
    assert Image.open(BytesIO(looked.copy)).getexif() == {}
    assert again.boxes == [], "what somebody took away is not looked for again"


@pytest.mark.parametrize("content", [b"", b"\xff\xd8\xff", jpeg(Image.new("RGB", (1700, 40)))])
async def test_what_it_cannot_do_ends_it_and_the_next_photo_goes_on(content: bytes) -> None:
    async with Shutter() as shutter:
        with pytest.raises(NotCovered):
            await shutter.cover(content, [])
        assert (await shutter.cover(jpeg(Image.new("RGB", (64, 48))), [])).size == (64, 48)


async def test_who_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.reports.actions.shutter._SECONDS", 0.05)
    async with Shutter() as shutter:
        process = await shutter._running()
        with pytest.raises(NotCovered):
            await shutter.cover(jpeg(picture("brick")), None)
        assert await asyncio.wait_for(process.wait(), 5) != 0


def test_neither_api_nor_worker_carries_what_looks_for_faces() -> None:
    asked = "import json, sys, services.reports.app, services.reports.api; print(json.dumps('cv2' in sys.modules))"
    said = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert json.loads(said.stdout) is False
