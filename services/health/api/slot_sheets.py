"""号源表 of a hospital by staff: an empty one, one looked at, one brought in."""

from typing import Any
from uuid import UUID

from fastapi import Request, Response
from pydantic import BaseModel

from chassis.route import Actor, Working
from chassis.service import router as new_router
from services.health.actions import slot_sheets as acts
from services.health.domain.slot_rows import report, template

router = new_router("/api/v1/hospitals", tags=["hospitals"])

CSV = "text/csv"
_TAKEN: dict[str, Any] = {"requestBody": {"required": True, "content": {CSV: {"schema": {"type": "string", "format": "binary"}}}}}
_GIVEN: dict[int | str, dict[str, Any]] = {200: {"content": {CSV: {"schema": {"type": "string"}}}, "description": "a sheet"}}


class RowProblem(BaseModel):
    """A row by its number in the file (the titles are 1), the column's title, what is wrong, what to do; no cell's text."""

    row: int
    column: str
    code: str
    problem: str
    remedy: str


class SheetView(BaseModel):
    """What a sheet does, or would: times that are new, that change, that are as they were; the first 200 problems."""

    rows: int
    made: int
    changed: int
    same: int
    wrong: int
    problems: list[RowProblem]


@router.get("/{hospital_id}/slot-sheet", response_class=Response, responses=_GIVEN)
async def get_slot_sheet_template(hospital_id: UUID, actor: Actor, work: Working) -> Response:
    """An empty sheet with the titles and one example."""
    await acts.see(work, hospital_id, by=actor)
    return _file(template())


@router.post("/{hospital_id}/slot-sheet/preview", response_model=SheetView, openapi_extra=_TAKEN)
async def preview_slot_sheet(hospital_id: UUID, actor: Actor, work: Working, request: Request) -> dict[str, Any]:
    """Look at a sheet (CSV in UTF-8 or GB18030, at most 256 KiB and 2,000 rows); nothing of it is done, and nothing kept."""
    return shown(await acts.look(work, hospital_id, await request.body(), by=actor))


@router.post("/{hospital_id}/slot-sheet/report", response_class=Response, responses=_GIVEN, openapi_extra=_TAKEN)
async def report_slot_sheet(hospital_id: UUID, actor: Actor, work: Working, request: Request) -> Response:
    """The same as the sheet's own rows, each with what is wrong in it; no cell is calculated when it is opened."""
    found = await acts.look(work, hospital_id, await request.body(), by=actor)
    return _file(report(found.sheet, found.problems))


@router.post("/{hospital_id}/slot-sheet", response_model=SheetView, openapi_extra=_TAKEN)
async def bring_in_slot_sheet(hospital_id: UUID, actor: Actor, work: Working, request: Request) -> dict[str, Any]:
    """All of it, or nothing; the same file again makes nothing again. Times that it does not name stay as they are."""
    return shown(await acts.bring_in(work, hospital_id, await request.body(), by=actor))


def shown(found: acts.Looked) -> dict[str, Any]:
    """Counts and problems of what was looked at."""
    problems = [*acts.said(found.problems[:acts.SHOWN])]
    return {**found.counts, "wrong": len(found.problems), "problems": problems}


def _file(content: str) -> Response:
    headers = {"content-disposition": 'attachment; filename="slots.csv"', "cache-control": "no-store"}
    return Response(content.encode("utf-8-sig"), media_type=CSV, headers=headers)
