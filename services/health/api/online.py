"""What lets patients be seen by video: doctors' practice, diagnoses made in person, huts that count as a hospital's."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field

from chassis.pages import Page, Paging
from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from contracts.area import PATTERN
from services.health.actions import online as acts
from services.health.domain.evidence import Evidence, Qualification, Site
from services.health.domain.online import Proof
from services.health.store import online as store

router = new_router("/api/v1/online-care", tags=["schedules"])
_Area = Annotated[str, Field(max_length=256, pattern=PATTERN)]
_Since = Annotated[date, Field(ge=date(1950, 1, 1), le=date(2199, 12, 31))]


class NewQualification(Body):
    """A doctor of the area: since when they practise independently, and whether they are fit for children."""

    area: _Area
    doctor_id: UUID
    practised_since: _Since
    for_children: bool = False


class QualificationView(BaseModel):
    """From three years on a doctor sees patients by video for follow-ups; before, and unknown, for consultations."""

    id: UUID
    area: str
    doctor_id: UUID
    practised_since: date
    for_children: bool
    entered_at: datetime


class QualificationFilter(Paging):
    """Whose."""

    doctor_id: UUID | None = None


class NewEvidence(Body):
    """Whose, in which department (none: with the hut's own doctors), by which paper, of which day. Not what it says."""

    area: _Area
    person_id: UUID
    department_id: UUID | None = None
    proof: Proof
    day: _Since


class EvidenceView(BaseModel):
    """That somebody was diagnosed in person."""

    id: UUID
    area: str
    person_id: UUID
    department_id: UUID | None
    proof: Proof
    day: date
    recorded_by: UUID
    recorded_at: datetime
    taken_back_at: datetime | None


class EvidenceFilter(Paging):
    """Whose."""

    person_id: UUID | None = None


class NewSite(Body):
    """Whether a hut with staff counts as a place of this hospital's."""

    hospital_id: UUID
    is_site: bool


class SiteView(BaseModel):
    """One version; the last one holds. Without any: consultations and follow-ups only."""

    id: UUID
    area: str
    hospital_id: UUID
    version: int
    is_site: bool
    decided_by: UUID
    decided_at: datetime


class SiteFilter(Paging):
    """Of which hospital."""

    hospital_id: UUID | None = None


@router.post("/qualifications", response_model=QualificationView)
async def enter_qualification(new: NewQualification, actor: Actor, work: Working) -> Qualification:
    """Say it of a doctor; said again, the last word holds."""
    said = Qualification(work.new_id(), entered_by=actor.id, entered_at=work.now, **new.model_dump())
    return await acts.qualify(work, said, by=actor)


@router.get("/qualifications", response_model=Page[QualificationView])
async def list_qualifications(actor: Actor, work: Working, asked: Annotated[QualificationFilter, Query()]) -> Any:
    """Of the doctors of one's own community, or of the areas one serves."""
    return await store.QUALIFICATIONS.page(work, asked, actor.scope("online_care.read"), doctor_id=asked.doctor_id)


@router.post("/evidence", status_code=201, response_model=EvidenceView)
async def record_evidence(new: NewEvidence, actor: Actor, work: Working) -> Evidence:
    """Note that a paper was seen at the hut; its person may then be seen by video in that department for a follow-up."""
    said = Evidence(work.new_id(), recorded_by=actor.id, recorded_at=work.now, **new.model_dump())
    return await acts.record(work, said, by=actor)


@router.post("/evidence/{evidence_id}/taking-back", response_model=EvidenceView)
async def take_back_evidence(evidence_id: UUID, actor: Actor, work: Working) -> Evidence:
    """It was noted by mistake, or is none: no follow-up is booked by it from now on; what is booked stays."""
    return await acts.take_back(work, evidence_id, by=actor)


@router.get("/evidence", response_model=Page[EvidenceView])
async def list_evidence(actor: Actor, work: Working, asked: Annotated[EvidenceFilter, Query()]) -> Any:
    """One's own; for the hut's staff, those of the hut."""
    return await store.EVIDENCE.page(work, asked, actor.scope("evidence.read"), person_id=asked.person_id)


@router.post("/sites", status_code=201, response_model=SiteView)
async def decide_site(new: NewSite, actor: Actor, work: Working) -> Site:
    """Say whether the hut counts as a place of the hospital's: then doctor speaks to doctor there, first visits too."""
    return await acts.decide_site(work, new.hospital_id, by=actor, is_site=new.is_site)


@router.get("/sites", response_model=Page[SiteView])
async def list_sites(actor: Actor, work: Working, asked: Annotated[SiteFilter, Query()]) -> Any:
    """All versions, the last first."""
    return await store.SITES.page(work, asked, actor.scope("online_care.read"), hospital_id=asked.hospital_id)
