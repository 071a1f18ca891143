"""What a sheet of reports is compared with: which of its places there are, which of its papers were filed before."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import ARRAY, Text, Uuid, bindparam, cast, func, select

from chassis.db import Work
from chassis.directory import areas
from chassis.prepared import Prepared
from chassis.tables import AreaPath
from services.reports.store.tables import reports

_THERE = Prepared(
    select(cast(areas.c.path, Text).label("path"))
    .where(areas.c.path == func.any(cast(bindparam("paths", type_=ARRAY(Text)), ARRAY(AreaPath))))
)
_ONE_OF = func.any(bindparam("tokens", type_=ARRAY(Uuid)))
_FILED = Prepared(
    select(func.count()).select_from(reports)
    .where(reports.c.reporter_id == bindparam("person"), reports.c.client_token == _ONE_OF)
)


async def there(work: Work, paths: Collection[str]) -> frozenset[str]:
    """Those of these areas that are in the tree."""
    return frozenset(row.path for row in await work.rows(_THERE, paths=sorted(paths)))


async def filed(work: Work, person: UUID, tokens: Sequence[UUID]) -> int:
    """How many of these drafts are reports already."""
    return int(await work.value(_FILED, person=person, tokens=list(tokens)))
