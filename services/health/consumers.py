"""Events in: what people agreed to."""

from chassis.bus import Consumers
from chassis.db import Work
from contracts.identity import ConsentChanged
from services.health.actions import consents as acts

consents = Consumers("health", "consents")


@consents.on(ConsentChanged)
async def on_consent(event: ConsentChanged, work: Work) -> None:
    """Hospitals are told of a person only while they agree to that."""
    await acts.hear(work, event)
