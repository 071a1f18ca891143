"""Events in: what people agreed to, what they have seen; and what of our own a hospital's program is to be told."""

from chassis.bus import Consumers
from chassis.db import Work
from contracts import health as said
from contracts import health_contracts as said_of_contracts
from contracts.event import Event
from contracts.identity import ConsentChanged, ProxyChanged
from contracts.identity_wards import ChildTurnedSix
from contracts.notify import ReminderSeen
from services.health.actions import consents as acts
from services.health.actions import hook_feeds, online
from services.health.actions import reminders as reminding

consents = Consumers("health", "consents")
changes = Consumers("health", "changes")
reminders = Consumers("health", "reminders")
guardians = Consumers("health", "guardians")


@consents.on(ConsentChanged)
async def on_consent(event: ConsentChanged, work: Work) -> None:
    """Hospitals are told of a person only while they agree to that."""
    await acts.hear(work, event)


@reminders.on(ReminderSeen)
async def on_reminder_seen(event: ReminderSeen, work: Work) -> None:
    """That somebody was told of their visit is known."""
    await reminding.hear(work, event)


@guardians.on(ProxyChanged)
async def on_proxy(event: ProxyChanged, work: Work) -> None:
    """Whose guardian somebody is: a child is not alone with a doctor by video."""
    await online.hear(work, event)


@guardians.on(ChildTurnedSix)
async def on_six(event: ChildTurnedSix, work: Work) -> None:
    """From six on the law asks for no guardian beside the child."""
    await online.hear_six(work, event)


@changes.on(said.AppointmentBooked)
@changes.on(said.AppointmentSubmitted)
@changes.on(said.AppointmentUnanswered)
@changes.on(said.AppointmentRejected)
@changes.on(said.AppointmentCancelled)
@changes.on(said.AppointmentWithdrawn)
@changes.on(said.AppointmentKept)
@changes.on(said.AppointmentRescheduled)
@changes.on(said.AppointmentDisplaced)
@changes.on(said.AppointmentArrived)
@changes.on(said.AppointmentCalled)
@changes.on(said.AppointmentFulfilled)
@changes.on(said.AppointmentMissed)
@changes.on(said.AppointmentCalledOff)
async def on_change(event: Event, work: Work) -> None:
    """A hospital's program hears that something changed, and asks what."""
    await hook_feeds.hear(work, event)


@changes.on(said_of_contracts.ContractSigned)
@changes.on(said_of_contracts.ContractEnded)
async def on_contract(event: Event, work: Work) -> None:
    """The same of a contract with a team of family doctors."""
    await hook_feeds.hear_contract(work, event)
