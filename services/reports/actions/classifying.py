"""Categories are learned each day from what was mended, and suggested to who files and who looks; nobody's choice is changed."""

import asyncio
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from chassis.crypto import Place, Unreadable
from chassis.db import Database, Work
from chassis.rights import Actor
from contracts.calendar import CHENGDU
from services.reports.actions import seen
from services.reports.domain.classifier import Model, Name, School, runs
from services.reports.domain.open311 import SERVICES
from services.reports.domain.report import Report
from services.reports.store import classifiers

_TOGETHER = 200  # texts opened at a time; between them whatever else waits has its turn


_KNOWN: dict[UUID, Model] = {}  # the one that is asked, decoded once


async def suggested(work: Work, *, by: Actor, text: str) -> list[dict[str, Any]]:
    """What words are likely about; they are kept nowhere."""
    by.may("reports.file")
    return await _told(work, text)


async def of_report(work: Work, report_id: UUID, *, by: Actor) -> list[dict[str, Any]]:
    """What the words of a report are likely about, whatever it was filed as."""
    report = await work.seen(Report, report_id, by.may("reports.accept"))
    await seen.by_staff(work, report, by)
    try:
        return await _told(work, await work.unseal(report.reporter_id, "reports", "text", report.id, report.sealed_text))
    except Unreadable:
        return []


async def learn(database: Database) -> bool:
    """Make today's model, once; False if there is one. Texts are opened in memory, and nothing of them is kept."""
    async with database.reading() as work:
        today = work.now.astimezone(CHENGDU).date()
        if await classifiers.last_day(work) == today:
            return False
        persons = await classifiers.mended(work)
    school, name = School(tuple(SERVICES)), _names(work)
    for part in _parts(persons):
        async with database.reading() as work:
            said: dict[UUID, list[tuple[str, frozenset[int]]]] = {}
            for row in await classifiers.texts(work, [key for person in part for key in persons[person]]):
                said.setdefault(row.reporter_id, []).append((row.category, _read(work, row, name)))
        for person in part:
            school.hear(said.get(person, ()))
        await asyncio.sleep(0)

    async def keep(work: Work) -> None:
        await classifiers.keep(work, today, school.model())

    await database.do(keep)
    return True


def _parts(persons: dict[UUID, list[UUID]]) -> Iterator[list[UUID]]:
    """Persons, as many at a time as have some two hundred reports together; in the order of their ids, which says nothing."""
    part: list[UUID] = []
    for person in sorted(persons):
        part.append(person)
        if sum(len(persons[one]) for one in part) >= _TOGETHER:
            yield part
            part = []
    if part:
        yield part


def _read(work: Work, row: Any, name: Name) -> frozenset[int]:
    work.vault.take(row.reporter_id, row.wrapped)
    return runs(work.vault.read(row.reporter_id, Place("reports", "text", row.id), row.sealed_text), name)


def _names(work: Work) -> Name:
    keys = work.vault.keys
    return lambda run: int.from_bytes(keys.blind("runs", run)[:6], "big")


async def _told(work: Work, text: str) -> list[dict[str, Any]]:
    model = await _asked(work)
    found = model.suggest(runs(text, _names(work))) if model is not None else []
    return [
        {"category": one.category, "name": SERVICES[one.category].name, "probability": round(one.probability, 2)} for one in found
    ]


async def _asked(work: Work) -> Model | None:
    key = await classifiers.newest(work)
    if key is not None and key not in _KNOWN and (model := await classifiers.model(work, key)) is not None:
        _KNOWN.clear()
        _KNOWN[key] = model
    return _KNOWN.get(key) if key is not None else None
