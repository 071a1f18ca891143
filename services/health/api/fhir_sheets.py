"""`Slot/$import`: a hospital's program sends its 号源表, as text/csv or inside a Binary or Parameters (FHIR R4, 2.41 and 3.2)."""

import base64
import binascii
import json
from typing import Annotated, Any

from fastapi import Depends, Request, Response

from chassis.rights import Actor
from chassis.route import Working
from services.health.actions import slot_sheets as acts
from services.health.api import fhir_body as bodies
from services.health.api import fhir_said as said
from services.health.api.fhir import asking, fhir_router
from services.health.api.fhir_route import FhirRoute
from services.health.domain.proposal import BodyUnfit
from services.health.domain.resources import MEDIA_TYPE, Resource
from services.health.domain.slot_rows import report

CSV = "text/csv"


class SheetRoute(FhirRoute):
    """The order of every route of this door; what is wrong in a sheet is an issue a row."""

    async def _refused(self, request: Request, broken: Exception) -> Response:
        plain = await super()._refused(request, broken)
        if not isinstance(broken, acts.SlotSheetUnfit):
            return plain
        told = json.loads(bytes(plain.body))
        told["issue"] += issues(broken.extra["problems"], "error")
        return said.answered(told, plain.status_code)


router = fhir_router()
router.route_class = SheetRoute
_OBJECT = {"schema": {"type": "object"}}
_BODY: dict[str, Any] = {"requestBody": {"required": True, "content": {CSV: {"schema": {"type": "string"}}, MEDIA_TYPE: _OBJECT}}}
Offering = Annotated[Actor, Depends(asking("fhir.offer", "c", "Slot"))]


@router.post("/Slot/$import", openapi_extra=_BODY)
async def import_fhir_slots(
    actor: Offering, request: Request, work: Working, preview: bool = False,  # noqa: FBT001, FBT002 - a parameter of the address
) -> Response:
    """All times of a sheet, or none; with `preview` only looked at. Needs scope `u` as well: it may change what is there."""
    content, is_preview = sent(await request.body(), request.headers.get("content-type", ""), preview)
    act = acts.look_for_theirs if is_preview else acts.bring_in_theirs
    return said.answered(told(await act(work, content, by=actor), is_preview=is_preview))


def sent(body: bytes, media: str, is_preview: bool) -> tuple[bytes, bool]:  # noqa: FBT001 - as the address says
    """The sheet, and whether it is only to be looked at; BodyUnfit."""
    if media.partition(";")[0].strip().lower() == CSV:
        return body, is_preview
    whole = _resource(body)
    if whole["resourceType"] == "Binary":
        return _needed(whole), is_preview
    given = bodies.parameters(body)
    sheet, preview = (next(iter(given.get(name, ())), None) for name in ("sheet", "preview"))
    if preview is not None and not isinstance(preview, bool):
        raise BodyUnfit
    return _data(sheet) if isinstance(sheet, str) else _needed(sheet), is_preview or preview is True


def _resource(body: bytes) -> Resource:
    try:
        return bodies.resource(body, "Binary")
    except BodyUnfit:
        return bodies.resource(body, "Parameters")


def _needed(sheet: Any) -> bytes:
    if not isinstance(sheet, dict) or sheet.get("resourceType") != "Binary":
        raise BodyUnfit
    return _data(sheet.get("data"))


def _data(said_so: Any) -> bytes:
    try:
        return base64.b64decode(said_so, validate=True)
    except (ValueError, TypeError, binascii.Error):
        raise BodyUnfit from None


def told(found: acts.Looked, *, is_preview: bool) -> Resource:
    """What a sheet did, or would: counts, what is wrong row by row, and of a preview the sheet again with that in it."""
    parameters: list[Resource] = [{"name": name, "valueInteger": number} for name, number in found.counts.items()]
    if found.problems:
        shown = issues([*acts.said(found.problems[:acts.SHOWN])], "error")
        parameters.append({"name": "outcome", "resource": {"resourceType": "OperationOutcome", "issue": shown}})
    if is_preview:
        data = base64.b64encode(report(found.sheet, found.problems).encode("utf-8-sig")).decode()
        parameters.append({"name": "report", "resource": {"resourceType": "Binary", "contentType": CSV, "data": data}})
    return {"resourceType": "Parameters", "parameter": parameters}


def issues(problems: list[Any], severity: str) -> list[Resource]:
    """One a problem: its name, what is wrong with the remedy, and where."""
    return [
        {"severity": severity, "code": "business-rule",
         "details": {"coding": [{"system": "urn:guohuai:slot-sheet-problem", "code": one["code"]}],
                     "text": f"{one['problem']}。{one['remedy']}"},
         "diagnostics": f"row {one['row']}, {one['column']}"}
        for one in problems
    ]
