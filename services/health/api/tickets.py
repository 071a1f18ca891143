"""Tickets for the video room of an appointment, and where media are relayed."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Request
from pydantic import BaseModel, Field

from chassis.route import Actor, Working
from chassis.service import router as new_router
from services.health.actions import tickets
from services.health.domain.ticket import Relay, Side, relay

router = new_router("/api/v1/appointments", tags=["appointments"])


class RelayView(BaseModel):
    """A TURN server as `RTCPeerConnection` takes it (W3C WebRTC, RTCIceServer)."""

    urls: list[str]
    username: str
    credential: str


class TicketView(BaseModel):
    """A ticket; shown as the second WebSocket subprotocol at `href`, never in an address. Good once, until `ends_at`."""

    ticket: str
    side: Side
    ends_at: datetime
    closes_at: Annotated[datetime, Field(description="when the room closes, and until when the relays relay")]
    acting_id: Annotated[UUID | None, Field(description="who acts for the patient, by proxy (代办)")]
    href: str
    ice_servers: list[RelayView]


def relays(request: Request, given: tickets.Given) -> list[Relay]:
    """Where media are relayed for whoever was given a ticket."""
    mine = request.app.state.running.settings
    urls = [one.strip() for one in mine.turn_urls.split(",") if one.strip()]
    return [relay(urls, mine.turn_secret, given.ticket, given.closes_at)] if urls and mine.turn_secret else []


@router.post("/{appointment_id}/tickets", status_code=201, response_model=TicketView)
async def give_ticket(appointment_id: UUID, actor: Actor, work: Working, request: Request) -> dict[str, Any]:
    """Ask to be let into the video room, from fifteen minutes before the visit until thirty after it."""
    given = await tickets.give(work, appointment_id, by=actor, blind=request.app.state.running.settings.keys.blind)
    return {
        **vars(given.ticket), "ticket": given.text, "ends_at": given.ticket.ends_at, "closes_at": given.closes_at,
        "href": f"/api/v1/visits/{appointment_id}", "ice_servers": [vars(one) for one in relays(request, given)],
    }
