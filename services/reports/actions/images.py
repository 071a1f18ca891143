"""Photos as they may be shown: decoded and written anew, so that nothing but pixels is left of what was sent.

Strangers' files are decoded in a process of its own, the darkroom: it has little memory, and whoever waits for it ends it
when it takes too long. `python -m services.reports.actions.images` is that process.
"""

import json
import resource
import sys
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps, ImageStat

from services.reports.domain.likeness import BYTES, SIDE

MAX_PIXELS = 25_000_000
MEMORY = 400 * 1024 * 1024  # of the darkroom, in bytes: four bytes a pixel, twice, and the program itself
_NARROWEST, _LONGEST = 16, 40  # pixels; sides of a photo differ by no more than this factor
_WEB_SIDE = 1600
_THUMB_SIDE = 320
_FLAT = 6.0  # steps of grey of 256 by which it must vary: a wall, bare or of bricks, is told from no other wall
_FORMATS = ("JPEG", "PNG", "WEBP")
DEVELOPED = "image/jpeg"


class NotAPhoto(Exception):
    """The bytes are no image we take, or a damaged or an enormous one; the message is the reason's code."""


@dataclass(frozen=True)
class Photo:
    """The two sizes of a photo, JPEG without metadata; and how it looks, if it looks like anything."""

    web: bytes
    thumb: bytes
    width: int
    height: int
    looks: bytes | None


def develop(content: bytes) -> Photo:
    """Decode, turn upright, strip, and make the two sizes; NotAPhoto otherwise."""
    try:
        with Image.open(BytesIO(content), formats=_FORMATS) as opened:
            _bounded(opened.width, opened.height)
            width, height = opened.size
            opened.draft("RGB", (_WEB_SIDE, _WEB_SIDE))  # a large JPEG is decoded smaller at once
            upright = ImageOps.exif_transpose(opened)
            turned = (upright.width > upright.height) != (opened.width > opened.height)
            web = ImageOps.contain(upright, (_WEB_SIDE, _WEB_SIDE)) if max(upright.size) > _WEB_SIDE else upright
            shown = web.convert("RGB")
            return Photo(_written(shown), _written(ImageOps.contain(shown, (_THUMB_SIDE, _THUMB_SIDE))),
                         *((height, width) if turned else (width, height)), looks(shown))
    except NotAPhoto:
        raise
    except (Image.DecompressionBombError, MemoryError):
        raise NotAPhoto("too-many-pixels") from None
    except Exception as broken:  # a decoder fails in as many ways as there are broken files
        raise NotAPhoto("not-readable") from broken


def looks(shown: Image.Image) -> bytes | None:
    """A print by which a photo is known again, made smaller, lighter or written anew; None of one that is the same all over.

    Neal Krawetz, "Kind of Like That" (2013), dHash, in both directions. ImageHash does the same and brings SciPy along.
    """
    small = shown.convert("L").resize((SIDE + 1, SIDE + 1), Image.Resampling.BOX)
    if ImageStat.Stat(small).stddev[0] < _FLAT:
        return None
    rows = [small.tobytes()[(SIDE + 1) * y:(SIDE + 1) * (y + 1)] for y in range(SIDE + 1)]
    across = [rows[y][x] < rows[y][x + 1] for y in range(SIDE) for x in range(SIDE)]
    down = [rows[y][x] < rows[y + 1][x] for y in range(SIDE) for x in range(SIDE)]
    return sum(bit << at for at, bit in enumerate((*across, *down))).to_bytes(BYTES, "big")


def _written(picture: Image.Image) -> bytes:
    out = BytesIO()
    picture.save(out, "JPEG", quality=82, optimize=True)
    return out.getvalue()


def _bounded(width: int, height: int) -> None:
    """The header says how large it is; a bomb is refused before it is decoded."""
    if width * height > MAX_PIXELS:
        raise NotAPhoto("too-many-pixels")
    if min(width, height) < _NARROWEST or max(width, height) > _LONGEST * min(width, height):
        raise NotAPhoto("odd-shape")


def _serve() -> None:
    """A length and so many bytes come in; a line of JSON goes out, then the two sizes it announces."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    taking, giving = sys.stdin.buffer, sys.stdout.buffer
    while head := taking.read(4):
        content = taking.read(int.from_bytes(head, "big"))
        try:
            photo = develop(content)
        except NotAPhoto as refused:
            giving.write(json.dumps({"reason": str(refused)}).encode() + b"\n")
        else:
            said = {"width": photo.width, "height": photo.height, "web": len(photo.web), "thumb": len(photo.thumb),
                    "looks": photo.looks.hex() if photo.looks is not None else None}
            giving.write(json.dumps(said).encode() + b"\n" + photo.web + photo.thumb)
        giving.flush()


if __name__ == "__main__":
    _serve()
