"""The composition root of identity."""

from typing import Any
from uuid import UUID

from chassis import directory, privacy
from chassis.process import Job, Running, Service
from contracts.identity import DirectoryMarked
from services.identity import consumers, jobs, seed
from services.identity.actions import consents, erasures, exports, indexes, merging, people, refusals, retention
from services.identity.domain.rights import RIGHTS
from services.identity.settings import IdentitySettings
from services.identity.store import reach, tables

_PERSONAL = privacy.PersonalData(
    frozenset({
        "people", "contacts", "codes", "second_factors", "passkeys", "registrations", "phone_additions", "imports", "exports",
        "real_name_checks",
    }),
    people.export, people.erase, erasures.serves, merging.COLUMNS, merging.follow,
)


def _front(app: Any, running: Running) -> Any:
    from services.identity.api.plain import Plain  # noqa: PLC0415 - a worker must not carry it

    return Plain(refusals.Counted(app, running), running)


service = Service(
    name="identity",
    tables=tables.metadata,
    rights=RIGHTS,
    api="services.identity.api",
    consumers=(directory.consumers("identity"), privacy.consumers("identity", _PERSONAL), consumers.parts),
    jobs=(
        Job("codes", 0.2, jobs.send_codes), Job("real-names", 0.5, jobs.compare_names), Job("emergencies", 2, jobs.tell_ended),
        Job("keys", 10, jobs.tend_keys), Job("indexes", 60, indexes.reindex), Job("sweep", 300, jobs.sweep),
        Job("erasures", 5, erasures.look_all), Job("erasures overdue", 60, erasures.watch),
        Job("withdrawals overdue", 30, consents.watch), Job("exports over", 10, exports.sweep),
        Job("retention", 3600, retention.run),
    ),
    settings=IdentitySettings,
    personal=_PERSONAL,
    seed=seed.run,
    front=_front,
    background=refusals.keep_counting,
    prepare=jobs.prepare,
    reach=reach.of,
    mark=lambda position: DirectoryMarked(directory_id=UUID(int=0), position=position),
)
