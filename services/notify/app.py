"""The composition root of notify."""

from chassis import directory, privacy
from chassis.process import Job, Service
from services.notify.actions import personal, retention
from services.notify.consumers import health, identity, proxies, reports
from services.notify.domain.rights import RIGHTS
from services.notify.store import tables

_PERSONAL = privacy.PersonalData(
    frozenset(), personal.export, personal.erase, columns=(tables.notices.c.person_id,),
)

service = Service(
    name="notify",
    tables=tables.metadata,
    rights=RIGHTS,
    api="services.notify.api",
    consumers=(
        directory.consumers("notify"), privacy.consumers("notify", _PERSONAL),
        reports.consumers, health.consumers, identity.consumers, proxies.consumers,
    ),
    personal=_PERSONAL,
    jobs=(Job("retention", 3600, retention.run),),
)
