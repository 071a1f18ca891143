"""What the hut holds of a person."""

from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

from chassis.db import Work
from services.health.actions.consents import give_back
from services.health.domain.appointment import Appointment
from services.health.domain.machine import State
from services.health.store import given_names, messages, notes, programs, responses
from services.health.store.breaches import breaches, sanctions
from services.health.store.consents import consents
from services.health.store.contracts import contracts, served_under
from services.health.store.online import evidence, guardians
from services.health.store.tables import appointments, entitlements
from services.health.store.waiting import waits


async def export(work: Work, person: UUID) -> dict[str, Any]:
    """Everything health holds of a person, for that person: what they booked, lost, wait for, may take."""
    seats = select(appointments).where(appointments.c.person_id == person).order_by(appointments.c.id)
    marks = select(entitlements).where(entitlements.c.person_id == person).order_by(entitlements.c.id)
    lines = select(waits).where(waits.c.person_id == person).order_by(waits.c.id)
    return await _lost(work, person) | await _signed(work, person) | {
        "names_at_hospitals": [
            {"hospital_id": str(row.hospital_id), "name": str(row.id)} for row in await programs.patients_of(work, person)
        ],
        "appointments": [
            {"starts_at": row.starts_at.isoformat(), "area": row.area, "seat": row.seat, "state": row.state.value,
             "doctor_id": str(row.doctor_id), "visit_kind": row.visit_kind}
            for row in await work.session.execute(seats)
        ],
        "visit_notes": [
            {**one, "id": str(one["id"]), "written_by": str(one["written_by"]), "written_at": one["written_at"].isoformat()}
            for one in await notes.of_person(work, person)
        ],
        "entitlements": [
            {"area": row.area, "ground": row.ground.value, "marked_at": row.marked_at.isoformat(), "ends_at": _said(row.ends_at)}
            for row in await work.session.execute(marks)
        ],
        "waits": [
            {"area": row.area, "what": row.what.value, "target_id": str(row.target_id), "asked_at": row.asked_at.isoformat(),
             "since": row.since.isoformat(), "until": row.until.isoformat(), "left_at": _said(row.left_at)}
            for row in await work.session.execute(lines)
        ],
    }


async def _lost(work: Work, person: UUID) -> dict[str, Any]:
    """What they lost to everybody, and what that ended."""
    lost = select(breaches).where(breaches.c.person_id == person).order_by(breaches.c.id)
    bars = select(sanctions).where(sanctions.c.person_id == person).order_by(sanctions.c.id)
    return {
        "breaches": [
            {"area": row.area, "appointment_id": str(row.appointment_id), "cause": row.cause.value, "points": row.points,
             "at": row.at.isoformat(), "plea": row.plea, "finding": row.finding}
            for row in await work.session.execute(lost)
        ],
        "sanctions": [
            {"area": row.area, "begins_at": row.begins_at.isoformat(), "ends_at": row.ends_at.isoformat(),
             "lifted_at": _said(row.lifted_at)}
            for row in await work.session.execute(bars)
        ],
    }


async def _signed(work: Work, person: UUID) -> dict[str, Any]:
    """What they signed with teams, and what was seen of theirs."""
    signed = select(contracts).where(contracts.c.person_id == person).order_by(contracts.c.id)
    papers = select(evidence).where(evidence.c.person_id == person).order_by(evidence.c.id)
    return {
        "contracts": [
            {"area": row.area, "team_id": str(row.team_id), "state": row.state.value, "asked_at": row.asked_at.isoformat(),
             "starts_at": _said(row.starts_at), "ends_at": _said(row.ends_at), "reason": row.reason,
             "served": await served_under(work, row.id)}
            for row in await work.session.execute(signed)
        ],
        "evidence": [
            {"area": row.area, "proof": row.proof.value, "day": row.day.isoformat(), "recorded_at": row.recorded_at.isoformat(),
             "taken_back_at": _said(row.taken_back_at)}
            for row in await work.session.execute(papers)
        ],
    }


async def hold(work: Work, person: UUID) -> str | None:
    """Why not yet: they wait at the hut or are with the doctor; or a hospital has yet to let a seat of theirs go."""
    running = appointments.c.state.in_((State.ARRIVED, State.IN_VISIT, State.CANCELLING)) & (appointments.c.ends_at > work.now)
    asked = select(appointments.c.id).where(appointments.c.person_id == person, running).limit(1)
    return "running-visit" if await work.session.scalar(asked) is not None else None


async def erase(work: Work, person: UUID) -> int:
    """Forget why they were entitled and give back what is not used yet; a visit that was keeps the bare id."""
    await work.taking_turns(person.bytes)
    forgotten = delete(entitlements).where(entitlements.c.person_id == person).returning(entitlements.c.id)
    count = len((await work.session.execute(forgotten)).all())
    for table in (waits, breaches, sanctions, evidence, contracts):
        theirs = delete(table).where(table.c.person_id == person).returning(table.c.id)
        count += len((await work.session.execute(theirs)).all())
    count += await programs.forget_patient(work, person) + await notes.erase(work, person)
    await given_names.forget(work, person)
    await responses.forget(work, person)
    await messages.forget(work, person)
    await work.session.execute(delete(consents).where(consents.c.person_id == person))
    await work.session.execute(delete(guardians).where((guardians.c.child_id == person) | (guardians.c.guardian_id == person)))
    back = State.HELD, State.BOOKED, State.SUBMITTED, State.UNKNOWN  # of what a hospital is asked it is asked to let go
    live = appointments.c.state.in_(back) & (appointments.c.starts_at > work.now)
    seats = select(Appointment).where(appointments.c.person_id == person, live).order_by(appointments.c.id).with_for_update()
    for seat in await work.session.scalars(seats.execution_options(populate_existing=True)):
        seat.release(at=work.now)
        if seat.state is not State.EXPIRED:
            await give_back(work, seat)
        count += 1
    return count


def _said(moment: Any) -> str | None:
    return None if moment is None else str(moment.isoformat())
