"""What happens to appointments, told to those it concerns."""

from typing import Any

from chassis.bus import Consumers
from chassis.db import Work
from chassis.directory import serving
from contracts import health, health_contracts
from contracts.area import Role
from services.notify.actions.notices import tell
from services.notify.consumers.words import clock, day, named
from services.notify.domain.notice import APPEALS, CAUSES, ENDINGS, REASONS, SERVICES
from services.notify.store import queries

consumers = Consumers("notify", "health")


@consumers.on(health.AppointmentBooked)
async def on_booked(event: health.AppointmentBooked, work: Work) -> None:
    words = "appointment-booked-there" if event.theirs else "appointment-booked"
    await tell(work, event, words, event.recipients, starts_at=clock(event.starts_at))


@consumers.on(health.AppointmentCancelled)
async def on_cancelled(event: health.AppointmentCancelled, work: Work) -> None:
    words = "appointment-cancelled-there" if event.theirs else "appointment-cancelled"
    words = "appointment-cancelled-by-hospital" if event.by_hospital else words
    await tell(work, event, words, event.recipients, starts_at=clock(event.starts_at))


@consumers.on(health.AppointmentCalled)
@consumers.on(health.AppointmentMissed)
@consumers.on(health.AppointmentRejected)
@consumers.on(health.AppointmentUnanswered)
@consumers.on(health.AppointmentKept)
@consumers.on(health.AppointmentDisplaced)
async def of_the_hospital(event: Any, work: Work) -> None:
    """What the hut, or a hospital's word or silence, says to the person, in the words that are named as the event is."""
    await tell(work, event, named(event), event.recipients, starts_at=clock(event.starts_at))


@consumers.on(health.AppointmentCalledOff)
async def on_called_off(event: health.AppointmentCalledOff, work: Work) -> None:
    """Why, in words of the list."""
    why = REASONS.get(event.reason, REASONS["other"])
    await tell(work, event, named(event), event.recipients, starts_at=clock(event.starts_at), why=why)


@consumers.on(health.SeatOffered)
async def on_offered(event: health.SeatOffered, work: Work) -> None:
    words = "seat-came-free" if event.waited else "seat-offered"
    await tell(work, event, words, event.recipients, starts_at=clock(event.starts_at), until=clock(event.until))


@consumers.on(health.BreachCounted)
async def on_breach(event: health.BreachCounted, work: Work) -> None:
    cause = CAUSES.get(event.cause, "失约")
    facts = {"starts_at": clock(event.starts_at), "cause": cause, "points": str(event.points)}
    await tell(work, event, named(event), event.recipients, **facts)


@consumers.on(health.BreachAppealed)
async def on_appeal(event: health.BreachAppealed, work: Work) -> None:
    """Those who decide, but for whom it is about."""
    deciding = {one for role in (Role.HUT_STAFF, Role.COMMUNITY_OFFICER) for one in await serving(work, role, event.area)}
    await tell(work, event, named(event), sorted(deciding - set(event.recipients)))


@consumers.on(health.SubscriptionSilenced)
async def on_silenced(event: health.SubscriptionSilenced, work: Work) -> None:
    await tell(work, event, named(event), await serving(work, Role.COMMUNITY_OFFICER, event.area))


@consumers.on(health.BreachDecided)
async def on_appeal_decided(event: health.BreachDecided, work: Work) -> None:
    await tell(work, event, named(event), event.recipients, finding=APPEALS.get(event.finding, "已处理"))


@consumers.on(health.SanctionBegun)
async def on_sanction(event: health.SanctionBegun, work: Work) -> None:
    await tell(work, event, named(event), event.recipients, until=clock(event.until))


@consumers.on(health.SanctionLifted)
async def on_sanction_lifted(event: health.SanctionLifted, work: Work) -> None:
    await tell(work, event, named(event), event.recipients)


@consumers.on(health.AppointmentReminded)
async def on_reminded(event: health.AppointmentReminded, work: Work) -> None:
    await tell(work, event, f"appointment-reminded-{event.ahead}", event.recipients, starts_at=clock(event.starts_at))


@consumers.on(health.AppointmentRescheduled)
async def on_rescheduled(event: health.AppointmentRescheduled, work: Work) -> None:
    words = "appointment-moved-by-hospital" if event.by_hospital else "appointment-rescheduled"
    await tell(work, event, words, event.recipients, starts_at=clock(event.starts_at))


@consumers.on(health_contracts.ContractAsked)
async def on_contract_asked(event: health_contracts.ContractAsked, work: Work) -> None:
    """The other side: the person, or who is of the team."""
    if event.by_team:
        await tell(work, event, "contract-offered", event.recipients)
    else:
        team = await queries.members(work, [event.team_id], event.area)
        await tell(work, event, named(event), sorted(set(team) - set(event.recipients)))


@consumers.on(health_contracts.ContractSigned)
async def on_contract_signed(event: health_contracts.ContractSigned, work: Work) -> None:
    words = "contract-renewed" if event.renews else named(event)
    await tell(work, event, words, event.recipients, starts_at=day(event.starts_at), ends_at=day(event.ends_at))


@consumers.on(health_contracts.ContractDeclined)
async def on_contract_declined(event: health_contracts.ContractDeclined, work: Work) -> None:
    if event.by_team:
        await tell(work, event, named(event), event.recipients)


@consumers.on(health_contracts.ContractEnded)
async def on_contract_ended(event: health_contracts.ContractEnded, work: Work) -> None:
    await tell(work, event, named(event), event.recipients, why=ENDINGS.get(event.reason, ENDINGS["other"]))


@consumers.on(health_contracts.ContractEnding)
async def on_contract_ending(event: health_contracts.ContractEnding, work: Work) -> None:
    await tell(work, event, named(event), event.recipients, ends_at=day(event.ends_at))


@consumers.on(health_contracts.ContractServed)
async def on_contract_served(event: health_contracts.ContractServed, work: Work) -> None:
    await tell(work, event, named(event), event.recipients, item=SERVICES.get(event.item, "服务"))
