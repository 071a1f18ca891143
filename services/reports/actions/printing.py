"""Sheets of posters: eight to a page of A4, each with its code, the font embedded, so that any printer prints it alike."""

from collections.abc import Sequence
from datetime import datetime
from importlib.resources import as_file, files
from io import BytesIO

import segno
from fpdf import FPDF
from fpdf.enums import MethodReturnValue, XPos, YPos

from services.reports.actions.anchors import Poster

_FONT = files("pylopdf_fonts_zh_cn") / "NotoSansSC-Regular.otf"  # Noto Sans SC, SIL Open Font License 1.1
_ACROSS, _DOWN = 2, 4
_WIDTH, _HEIGHT, _MARGIN = 95.0, 69.0, 10.0  # millimetres; of A4 the ten at every edge stay white
_CODE = 46.0
_BESIDE, _TEXT_WIDTH = 52.0, 39.0  # where the words begin, and how wide they may be
_LEAST, _LINE = 6.0, 0.5  # points, below which nobody reads; millimetres of a line for each of them


def sheet(posters: Sequence[Poster], at: datetime) -> bytes:
    """The PDF of these posters, in their order."""
    pdf = FPDF(format="A4")
    pdf.set_creation_date(at)
    pdf.set_title("点位码")
    pdf.set_auto_page_break(auto=False)
    with as_file(_FONT) as font:
        pdf.add_font("sans", fname=font)
    for n, poster in enumerate(posters):
        place = n % (_ACROSS * _DOWN)
        if place == 0:
            pdf.add_page()
        _draw(pdf, poster, _MARGIN + place % _ACROSS * _WIDTH, _MARGIN + place // _ACROSS * _HEIGHT)
    return bytes(pdf.output())


def _draw(pdf: FPDF, poster: Poster, left: float, top: float) -> None:
    pdf.set_draw_color(180)
    pdf.set_dash_pattern(dash=1, gap=1)
    pdf.rect(left, top, _WIDTH, _HEIGHT)  # where it is cut
    drawn = BytesIO()
    # level Q reads with a quarter of it scratched or painted over (ISO/IEC 18004); its quiet zone is part of the picture
    segno.make(poster.link, error="q", micro=False).save(drawn, kind="png", scale=8, border=4)
    pdf.image(drawn, left + 4, top + 6, _CODE, _CODE)
    pdf.set_xy(left + _BESIDE, top + 8)
    _words(pdf, "扫码报事", 24, lines=1)
    _words(pdf, poster.asset, 14, lines=3)
    _words(pdf, poster.place, 11, lines=3)
    pdf.set_xy(left + 4, top + 53)
    pdf.set_font("sans", size=12)
    pdf.cell(_CODE, 6, poster.short, align="C")
    pdf.set_xy(left + 4, top + 60)
    pdf.set_font("sans", size=7.5)
    pdf.cell(_WIDTH - 8, 4, "用微信或手机相机扫一扫，反映此处的问题；无需定位，可查看办理进度。", align="C")
    if poster.batch is not None:
        pdf.set_xy(left + 4, top + 64)
        pdf.set_font("sans", size=_LEAST)
        pdf.cell(_WIDTH - 8, 3, f"印制批次 {poster.batch}", align="R")


def _words(pdf: FPDF, said: str, size: float, *, lines: int) -> None:
    """The words in so many lines at most, smaller where they are many; the next ones begin below."""
    left = pdf.get_x()
    while True:
        pdf.set_font("sans", size=size)
        needed = pdf.multi_cell(_TEXT_WIDTH, size * _LINE, said, dry_run=True, output=MethodReturnValue.LINES)
        if not isinstance(needed, list) or len(needed) <= lines or size <= _LEAST:
            break
        size -= 1
    pdf.multi_cell(_TEXT_WIDTH, size * _LINE, said, align="L", new_x=XPos.LEFT, new_y=YPos.NEXT)
    pdf.set_xy(left, pdf.get_y() + 2)
