"""What a hospital's SOAP service says, as bytes; and the schema that is published for it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree.ElementTree import Element, fromstring

from builders.odd import KEY, Serve

from services.health.clients.envelope import SOAP
from services.health.clients.soap import SPACE
from simulators.hospital.xsd import Schema

WSDL = Path(__file__).parents[2] / "contracts/soap/booking.wsdl"
SCHEMA = Schema(WSDL)
WHEN = "<Start>2030-01-01T17:00:00+08:00</Start><End>2030-01-01T17:15:00+08:00</End>"


def enveloped(body: str, space: str = SOAP) -> bytes:
    """An envelope with this in its body."""
    return f'<s:Envelope xmlns:s="{space}"><s:Body>{body}</s:Body></s:Envelope>'.encode()


def said(act: str, inside: str, space: str = SPACE) -> bytes:
    """The answer to this question."""
    return enveloped(f'<b:{act}Response xmlns:b="{space}" xmlns="{space}">{inside}</b:{act}Response>')


def done(act: str, outcome: str, more: str = "", order: object = KEY) -> bytes:
    """What was done with an order."""
    return said(act, f"<Order>{order}</Order><Outcome>{outcome}</Outcome>{more}")


def fault(code: str, detail: str = "") -> bytes:
    """A Fault."""
    inside = f"<faultcode>{code}</faultcode><faultstring>系统错误</faultstring>{detail and f'<detail>{detail}</detail>'}"
    return enveloped(f"<s:Fault>{inside}</s:Fault>")


def slot(name: str = "s1", when: str = WHEN, **other: str) -> str:
    """A time in a list."""
    parts = {"Doctor": "dr-1", "Department": "内科", "State": "free", **other}
    inside = "".join(f"<{part}>{text}</{part}>" for part, text in parts.items() if text)
    return f"<Slot><Id>{name}</Id>{when}{inside}</Slot>"


def booking(ref: str = "r1", order: object = KEY, when: str = WHEN, state: str = "booked") -> str:
    """A booking in a list."""
    return f"<Booking><Order>{order}</Order><Reference>{ref}</Reference>{when}<State>{state}</State></Booking>"


LOCKED, BOOKED = done("Lock", "locked"), done("Confirm", "booked", "<Reference>r1</Reference>")


def asked(body: str) -> Element:
    """What stands in the body of a question; it is the schema's."""
    (one,) = fromstring(body).findall(f"{{{SOAP}}}Body/*")
    SCHEMA.check(one)
    return one


def texts(one: Element) -> dict[str, str]:
    """Its texts by their names."""
    return {part.tag.rpartition("}")[2]: part.text or "" for part in one}


@asynccontextmanager
async def wired(serve: Serve) -> AsyncIterator[Any]:
    """What of the settings is asked about systems, where `odd` is whatever serves here."""
    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        yield SimpleNamespace(systems={"odd": f"soap+http://127.0.0.1:{port}/h"}, tokens={"odd": "t"})
