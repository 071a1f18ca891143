"""Imports: residents, rooms and staff from a sheet, looked at first and then done as a whole."""

from asyncio import to_thread
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import BaseModel

from chassis.route import Actor, Working
from chassis.service import router as new_router
from services.identity.actions import imports as acts
from services.identity.actions import sheets
from services.identity.api.areas import Path
from services.identity.api.fresh import fresh
from services.identity.api.sheets import CSV, TAKEN, XLSX, SheetRoute
from services.identity.domain.imports import Import
from services.identity.domain.sheet import SAID, Kind

router = new_router("/api/v1/imports", tags=["imports"])
router.route_class = SheetRoute

_SHOWN = 200  # problems in an answer; the report has all
_FILE: dict[int | str, dict[str, Any]] = {200: {"content": {CSV: {"schema": {"type": "string"}}}, "description": "a sheet"}}
_BYTES = {"schema": {"type": "string", "format": "binary"}}
_TEMPLATE: dict[int | str, dict[str, Any]] = {200: {"content": {CSV: _BYTES, XLSX: _BYTES}, "description": "a sheet"}}


class Wanted(BaseModel):
    """Which sheet, and the area all its rows lie in."""

    kind: Kind
    area: Path


class Template(BaseModel):
    """An empty sheet of which kind, written how."""

    kind: Kind
    written: Literal["csv", "xlsx"] = "xlsx"


class ProblemView(BaseModel):
    """The row by its number in the file (the titles are 1), the column's title, what is wrong, what to do; no cell's text."""

    row: int
    column: str
    problem: str
    remedy: str


class ImportView(BaseModel):
    """What a sheet would do, or did: rows that add, change, are as it was, or are wrong; the first 200 problems."""

    id: UUID
    kind: Kind
    area: str
    state: Literal["waiting", "committed", "withdrawn", "over"]
    added: int
    same: int
    changed: int
    wrong: int
    problems: list[ProblemView]
    problems_total: int
    made_by: UUID
    made_at: datetime
    over_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None


@router.get("/template", response_class=Response, responses=_TEMPLATE)
async def get_template(actor: Actor, asked: Annotated[Template, Query()]) -> Response:
    """An empty sheet with the titles and one example."""
    actor.scope("imports.make")
    make, media = (sheets.template_csv, CSV) if asked.written == "csv" else (sheets.template_xlsx, XLSX)
    return _file(await to_thread(make, asked.kind), media, f"{asked.kind}.{asked.written}")


@router.post("", status_code=201, response_model=ImportView, openapi_extra=TAKEN)
async def make_import(asked: Annotated[Wanted, Query()], request: Request, actor: Actor, work: Working) -> Any:
    """Look at a sheet (CSV or XLSX, at most 4 MiB and 10,000 rows); nothing of it is done, and after a day it is thrown away."""
    actor.may("imports.make")
    return _view(await acts.make(work, by=actor, kind=asked.kind, area=asked.area, content=request.state.sheet))


@router.get("/{import_id}", response_model=ImportView)
async def read_import(import_id: UUID, actor: Actor, work: Working) -> Any:
    """What a sheet would do, as it was when it was looked at; or did."""
    actor.may("imports.make")
    return _view(await acts.find(work, import_id, by=actor))


@router.get("/{import_id}/report", response_class=Response, responses=_FILE)
async def read_report(import_id: UUID, actor: Actor, work: Working) -> Response:
    """The sheet's own rows as CSV, each with what is wrong in it; no cell is calculated when it is opened."""
    actor.may("imports.make")
    said = await acts.report(work, import_id, by=actor)
    return _file(said.encode("utf-8-sig"), CSV, "report.csv")


@router.post("/{import_id}/commitment", dependencies=[fresh("imports.commit")], response_model=ImportView)
async def commit_import(import_id: UUID, actor: Actor, work: Working) -> Any:
    """Do all of it, or nothing; the second factor is shown within ten minutes."""
    return _view(await acts.commit(work, import_id, by=actor))


@router.post("/{import_id}/withdrawal", response_model=ImportView)
async def withdraw_import(import_id: UUID, actor: Actor, work: Working) -> Any:
    """Nothing comes of it; what was in it is thrown away."""
    actor.may("imports.make")
    return _view(await acts.withdraw(work, import_id, by=actor))


def _view(held: Import) -> dict[str, Any]:
    shown = [
        {"row": row, "column": column, "problem": SAID[word].zh, "remedy": SAID[word].remedy}
        for row, column, word in held.problems[:_SHOWN]
    ]
    return {**vars(held), "over_at": held.over_at, "problems": shown, "problems_total": len(held.problems)}


def _file(content: bytes, media: str, name: str) -> Response:
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return Response(content, media_type=media, headers=headers)
