"""The gate of care by video: every way to a seat passes it in `appointments.seated` and `confirm`; what staff tell it."""

from typing import Any
from uuid import UUID, uuid5

from chassis.db import Work
from chassis.directory import serving
from chassis.rights import Actor
from contracts.area import Role, contains
from contracts.calendar import CHENGDU
from contracts.identity import ProxyChanged
from contracts.identity_wards import ChildTurnedSix
from services.health.domain.entitlement import NotAResidentHere
from services.health.domain.evidence import Evidence, Qualification, Site
from services.health.domain.hospital import DepartmentNotHere, Hospital
from services.health.domain.online import RULES, Asked, EvidenceOfOneself, Facts, Modality, VisitKind, possible, refusal
from services.health.domain.schedule import NotADoctorHere
from services.health.domain.slot import Slot
from services.health.store import in_person, queries
from services.health.store import online as store

_ELSEWHERE = "最近可约的线下号源已为您列出。"
_NOWHERE = "目前没有可约的线下号源，请联系健康小屋。"


async def judged(work: Work, slot: Slot, person: UUID, asked: Asked) -> VisitKind | None:
    """What the visit is; None in person. Whatever breaks a law is refused, with its article and where to go instead."""
    kind = asked.of(slot.modality)
    if kind is None:
        return None
    facts = await _facts(work, vars(slot), person, asked)
    law = refusal(kind, facts)
    if law is None:
        return kind
    instead = await in_person.next_slot(work, slot, person)
    raise law(
        f"{law.zh}。{_NOWHERE if instead is None else _ELSEWHERE}", kind=kind.value, rules=RULES,
        kinds=[one.value for one in possible(facts)], in_person_slot_id=None if instead is None else str(instead),
    )


async def _facts(work: Work, slot: dict[str, Any], person: UUID, asked: Asked) -> Facts:
    doctor = await store.of_doctor(work, slot["doctor_id"], slot["area"])
    known = await store.of_person(
        work, person, area=slot["area"], department=slot["department_id"], acting=asked.acting,
    )
    return Facts(
        Modality(slot["modality"]), slot["starts_at"].astimezone(CHENGDU).date(),
        practised_since=doctor.practised_since if doctor else None, for_children=bool(doctor and doctor.for_children),
        is_child=known.is_child, guardian_is_there=known.guardian_asks or asked.at_the_hut,
        was_diagnosed=known.was_diagnosed, hut_is_site=known.hut_is_site,
    )


async def with_kinds(work: Work, slots: list[dict[str, Any]], *, by: Actor) -> list[dict[str, Any]]:
    """Free times, each with the `kinds` of visit that whoever asks may have in it; none of those in person."""
    asked, known = Asked(acting=by.acting), dict[Any, list[VisitKind]]()
    for slot in slots:
        day = slot["starts_at"].astimezone(CHENGDU).date()
        same = slot["area"], slot["doctor_id"], slot["department_id"], slot["modality"], day
        if same not in known:
            is_video = slot["modality"] != Modality.IN_PERSON
            known[same] = possible(await _facts(work, slot, by.id, asked)) if is_video else []
        slot["kinds"] = known[same]
    return slots


async def qualify(work: Work, said: Qualification, *, by: Actor) -> Qualification:
    """Say since when a doctor practises, and whether for children; what is said last holds."""
    by.may("online_care.keep").check(said)
    if said.doctor_id not in await serving(work, Role.DOCTOR, said.area):
        raise NotADoctorHere
    said.id = await store.keep_qualification(work, said)
    await work.audit("online_care.keep", f"qualification/{said.id}", actor=by.id)
    return said


async def decide_site(work: Work, hospital_id: UUID, *, by: Actor, is_site: bool) -> Site:
    """Whether a staffed hut counts as a place of this hospital's from now on; what was said before stays as it was said."""
    hospital = await work.seen(Hospital, hospital_id, by.may("online_care.keep"))
    await work.taking_turns(uuid5(hospital.id, "site").bytes)
    version = await store.last_site(work, hospital.id) + 1
    made = Site(work.new_id(), hospital.area, hospital.id, version, is_site, by.id, work.now)
    work.session.add(made)
    await work.audit("online_care.keep", f"site/{made.id}", actor=by.id)
    return made


async def record(work: Work, said: Evidence, *, by: Actor) -> Evidence:
    """Note that a paper was seen by which a resident was diagnosed in person; never of oneself."""
    by.may("evidence.record").check(said)
    said.check(work.now.astimezone(CHENGDU).date())
    if said.person_id == by.id:
        raise EvidenceOfOneself
    if not await queries.lives_in(work, said.person_id, said.area):
        raise NotAResidentHere
    if said.department_id is not None:
        hospital = await queries.hospital_of(work, said.department_id)
        if hospital is None or not contains(hospital.area, said.area):
            raise DepartmentNotHere
    work.session.add(said)
    await work.audit("evidence.record", f"evidence/{said.id}", actor=by.id)
    return said


async def take_back(work: Work, evidence_id: UUID, *, by: Actor) -> Evidence:
    """It was noted by mistake, or is none: no follow-up rests on it from now on. Said again it changes nothing."""
    said = await work.locked(Evidence, evidence_id, by.may("evidence.record"))
    if said.take_back(by=by.id, at=work.now):
        await work.audit("evidence.take_back", f"evidence/{said.id}", actor=by.id)
    return said


async def hear(work: Work, event: ProxyChanged) -> None:
    """Whose guardian somebody is; a word that comes late changes nothing."""
    if event.kind != "guardian" or event.change == "ending":
        return
    seq = work.received.sequence if work.received else 0
    await store.keep_guardian(
        work, event.proxy_id, child=event.principal_id, guardian=event.actor_id, lasts=event.change == "given", seq=seq,
    )


async def hear_six(work: Work, event: ChildTurnedSix) -> None:
    """A child is none of the smallest any more."""
    await store.keep_six(work, event.proxy_id, child=event.principal_id, guardian=event.actor_id)
