"""报事表: what staff have on paper, handed in as a sheet: an empty one, one looked at, one filed."""

from asyncio import to_thread
from typing import Annotated, Any, Literal

from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel

from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from services.reports.actions import report_sheets as acts
from services.reports.api.reports import Store

router = new_router("/api/v1/report-sheets", tags=["report-sheets"])

CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_BYTES = {"schema": {"type": "string", "format": "binary"}}
_TAKEN: dict[str, Any] = {"requestBody": {"required": True, "content": {CSV: _BYTES, XLSX: _BYTES}}}
_EMPTY: dict[int | str, dict[str, Any]] = {200: {"content": {CSV: _BYTES, XLSX: _BYTES}, "description": "a sheet"}}
_GIVEN: dict[int | str, dict[str, Any]] = {200: {"content": {CSV: {"schema": {"type": "string"}}}, "description": "a sheet"}}


class RowProblem(BaseModel):
    """A row by its number in the file (the titles are 1), the column's title, what is wrong, what to do; no cell's text."""

    row: int
    column: str
    code: str
    problem: str
    remedy: str


class SheetView(BaseModel):
    """What a sheet does, or would: papers that become reports, that were filed before; the first 100 problems."""

    rows: int
    new: int
    there: int
    wrong: int
    problems: list[RowProblem]


class Template(Body):
    """How an empty sheet is written."""

    written: Literal["csv", "xlsx"] = "csv"


async def _handed(request: Request, actor: Actor) -> acts.Handed:
    """A file is read before anything is held: another program may take seconds for it."""
    return await acts.handed(await request.body(), by=actor)


Handed = Annotated[acts.Handed, Depends(_handed)]


@router.get("/template", response_class=Response, responses=_EMPTY)
async def get_report_sheet_template(actor: Actor, asked: Annotated[Template, Query()]) -> Response:
    """An empty sheet with the titles and one example."""
    acts.must_serve(actor)
    if asked.written == "csv":
        return _file(acts.template())
    return _given(await to_thread(acts.template_xlsx), XLSX, "reports.xlsx")


@router.post("/preview", response_model=SheetView, openapi_extra=_TAKEN)
async def preview_report_sheet(given: Handed, actor: Actor, work: Working) -> dict[str, Any]:
    """Look at a sheet (CSV in UTF-8 or GB18030, or XLSX; at most 256 KiB and 200 rows); nothing is filed, and nothing kept."""
    return _shown(await acts.look(work, given.sheet, by=actor))


@router.post("/report", response_class=Response, responses=_GIVEN, openapi_extra=_TAKEN)
async def report_report_sheet(given: Handed, actor: Actor, work: Working) -> Response:
    """The same as the sheet's own rows, each with what is wrong in it; no cell is calculated when it is opened."""
    return _file(acts.report(await acts.look(work, given.sheet, by=actor)))


@router.post("", response_model=SheetView, openapi_extra=_TAKEN)
async def hand_in_report_sheet(given: Handed, actor: Actor, work: Working, files: Store) -> dict[str, Any]:
    """All of it becomes reports of whoever hands it in, or nothing; the same paper again makes nothing again."""
    return _shown(await acts.hand_in(work, files, given, by=actor))


def _shown(found: acts.Looked) -> dict[str, Any]:
    new = len(found.lines) - found.there
    problems = [*acts.said(found.problems[: acts.SHOWN])]
    return {"rows": len(found.sheet.rows), "new": new, "there": found.there, "wrong": len(found.problems), "problems": problems}


def _file(content: str) -> Response:
    return _given(content.encode("utf-8-sig"), CSV, "reports.csv")


def _given(content: bytes, media: str, name: str) -> Response:
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return Response(content, media_type=media, headers=headers)
