"""The composition root of health."""

from chassis import directory, privacy
from chassis.process import Job, Service
from services.health import consumers, jobs, seed
from services.health.actions import (
    calling_off,
    contracts,
    message_effects,
    notes,
    personal,
    programs,
    publishing,
    reminders,
    retention,
    room,
    schedules,
    seen,
    tickets,
    visits,
    waiting,
)
from services.health.domain.rights import RIGHTS
from services.health.settings import HealthSettings
from services.health.store import tables
from services.health.store.breaches import breaches, sanctions
from services.health.store.contracts import contracts as contracts_table
from services.health.store.notes import visit_notes
from services.health.store.online import evidence, guardians
from services.health.store.programs import patients
from services.health.store.waiting import waits

_PERSONAL = privacy.PersonalData(
    frozenset({"appointments", "entitlements", "visit_notes", "waits", "breaches", "sanctions", "evidence", "guardians",
               "contracts"}),
    personal.export, personal.erase, personal.hold,
    (tables.appointments.c.person_id, tables.entitlements.c.person_id, patients.c.person_id, visit_notes.c.person_id,
     waits.c.person_id, breaches.c.person_id, sanctions.c.person_id,
     evidence.c.person_id, guardians.c.child_id, guardians.c.guardian_id, contracts_table.c.person_id),
)

service = Service(
    name="health",
    tables=tables.metadata,
    rights=RIGHTS,
    api="services.health.api",
    consumers=(directory.consumers("health"), privacy.consumers("health", _PERSONAL), consumers.consents, consumers.changes,
               consumers.reminders, consumers.guardians),
    personal=_PERSONAL,
    jobs=(
        Job("hours", 600, schedules.lay_out_all), Job("asks", 0.5, jobs.ask_hospitals), Job("their slots", 60, jobs.read_slots),
        Job("reconciliations", 5, jobs.reconcile), Job("called off", 1, calling_off.tell_all),
        Job("waits", 1, waiting.offer_all), Job("no-shows", 60, visits.miss_all), Job("retention", 3600, retention.run),
        Job("shown", 5, seen.LOOKS.tell),
        Job("sights", 3600, programs.forget_sights), Job("hooks", 1, jobs.tell_programs),
        Job("mllp", 5, jobs.listen), Job("messages", 0.5, message_effects.apply_all),
        Job("old messages", 3600, jobs.forget_messages),
        Job("tickets", 3600, tickets.forget), Job("notes", 3600, notes.forget), Job("reminders", 15, reminders.remind_all),
        Job("contracts", 600, contracts.prompt_all), Job("published", 15, publishing.publish),
    ),
    settings=HealthSettings,
    seed=seed.run,
    background=room.keep,
)
