"""The key of contacts' indexes turns: each row is indexed anew from its sealed value, in batches, by whichever worker comes."""

import logging
from functools import partial
from typing import Any

from sqlalchemy import delete, func, select, update

from chassis.crypto import Unreadable
from chassis.db import Work
from chassis.process import Running
from services.identity.domain import indexes as rules
from services.identity.domain.wechat import MINI, PAGE
from services.identity.settings import IdentitySettings
from services.identity.store.indexes import contact_claims
from services.identity.store.tables import contacts

_BATCH = 200
_rests_on = contacts.c.index_key

log = logging.getLogger(__name__)


async def prepare(running: Running) -> None:
    """At the start of each process: IndexKeyGone where a row rests on a key that the file has no more."""
    await running.database.do(_must_all_be_known)


async def _must_all_be_known(work: Work) -> None:
    gone = select(_rests_on).where(_rests_on.not_in(rules.ids(work.vault.keys))).limit(1)
    found = await work.session.scalar(gone)
    if found is not None:
        raise rules.IndexKeyGone(found)


async def reindex(running: Running) -> None:
    """A job, idle when every row rests on the first key; it may be killed and goes on where it is, two do the same as one."""
    settings = running.settings
    if not isinstance(settings, IdentitySettings):
        raise TypeError(settings)
    programs, done = {MINI: settings.wechat_app_id, PAGE: settings.wechat_page_app_id}, 0
    while (batch := await running.database.do(partial(_some, programs=programs))):
        done += batch
    if done:
        log.info("contacts are indexed by the first key", extra={"facts": {"rows": done}})
    if len(rules.ids(settings.keys)) == 1:
        await running.database.do(_drop_claims)


async def _some(work: Work, programs: dict[str, str]) -> int:
    """Those of a batch that rest on an older key; how many were indexed anew."""
    first = rules.ids(work.vault.keys)[0]
    waiting = select(contacts).where(_rests_on != first).order_by(contacts.c.id).limit(_BATCH).with_for_update(skip_locked=True)
    rows = (await work.session.execute(waiting)).all()
    done = 0
    for row in rows:
        try:
            value = await work.unseal(row.person_id, "contacts", "value", row.id, row.sealed_value)
        except Unreadable:  # forgotten meanwhile: nobody looks for it any more
            continue
        new = rules.versions(work.vault.keys, _index_of(work, row.kind, value, programs))[0]
        change = update(contacts).where(contacts.c.id == row.id)
        await work.session.execute(change.values(blind_index=new, index_key=first))
        done += 1
    return done


def _index_of(work: Work, kind: str, value: str, programs: dict[str, str]) -> bytes:
    """What is looked for by it, before the key of contacts."""
    if kind in programs:
        return work.vault.keys.blind("openid", f"{programs[kind]}/{value}")
    return work.vault.keys.blind("phone" if kind == "phone" else "unionid", value)


async def _drop_claims(work: Work) -> None:
    await work.session.execute(delete(contact_claims))


async def resting(work: Work) -> dict[str, int]:
    """How many rows rest on each key, by its id; those of the file that nothing rests on as well."""
    asked = select(_rests_on, func.count()).group_by(_rests_on)
    counted: dict[str, int] = {str(row[0]): int(row[1]) for row in await work.session.execute(asked)}
    return dict.fromkeys(rules.ids(work.vault.keys), 0) | counted


async def told(work: Work) -> list[str]:
    """For an operator: what rests on which key, and whether the others may be dropped."""
    found: dict[str, Any] = await resting(work)
    first, *others = rules.ids(work.vault.keys)
    rest = sum(many for name, many in found.items() if name != first)
    lines = [f"{name:<16} {many} rows{' (written)' if name == first else ''}" for name, many in sorted(found.items())]
    if not others:
        return [*lines, "there is one key"]
    return [*lines, f"{rest} rows rest on other keys: nothing may be dropped" if rest else "all but the first may be dropped"]
