"""Photos as they may be shown: decoded and written anew, so that nothing but pixels is left of what was sent."""

from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps

MAX_PIXELS = 40_000_000
_WEB_SIDE = 1600
_THUMB_SIDE = 320
_FORMATS = ("JPEG", "PNG", "WEBP")
DEVELOPED = "image/jpeg"


class NotAPhoto(Exception):
    """The bytes are no image we take, or a damaged or an enormous one; the message is the reason's code."""


@dataclass(frozen=True)
class Photo:
    """The two sizes of a photo, JPEG without metadata."""

    web: bytes
    thumb: bytes
    width: int
    height: int


def develop(content: bytes) -> Photo:
    """Decode, turn upright, strip, and make the two sizes; NotAPhoto otherwise. Takes CPU: call it in a thread."""
    try:
        with Image.open(BytesIO(content), formats=_FORMATS) as opened:
            _bounded(opened)
            upright = ImageOps.exif_transpose(opened).convert("RGB")
    except NotAPhoto:
        raise
    except Image.DecompressionBombError:
        raise NotAPhoto("too-many-pixels") from None
    except Exception as broken:  # a decoder fails in as many ways as there are broken files
        raise NotAPhoto("not-readable") from broken
    return Photo(_written(upright, _WEB_SIDE), _written(upright, _THUMB_SIDE), upright.width, upright.height)


def _written(picture: Image.Image, side: int) -> bytes:
    smaller = ImageOps.contain(picture, (side, side)) if max(picture.size) > side else picture
    out = BytesIO()
    smaller.save(out, "JPEG", quality=82, optimize=True)
    return out.getvalue()


def _bounded(opened: Image.Image) -> None:
    """The header says how large it is; a bomb is refused before it is decoded."""
    if opened.width * opened.height > MAX_PIXELS:
        raise NotAPhoto("too-many-pixels")
