"""Answers to what a category asks besides are its reporter's words: sealed as the text is, and told to whom the text is told."""

import json
from collections.abc import Mapping, Sequence
from uuid import UUID

from chassis.crypto import Unreadable
from chassis.db import Work
from services.reports.domain.catalogue import Catalogue
from services.reports.domain.category import About
from services.reports.domain.field import WORDS, Field, Given, answered, kept, read_back
from services.reports.domain.report import Report


def given(
    catalogue: Catalogue, about: About, said: Mapping[str, Sequence[str]], asked: Sequence[Field] | None
) -> tuple[Given, ...]:
    """What was answered to what was asked, else to all the catalogue asks. SubcategoryUnknown, -Retired, AttributeUnfit."""
    catalogue.must_take(about.category, about.subcategory)
    fields = catalogue.fields(about.category, about.subcategory) if asked is None else asked
    return answered(fields, said)


async def seal(work: Work, report: Report, said: Sequence[Given]) -> None:
    """They are kept with a report that is being filed."""
    if said:
        text = json.dumps(kept(said), ensure_ascii=False)
        report.sealed_answers = await work.seal(report.reporter_id, "reports", "answers", report.id, text)


async def of(work: Work, report: Report) -> tuple[Given, ...]:
    """Those of a report; none once whoever gave them is forgotten."""
    return await opened(work, report.reporter_id, report.id, report.sealed_answers)


async def opened(work: Work, person: UUID, report: UUID, sealed: bytes | None) -> tuple[Given, ...]:
    """The same of what was read already."""
    if sealed is None:
        return ()
    try:
        return read_back(json.loads(await work.unseal(person, "reports", "answers", report, sealed)))
    except Unreadable:
        return ()


def words(said: Sequence[Given]) -> list[str]:
    """What was written freely, as lines."""
    return [one.line for one in said if one.kind in WORDS]
