"""When the key that wraps data keys turns: each is wrapped anew under the first of the file, so that the others can go.

What a service seals with the key itself (answers kept for a day, codes) is over within a day; docs/runbooks/data-keys.md.
"""

import logging
from functools import partial
from uuid import UUID

from sqlalchemy import BigInteger, LargeBinary, bindparam, select, update

from chassis.crypto import anew, key_place, person_keys
from chassis.db import Work
from chassis.prepared import Prepared
from chassis.process import Running

_BATCH = 500

_SOME = Prepared(
    select(person_keys.c.person_id, person_keys.c.wrapped).where(person_keys.c.person_id > bindparam("after"))
    .order_by(person_keys.c.person_id).limit(bindparam("most", type_=BigInteger))
)
_WRAP = Prepared(update(person_keys).where(
    person_keys.c.person_id == bindparam("person"), person_keys.c.wrapped == bindparam("before", type_=LargeBinary)
).values(wrapped=bindparam("after", type_=LargeBinary)))

log = logging.getLogger(__name__)


async def rewrap(running: Running) -> None:
    """A job, idle unless the file has several keys; it may be killed and goes on where it is, two do the same as one."""
    if len(running.settings.keys.kek) == 1:
        return
    after: UUID | None = UUID(int=0)
    while after is not None:
        after = await running.database.do(partial(_some, after=after))
    log.info("all data keys are under the first key of KEK_FILE")


async def _some(work: Work, after: UUID) -> UUID | None:
    """Those of a batch that an older key wraps; who was last, None when there were none."""
    rows, kek = await work.rows(_SOME, after=after, most=_BATCH), work.vault.keys.kek
    for row in rows:
        if (wrapped := anew(kek, key_place(row.person_id), row.wrapped)) is not None:
            await work.rows(_WRAP, person=row.person_id, before=row.wrapped, after=wrapped)
    return rows[-1].person_id if rows else None
