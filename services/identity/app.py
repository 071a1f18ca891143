"""The composition root of identity."""

from uuid import UUID

from chassis import directory
from chassis.privacy import PersonalData
from chassis.process import Job, Service
from contracts.identity import DirectoryMarked
from services.identity import jobs, seed
from services.identity.actions import keys, people, refusals
from services.identity.domain.rights import RIGHTS
from services.identity.settings import IdentitySettings
from services.identity.store import tables

service = Service(
    name="identity",
    tables=tables.metadata,
    rights=RIGHTS,
    api="services.identity.api",
    consumers=(directory.consumers("identity"),),
    jobs=(
        Job("codes", 0.2, jobs.send_codes), Job("real-names", 0.5, jobs.compare_names), Job("emergencies", 2, jobs.tell_ended),
        Job("keys", 10, jobs.tend_keys), Job("sweep", 300, jobs.sweep),
    ),
    settings=IdentitySettings,
    personal=PersonalData(
        frozenset({
            "people", "contacts", "codes", "second_factors", "passkeys", "registrations", "phone_additions", "imports",
            "real_name_checks",
        }),
        people.export, people.erase,
    ),
    seed=seed.run,
    front=refusals.Counted,
    background=refusals.keep_counting,
    prepare=keys.prepare,
    mark=lambda position: DirectoryMarked(directory_id=UUID(int=0), position=position),
)
