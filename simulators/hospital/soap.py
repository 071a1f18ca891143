"""A hospital over SOAP 1.1 by contracts/soap/booking.wsdl: what it is told is held against the schema, and so is what it says.

As strict as a framework that validates: 401 without the token, 405, 415, a Fault of Client for what is no envelope, bears another
namespace, another SOAPAction than its body, a header that must be understood, or does not fit the schema.
"""

import asyncio
import re
import secrets
from collections.abc import Callable
from datetime import datetime
from html import escape
from itertools import islice
from pathlib import Path
from xml.etree.ElementTree import Element

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring
from pydantic import AwareDatetime, TypeAdapter
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulators.hospital.house import NO, House, Kept, Taken
from simulators.hospital.xsd import Schema, Unfit, token

SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"
_SILENCE = 8  # seconds; longer than any partner waits
_PAGE = 50
_SCHEMA = Schema(Path(__file__).parents[2] / "contracts/soap/booking.wsdl")
_SPACE = _SCHEMA.space
_MOMENT: TypeAdapter[datetime] = TypeAdapter(AwareDatetime)
_ORDER = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")  # what it keeps under another number is no partner's
Said = dict[str, str]
Parts = list[tuple[str, str | list[tuple[str, str]]]]


class Faulty(Exception):
    """A Fault: its code, and whether nothing was done for want of time."""

    def __init__(self, code: str, *, busy: bool = False) -> None:
        super().__init__(code)
        self.code, self.busy = code, busy


class Soap:
    """The door of all houses; each lies under its name."""

    def __init__(self, houses: Callable[[str], House], token: str) -> None:
        self._houses, self._token = houses, token

    def routes(self) -> list[Route]:
        """`/{house}/soap`."""
        return [Route("/{house}/soap", self.answer, methods=["POST"])]

    async def answer(self, request: Request) -> Response:
        """One question."""
        given = request.headers.get("authorization", "")
        if not secrets.compare_digest(given.encode(), f"Bearer {self._token}".encode()):
            return Response(status_code=401)
        if request.headers.get("content-type", "").replace(" ", "").lower() != "text/xml;charset=utf-8":
            return Response(status_code=415)
        house = self._houses(request.path_params["house"])
        try:
            act = _read(await request.body(), request.headers.get("soapaction", ""))
            name = act.tag.removeprefix(_SPACE)
            parts, fault = await _ACTS[name](house, {one.tag.removeprefix(_SPACE): token(one) for one in act})
        except Faulty as faulty:
            return _fault(faulty)
        return await _answered(f"{name}Response", parts, fault)


def _read(body: bytes, action: str) -> Element:
    """The element that is asked for, by the schema; Faulty."""
    try:
        root: Element = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError):
        raise Faulty("Client") from None
    if root.tag != f"{SOAP}Envelope":
        raise Faulty("VersionMismatch")
    if any(one.get(f"{SOAP}mustUnderstand") == "1" for one in root.iterfind(f"{SOAP}Header/*")):
        raise Faulty("MustUnderstand")
    asked = root.findall(f"{SOAP}Body/*")
    if len(asked) != 1 or action != f'"{_SPACE.strip("{}")}/{asked[0].tag.removeprefix(_SPACE)}"':
        raise Faulty("Client")
    try:
        _SCHEMA.check(asked[0])
    except Unfit:
        raise Faulty("Client") from None
    return asked[0]


async def _slots(house: House, said: Said) -> tuple[Parts, str]:
    _hears(house)
    begins, ends = _MOMENT.validate_python(said["From"]), _MOMENT.validate_python(said["Until"])
    found: Parts = [
        ("Slot", [("Id", one.id), ("Start", one.start.isoformat()), ("End", one.end.isoformat()), ("Doctor", one.schedule),
                  ("Department", one.specialty), ("State", _state(house, one.id))])
        for one in sorted(house.offers.values(), key=lambda one: (one.start, one.id)) if begins <= one.start < ends
    ]
    return _page(found, said), ""


def _state(house: House, slot: str) -> str:
    return "free" if house.is_free(slot) else "closed" if house.offers[slot].blocked else "taken"


def _hears(house: House) -> None:
    if house.is_deaf:
        raise Faulty("Server", busy=True)


async def _orders(house: House, said: Said) -> tuple[Parts, str]:
    _hears(house)
    if ("Order" in said) == ("From" in said) or ("From" in said) != ("Until" in said):
        raise Faulty("Client")
    begins, ends = (_MOMENT.validate_python(said[name]) if name in said else None for name in ("From", "Until"))
    found: Parts = [
        ("Booking", [("Order", one.key), ("Reference", one.ref), ("Start", one.start.isoformat()),
                     ("End", one.end.isoformat()), ("State", one.status)])
        for one in sorted(house.kept.values(), key=lambda one: one.ref)
        if _ORDER.fullmatch(one.key) and one.key == said.get("Order", one.key)
        and (begins is None or ends is None or begins <= one.start < ends)
    ]
    return _page(found, said), ""


def _page(found: Parts, said: Said) -> Parts:
    """So many from a mark on, and where it goes on."""
    begins = int(said.get("After", "0"))
    shown = list(islice(found, begins, begins + _PAGE))
    return [*shown, ("Next", str(begins + _PAGE))] if len(found) > begins + _PAGE else shown


async def _lock(house: House, said: Said) -> tuple[Parts, str]:
    order, slot = said["Order"], said["Slot"]
    if any(one.slot == slot and one.status == "booked" for one in house.by_key(order)):
        return _done(order, "locked"), ""  # it is its own already
    try:
        house.lock(order, slot)
    except Taken:
        return _done(order, "taken"), ""
    return _done(order, "locked"), ""


async def _unlock(house: House, said: Said) -> tuple[Parts, str]:
    return _done(said["Order"], "unlocked" if house.unlock(said["Order"], said["Slot"]) else "none"), ""


async def _confirm(house: House, said: Said) -> tuple[Parts, str]:
    order, fault = said["Order"], house.fault()
    await _before(fault)
    there = next((one for one in house.by_key(order) if one.status == "booked"), None)
    begins, ends = _MOMENT.validate_python(said["Start"]), _MOMENT.validate_python(said["End"])
    if begins >= ends:
        raise Faulty("Client")
    try:
        made = there or house.book(Kept(order, said["Person"], begins, ends, said.get("Slot")), fault)
    except Taken:
        return _done(order, "taken"), fault
    house.locks.pop(order, None)
    return (_done(order, "taken") if fault in NO else [*_done(order, "booked"), ("Reference", made.ref)]), fault


async def _cancel(house: House, said: Said) -> tuple[Parts, str]:
    order, fault = said["Order"], house.fault()
    await _before(fault)
    one = house.kept.get(said["Reference"])
    if one is None or one.key != order:
        return _done(order, "none"), fault
    house.cancel(one.ref, fault)
    return _done(order, "refused" if fault in NO else "cancelled"), fault


_ACTS = {
    "QuerySlots": _slots, "QueryOrders": _orders, "Lock": _lock, "Unlock": _unlock, "Confirm": _confirm, "Cancel": _cancel,
}


def _done(order: str, outcome: str) -> Parts:
    return [("Order", order), ("Outcome", outcome)]


async def _before(fault: str) -> None:
    if fault == "silent-before":
        await asyncio.sleep(_SILENCE)
    if fault == "busy":
        raise Faulty("Server", busy=True)


async def _answered(name: str, parts: Parts, fault: str) -> Response:
    """What it says, as it fails to say it; held against the schema."""
    if fault == "silent-after":
        await asyncio.sleep(_SILENCE)
    if fault == "nonsense":
        return Response("<html>nothing here</html>", media_type="text/html")
    body = f'<{name} xmlns="{_SPACE.strip("{}")}">{_written(parts)}</{name}>'
    _SCHEMA.check(fromstring(body))
    headers = {"content-length": "99999"} if fault.startswith("cut") else {}  # the line is cut before so much is said
    return Response(_envelope(body), headers=headers, media_type="text/xml")


def _written(parts: Parts | list[tuple[str, str]]) -> str:
    return "".join(
        f"<{name}>{escape(said, quote=False) if isinstance(said, str) else _written(said)}</{name}>" for name, said in parts
    )


def _envelope(body: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="{SOAP.strip("{}")}"><s:Body>{body}</s:Body></s:Envelope>'


def _fault(faulty: Faulty) -> Response:
    detail = f'<detail><Busy xmlns="{_SPACE.strip("{}")}"/></detail>' if faulty.busy else ""
    said = f"<s:Fault><faultcode>s:{faulty.code}</faultcode><faultstring>拒绝</faultstring>{detail}</s:Fault>"
    return Response(_envelope(said), 500, media_type="text/xml")
