"""What a sheet of reports is compared with: which of its papers were filed before."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, func, select

from chassis.db import Work
from chassis.prepared import Prepared
from services.reports.store.tables import reports

_ONE_OF = func.any(bindparam("tokens", type_=ARRAY(Uuid)))
_FILED = Prepared(
    select(func.count()).select_from(reports)
    .where(reports.c.reporter_id == bindparam("person"), reports.c.client_token == _ONE_OF)
)


async def filed(work: Work, person: UUID, tokens: Sequence[UUID]) -> int:
    """How many of these drafts are reports already."""
    return int(await work.value(_FILED, person=person, tokens=list(tokens)))
