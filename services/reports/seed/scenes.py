"""Photos for the demo, drawn: one scene a category, wrong before and mended after, never twice the same."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from io import BytesIO

from PIL import Image, ImageDraw, ImageFilter

WIDTH, HEIGHT = 640, 480
Colour = tuple[int, int, int]
_WALLS: tuple[Colour, ...] = ((196, 188, 170), (178, 190, 186), (205, 196, 186), (186, 178, 190), (214, 208, 190))
_GROUNDS: tuple[Colour, ...] = ((128, 122, 116), (140, 134, 120), (112, 116, 120), (150, 142, 128))
_GREY, _DARK, _WHITE = (120, 124, 126), (52, 54, 58), (240, 238, 230)


@dataclass
class Scene:
    """A picture in the making: its pen, its luck, and whether the trouble is over."""

    pen: ImageDraw.ImageDraw
    luck: random.Random
    mended: bool

    def box(self, x: int, y: int, width: int, height: int, colour: Colour) -> None:
        """A filled rectangle."""
        self.pen.rectangle((x, y, x + width, y + height), fill=colour)

    def disc(self, x: int, y: int, width: int, height: int, colour: Colour) -> None:
        """A filled ellipse around a point."""
        self.pen.ellipse((x - width, y - height, x + width, y + height), fill=colour)

    def strewn(self, count: int, colours: list[Colour], size: int) -> None:
        """Things that lie about on the ground."""
        for _ in range(count):
            x, y, r = self.luck.randrange(WIDTH), self.luck.randrange(330, HEIGHT), self.luck.randrange(size // 3, size)
            self.pen.polygon([(x, y), (x + r, y - r // 2), (x + r + r // 2, y + r // 3)], fill=self.luck.choice(colours))


def _lighting(scene: Scene) -> None:
    for step in range(6):
        scene.box(210 + step * 14, 300 - step * 24, 240 - step * 18, 20, (150 + step * 8,) * 3)
    scene.disc(320, 46, 30, 18, (255, 244, 200) if scene.mended else (70, 66, 60))


def _water(scene: Scene) -> None:
    x = scene.luck.randrange(140, 480)
    scene.box(x, 0, 22, 330, (96, 110, 124))
    scene.box(x - 8, 150, 38, 24, (150, 156, 162) if scene.mended else (140, 84, 52))
    if not scene.mended:
        scene.disc(x + 10, 390, 190, 40, (112, 140, 166))
        for _ in range(14):
            y = scene.luck.randrange(176, 350)
            scene.pen.line((x + 24, 168, x + 24 + (y - 160) // 2, y), fill=(170, 196, 220), width=3)


def _electricity(scene: Scene) -> None:
    scene.box(210, 90, 220, 250, (174, 178, 180))
    if scene.mended:
        scene.box(222, 102, 196, 226, (200, 204, 204))
        scene.box(396, 200, 10, 34, _DARK)
    else:
        scene.box(222, 102, 196, 226, _DARK)
        for n in range(6):
            colour = scene.luck.choice([(200, 60, 40), (40, 90, 180), (220, 190, 60)])
            end = scene.luck.randrange(220, 440), scene.luck.randrange(260, 420)
            scene.pen.line((240 + n * 30, 110, *end), fill=colour, width=5)


def _sanitation(scene: Scene) -> None:
    for n, colour in enumerate([(52, 110, 74), (60, 92, 150), (84, 88, 92)]):
        x = 110 + n * 150
        scene.box(x, 220, 100, 150, colour)
        scene.box(x - 6, 206, 112, 18, (36, 40, 44))
    if not scene.mended:
        scene.strewn(46, [(230, 226, 214), (180, 60, 50), (70, 120, 190), (200, 170, 90)], 42)


def _road(scene: Scene) -> None:
    scene.pen.polygon([(0, HEIGHT), (WIDTH, HEIGHT), (420, 210), (220, 210)], fill=(92, 94, 98))
    for n in range(5):
        scene.box(312, 230 + n * 52, 12 + n * 2, 26, _WHITE)
    for _ in range(0 if scene.mended else scene.luck.randrange(2, 5)):
        x, y = scene.luck.randrange(200, 440), scene.luck.randrange(300, 440)
        scene.disc(x, y, scene.luck.randrange(30, 70), scene.luck.randrange(12, 26), (48, 46, 44))


def _greening(scene: Scene) -> None:
    scene.box(300, 150, 40, 220, (98, 74, 52))
    scene.box(430, 120, 130, 130, (150, 178, 196))
    reach = 90 if scene.mended else 210
    for _ in range(60 if scene.mended else 150):
        x, y = scene.luck.gauss(320, reach * 0.6), scene.luck.gauss(150, reach * 0.4)
        scene.disc(int(x), int(y), 24, 18, (60 + scene.luck.randrange(50), 120 + scene.luck.randrange(50), 60))


def _safety(scene: Scene) -> None:
    scene.box(210, 70, 200, 300, (104, 62, 48))
    scene.box(226, 88, 168, 264, (128, 80, 62))
    if scene.mended:
        scene.box(420, 190, 30, 46, (40, 150, 90))
    else:
        scene.disc(250, 380, 54, 54, _DARK)
        scene.disc(410, 380, 54, 54, _DARK)
        scene.pen.line((250, 380, 330, 300, 410, 380), fill=(40, 110, 170), width=14)
        scene.box(300, 276, 70, 16, (30, 30, 34))


def _noise(scene: Scene) -> None:
    scene.box(220, 150, 200, 230, (38, 40, 46))
    for y, size in ((215, 40), (315, 62)):
        scene.disc(320, y, size, size, (84, 88, 94))
        scene.disc(320, y, size // 3, size // 3, (26, 28, 32))
    for n in range(0 if scene.mended else 4):
        scene.pen.arc((410 + n * 22, 190 - n * 14, 470 + n * 26, 330 + n * 14), -60, 60, fill=(190, 70, 50), width=6)


def _parking(scene: Scene) -> None:
    for n in range(4):
        scene.pen.line((80 + n * 160, 300, 40 + n * 190, HEIGHT), fill=_WHITE, width=6)
    for _ in range(1 if scene.mended else 3):
        colour = scene.luck.choice([(150, 52, 46), (70, 96, 140), (190, 186, 176), (60, 62, 66)])
        x, y = scene.luck.randrange(60, 420), scene.luck.randrange(270, 350)
        scene.box(x, y, 190, 62, colour)
        scene.pen.polygon([(x + 34, y), (x + 62, y - 44), (x + 132, y - 44), (x + 160, y)], fill=colour)
        for wheel in (x + 42, x + 148):
            scene.disc(wheel, y + 64, 24, 24, (28, 28, 30))


def _other(scene: Scene) -> None:
    scene.box(130, 90, 380, 220, (98, 104, 112))
    scene.box(146, 106, 348, 188, (222, 220, 206))
    for _ in range(7):
        x, y = scene.luck.randrange(156, 420), scene.luck.randrange(114, 230)
        scene.box(x, y, 56, 44, scene.luck.choice([(250, 250, 244), (236, 214, 160), (196, 220, 236)]))
    for _ in range(0 if scene.mended else 9):
        scene.pen.line((320, 200, scene.luck.randrange(146, 494), scene.luck.randrange(106, 294)), fill=_GREY, width=3)


_SCENES: dict[str, Callable[[Scene], None]] = {
    "lighting": _lighting, "water": _water, "electricity": _electricity, "sanitation": _sanitation, "road": _road,
    "greening": _greening, "safety": _safety, "noise": _noise, "parking": _parking, "other": _other,
}
CATEGORIES = tuple(_SCENES)


@cache
def _grain() -> Image.Image:
    """What a small sensor adds; the same for all, because it is dear to make."""
    return Image.effect_noise((WIDTH, HEIGHT), 22).convert("RGB")


def draw(seed: int, category: str = "lighting", *, after: bool = False) -> bytes:
    """A JPEG of the trouble, or of the place once it is over; the same for the same seed. Takes CPU: call it in a thread."""
    luck = random.Random(f"{seed} {category}")  # noqa: S311 - a drawing
    picture = Image.new("RGB", (WIDTH, HEIGHT), luck.choice(_WALLS))
    pen = ImageDraw.Draw(picture)
    pen.polygon([(0, HEIGHT), (WIDTH, HEIGHT), (WIDTH, 350), (480, 320), (160, 320), (0, 350)], fill=luck.choice(_GROUNDS))
    _SCENES[category](Scene(pen, luck, after))
    light = 1.0 if after else luck.uniform(0.45, 0.85)
    out = BytesIO()
    seen = Image.blend(picture.filter(ImageFilter.BoxBlur(1)), _grain(), 0.08).point(lambda part: int(part * light))
    seen.save(out, "JPEG", quality=80)
    return out.getvalue()
