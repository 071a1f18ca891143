"""What identity says of people, told to those it concerns."""

from chassis.bus import Consumers
from chassis.db import Work
from chassis.directory import serving
from contracts.area import Role
from contracts.identity import (
    BindingChanged,
    BindingDenied,
    BindingProposed,
    CoverArranged,
    DeviceAdded,
    DuplicateFound,
    EmergencyBegun,
    EmergencyEnded,
    EmergencyReviewed,
    ErasureAsked,
    ExportRequested,
    FactChanged,
    FactorChanged,
    PersonSignedOut,
    PhoneChanged,
    ProxyChanged,
)
from contracts.identity_homes import HelperChanged, InvitationAccepted
from contracts.identity_merges import PeopleMerged, PeopleSplit
from services.notify.actions.concerned import office
from services.notify.actions.notices import tell
from services.notify.consumers.words import clock, day, named
from services.notify.domain.notice import DEVICES, EMERGENCIES, FACTORS, FACTS, FINDINGS, SIGNED_OUT

consumers = Consumers("notify", "identity")
_COMMUNITY = 3  # the community officers, and where there are none the subdistrict's


@consumers.on(FactorChanged)
async def on_factor(event: FactorChanged, work: Work) -> None:
    """Whose way in it is hears of it, also who did it themselves: they may not have."""
    await tell(work, event, f"factor-{event.change}", [event.person_id], factor=FACTORS[event.factor])


@consumers.on(DeviceAdded)
async def on_device(event: DeviceAdded, work: Work) -> None:
    """Whose account it is hears that somebody came with a kind of device they did not use lately."""
    await tell(work, event, "device-added", [event.person_id], device=DEVICES[event.device])


@consumers.on(PhoneChanged)
async def on_phone(event: PhoneChanged, work: Work) -> None:
    """Whose phone it is, or was, hears of it."""
    await tell(work, event, f"phone-{event.change}", [event.person_id])


@consumers.on(ProxyChanged)
async def on_proxy(event: ProxyChanged, work: Work) -> None:
    """Both hear of it, each in words of their own."""
    await tell(work, event, f"proxy-{event.change}", [event.principal_id])
    await tell(work, event, f"proxy-{event.change}-too", [event.actor_id])


@consumers.on(BindingProposed)
async def on_proposed(event: BindingProposed, work: Work) -> None:
    """Of whom staff say that they live somewhere hears of it at once, and may say yes or "not me"."""
    await tell(work, event, "binding-proposed", [event.person_id], until=clock(event.until))


@consumers.on(BindingChanged)
@consumers.on(HelperChanged)
async def on_binding(event: BindingChanged | HelperChanged, work: Work) -> None:
    """Whose home it is hears that it begins, ends or was corrected; of the first data nobody does."""
    if event.change is not None:
        await tell(work, event, f"binding-{event.change}", [event.person_id])


@consumers.on(BindingDenied)
async def on_denied(event: BindingDenied, work: Work) -> None:
    """Somebody else of the office than who bound them looks into it; where nobody else is there, the admins."""
    aside = {event.person_id, *event.bound_by}
    holding = [one for one in await office(work, _COMMUNITY, event.area) if one not in aside]
    others = holding or [one for one in await serving(work, Role.ADMIN, event.area) if one not in aside]
    await tell(work, event, "binding-denied", others)


@consumers.on(InvitationAccepted)
async def on_accepted(event: InvitationAccepted, work: Work) -> None:
    """Whose room it is hears that somebody came by their invitation; who it is they know, or do not learn here."""
    await tell(work, event, named(event), [event.owner_id])


@consumers.on(FactChanged)
async def on_fact(event: FactChanged, work: Work) -> None:
    """Of whom it was verified hears of it, also that it is over: they may want it anew."""
    await tell(work, event, f"fact-{event.change}", [event.person_id], fact=FACTS[event.kind])


@consumers.on(DuplicateFound)
async def on_duplicate(event: DuplicateFound, work: Work) -> None:
    """The office of the place hears that two may be one; neither of the two is told anything of the other."""
    if event.area:
        holding = await office(work, _COMMUNITY, event.area)
        await tell(work, event, "duplicate-found", [one for one in holding if one not in {event.person_id, event.other_id}])


@consumers.on(PersonSignedOut)
async def on_signed_out(event: PersonSignedOut, work: Work) -> None:
    """Who was signed out everywhere finds the reason when they come back."""
    await tell(work, event, named(event), [event.person_id], why=SIGNED_OUT[event.reason])


@consumers.on(CoverArranged)
async def on_cover_arranged(event: CoverArranged, work: Work) -> None:
    """Who stands in and whose place it is."""
    times = {"starts_at": clock(event.starts_at), "ends_at": clock(event.ends_at)}
    await tell(work, event, named(event), [event.person_id, event.covered_id], **times)


@consumers.on(EmergencyBegun)
async def on_emergency(event: EmergencyBegun, work: Work) -> None:
    """The other admins of the area hear at once."""
    admins = set(await serving(work, Role.ADMIN, event.area)) - {event.person_id}
    await tell(work, event, named(event), admins, why=EMERGENCIES[event.reason], ends_at=clock(event.ends_at))


@consumers.on(EmergencyEnded)
async def on_emergency_over(event: EmergencyEnded, work: Work) -> None:
    """The other admins are asked to review it; whom it concerned hears of it now."""
    admins, why = set(await serving(work, Role.ADMIN, event.area)) - {event.person_id}, EMERGENCIES[event.reason]
    concerned = {event.concerns_id} if event.concerns_id else set()
    await tell(work, event, "emergency-to-review", admins - concerned, why=why)
    await tell(work, event, "emergency-concerned", concerned - {event.person_id}, why=why, began_at=clock(event.began_at))


@consumers.on(EmergencyReviewed)
async def on_reviewed(event: EmergencyReviewed, work: Work) -> None:
    """Whose it was hears what was found."""
    await tell(work, event, named(event), [event.person_id], finding=FINDINGS[event.finding])


@consumers.on(ErasureAsked)
async def on_erasure(event: ErasureAsked, work: Work) -> None:
    """Whose account is to be closed hears of it, also who asked themselves: they may not have."""
    await tell(work, event, "erasure-asked", [event.person_id])


@consumers.on(ExportRequested)
async def on_export(event: ExportRequested, work: Work) -> None:
    """Whose data was asked for hears of it, for the same reason."""
    await tell(work, event, "export-asked", [event.person_id])


@consumers.on(PeopleMerged)
async def on_merged(event: PeopleMerged, work: Work) -> None:
    """Whoever they are now hears of it, with until when it can be undone: they may not be who they were taken for."""
    await tell(work, event, named(event), [event.survivor_id], until=day(event.until))


@consumers.on(PeopleSplit)
async def on_split(event: PeopleSplit, work: Work) -> None:
    """Both hear that they are two again."""
    await tell(work, event, named(event), [event.survivor_id, event.source_id])
