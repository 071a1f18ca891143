"""Faces and plates, looked for and covered; a process of its own, for what looks for them is large and slow.

`python -m services.reports.actions.blinds` is that process; nobody else imports OpenCV. It is given what the darkroom wrote,
never what strangers sent. What it finds is a proposal: Haar's cascades miss faces that are turned, small or covered, and see some
where there are none, so that nothing is shown to everybody before somebody looked.
"""

import json
import os
import resource
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from io import BytesIO
from typing import Any

from PIL import Image, ImageOps

from services.reports.domain.publication import LONGEST_SIDE, MOST_BOXES, Box, What

MEMORY = 768 * 1024 * 1024  # bytes of address space; 330 MB are taken, of which 115 MB are ever touched
_LOOKED_AT = 1024  # pixels of the longer side; 1600 find no smaller faces and take two and a half seconds of a core for one
_TURNED = (0, -15, 15)  # degrees a face is looked for at
_SMALLEST = 40  # a face is at least this part of the shorter side
_MARGIN = 0.15  # of a box, on each side: hair, ears, the frame of a plate
_TILES = 5  # across what is covered; of a face or a plate five by five tiles tell nobody anything
_PLATES = (  # 蓝牌、绿牌、黄牌, HSV
    ((100, 80, 50), (130, 255, 255)), ((35, 40, 70), (90, 255, 255)), ((15, 110, 90), (32, 255, 255)),
)
_PLATE_SHAPE = (2.0, 5.2)  # GA 36-2018: 440 to 480 by 140 mm, seen at an angle
_WRITTEN = 20.0  # how steep the grey is from left to right, on average, where something is written


def found(picture: Image.Image) -> list[Box]:
    """Where faces and plates are likely, with a margin; pixels of the picture."""
    import cv2  # noqa: PLC0415 - whoever only imports this room does not carry it
    import numpy as np  # noqa: PLC0415

    cv2.setNumThreads(1)
    looked_at = ImageOps.contain(picture.convert("RGB"), (_LOOKED_AT, _LOOKED_AT)) if max(picture.size) > _LOOKED_AT else picture
    pixels, scale = np.asarray(looked_at.convert("RGB")), picture.width / looked_at.width
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    seen = [Box(*_grown(box, scale, picture.size), What.FACE.value) for box in _faces(cv2, cv2.equalizeHist(grey))]
    plates = (*_plates(cv2, grey), *_by_colour(cv2, pixels))
    seen += [Box(*_grown(box, scale, picture.size), What.PLATE.value) for box in plates]
    return sorted(_joined(seen))[:MOST_BOXES]


def _faces(cv2: Any, grey: Any) -> Iterator[tuple[float, ...]]:
    eye = cv2.CascadeClassifier(f"{cv2.data.haarcascades}haarcascade_frontalface_alt2.xml")
    height, width = grey.shape
    least = max(20, min(height, width) // _SMALLEST)
    for angle in _TURNED:
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1)
        back = cv2.invertAffineTransform(turn)
        turned = cv2.warpAffine(grey, turn, (width, height)) if angle else grey
        for x, y, w, h in eye.detectMultiScale(turned, 1.15, 2, minSize=(least, least)):
            middle = back @ (x + w / 2, y + h / 2, 1.0)
            yield middle[0] - w / 2, middle[1] - h / 2, w, h


def _plates(cv2: Any, grey: Any) -> Iterator[tuple[float, ...]]:
    """Dark on light; the negative of light on dark it does not see (measured: none of 120 blue ones)."""
    eye = cv2.CascadeClassifier(f"{cv2.data.haarcascades}haarcascade_russian_plate_number.xml")
    yield from (tuple(one) for one in eye.detectMultiScale(grey, 1.1, 2, minSize=(40, 13)))


def _by_colour(cv2: Any, pixels: Any) -> Iterator[tuple[float, ...]]:
    """Fields of a plate's colour and shape on which something is written."""
    import numpy as np  # noqa: PLC0415

    hues = cv2.cvtColor(pixels, cv2.COLOR_RGB2HSV)
    for low, high in _PLATES:
        field = cv2.morphologyEx(cv2.inRange(hues, low, high), cv2.MORPH_CLOSE, np.ones((5, 17), np.uint8))
        for outline in cv2.findContours(field, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)[0]:
            x, y, w, h = cv2.boundingRect(outline)
            if _is_plate(cv2.minAreaRect(outline)[1], cv2.contourArea(outline)) and _is_written(cv2, pixels[y:y + h, x:x + w]):
                yield x, y, w, h


def _is_plate(sides: tuple[float, float], area: float) -> bool:
    short, long = sorted(sides)
    return short >= 8 and _PLATE_SHAPE[0] <= long / short <= _PLATE_SHAPE[1] and area >= 0.6 * short * long  # noqa: PLR2004


def _is_written(cv2: Any, pixels: Any) -> bool:
    steep = cv2.Sobel(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), cv2.CV_32F, 1, 0)
    return bool(abs(steep).mean() >= _WRITTEN)


def _grown(box: Sequence[float], scale: float, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """With its margin, in pixels of the picture and within it."""
    x, y, w, h = (float(one) * scale for one in box)
    left, top = max(0, int(x - w * _MARGIN)), max(0, int(y - h * _MARGIN))
    right, bottom = min(size[0], int(x + w * (1 + _MARGIN)) + 1), min(size[1], int(y + h * (1 + _MARGIN)) + 1)
    return left, top, right - left, bottom - top


def _joined(boxes: list[Box]) -> list[Box]:
    """Of those that nearly lie within another the two as one: three looks see one face three times."""
    kept: list[Box] = []
    for one in sorted(boxes, key=lambda box: -box.width * box.height):
        at = next((n for n, other in enumerate(kept) if _is_within(one, other)), None)
        if at is None:
            kept.append(one)
        else:
            kept[at] = _around(kept[at], one)
    return kept


def _is_within(one: Box, other: Box) -> bool:
    slack = max(one.width, one.height) // 5
    return (
        one.x >= other.x - slack and one.y >= other.y - slack
        and one.x + one.width <= other.x + other.width + slack and one.y + one.height <= other.y + other.height + slack
    )


def _around(one: Box, other: Box) -> Box:
    x, y = min(one.x, other.x), min(one.y, other.y)
    right, bottom = max(one.x + one.width, other.x + other.width), max(one.y + one.height, other.y + other.height)
    return Box(x, y, right - x, bottom - y, one.what)


def covered(picture: Image.Image, boxes: Sequence[Box]) -> Image.Image:
    """The picture with a few tiles where the boxes are; what was below is in no pixel of it any more."""
    shown = picture.convert("RGB")
    for one in boxes:
        where = (one.x, one.y, one.x + one.width, one.y + one.height)
        tiles = shown.crop(where).resize((_TILES, _TILES), Image.Resampling.BOX)
        shown.paste(tiles.resize((one.width, one.height), Image.Resampling.NEAREST), where)
    return shown


def blind(content: bytes, boxes: Sequence[Box] | None) -> tuple[list[Box], tuple[int, int], bytes]:
    """The boxes (looked for unless given), the size they are measured in, and the covered copy, JPEG without metadata."""
    with Image.open(BytesIO(content), formats=("JPEG",)) as opened:
        if max(opened.size) > LONGEST_SIDE:
            raise ValueError("larger than the darkroom writes")
        picture = opened.convert("RGB")
    where = found(picture) if boxes is None else list(boxes)
    out = BytesIO()
    covered(picture, where).save(out, "JPEG", quality=82, optimize=True)
    return where, picture.size, out.getvalue()


def _serve() -> None:
    """A line of JSON and so many bytes come in; a line of JSON goes out, then the copy it announces."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    os.nice(10)
    taking, giving = sys.stdin.buffer, sys.stdout.buffer
    while line := taking.readline():
        asked = json.loads(line)
        content, boxes = taking.read(asked["length"]), asked["boxes"]
        where, size, copy = blind(content, None if boxes is None else [Box(**one) for one in boxes])
        said = {"boxes": [asdict(one) for one in where], "size": size, "copy": len(copy)}
        giving.write(json.dumps(said).encode() + b"\n" + copy)
        giving.flush()


if __name__ == "__main__":
    _serve()
