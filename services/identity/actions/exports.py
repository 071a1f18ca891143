"""A copy of what is held of a person, as a saga over all services; each part is sealed to a key of this request alone."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from joserfc import jwe
from joserfc.jwk import ECKey
from sqlalchemy import select

from chassis.db import Work
from chassis.process import Running
from chassis.settings import Settings
from contracts.identity import ExportRequested
from contracts.part import PARTS
from services.identity.actions import proofs
from services.identity.domain.archive import Mark, rows_of, zipped
from services.identity.domain.export import BETWEEN, KEPT, Export, ExportNotThere, ExportTooOften
from services.identity.domain.policy import Policy
from services.identity.domain.proof import Shown
from services.identity.store import queries
from services.identity.store.privacy import exports

if TYPE_CHECKING:
    from chassis.files import Files


async def ask(work: Work, policy: Policy, person: UUID, proof: Shown) -> Export:
    """Every service is asked for its part. ExportTooOften of who asked within a day."""
    await proofs.must_show(work, policy, person, "people.export", proof)
    await work.taking_turns(person.bytes)
    lately = await _newest(work, person)
    if lately is not None and lately.asked_at > work.now - BETWEEN:
        raise ExportTooOften(retry_after=int((lately.asked_at + BETWEEN - work.now).total_seconds()) + 1)
    key = ECKey.generate_key("P-256")
    made = Export(work.new_id(), person, work.now, work.now + KEPT)
    private = json.dumps(key.as_dict(private=True))
    made.sealed_key = await work.seal(person, "exports", "key", made.id, private)
    work.session.add(made)
    await work.audit("exports.ask", f"person/{person}", actor=person)
    public = {name: str(value) for name, value in key.as_dict(private=False).items() if name in {"kty", "crv", "x", "y"}}
    work.announce(ExportRequested(export_id=made.id, person_id=person, public_jwk=public))
    return made


async def find(work: Work, person: UUID) -> dict[str, Any]:
    """The newest, and what every service said; ExportNotThere."""
    found = await _newest(work, person)
    if found is None:
        raise ExportNotThere
    parts = await queries.settled(work, found.id, "export")
    return {**vars(found), "parts": parts, "missing": [one for one in PARTS if one not in parts]}


async def gathered(work: Work, key: UUID, keep: Callable[[], Any]) -> None:
    """A service has put its part into the store, or cannot; when all have answered, it is ready."""
    found = (await work.session.scalars(select(Export).where(exports.c.id == key).with_for_update())).first()
    if found is None or found.state != "gathering":
        return
    await keep()
    if len(await queries.settled(work, key, "export")) == len(PARTS):
        found.ready(at=work.now)


async def fetch(work: Work, settings: Settings, policy: Policy, person: UUID, proof: Shown) -> bytes:
    """The archive, once. Shown anew who it is; ExportNotThere, ExportNotReady, ExportOver, StoreUnavailable."""
    await proofs.must_show(work, policy, person, "people.export", proof)
    found = await _newest(work, person, hold=True)
    if found is None:
        raise ExportNotThere
    parts = await queries.settled(work, found.id, "export")
    found.must_be_ready(parts, PARTS, at=work.now)
    key = ECKey.import_key(json.loads(await work.unseal(person, "exports", "key", found.id, found.sealed_key or b"")))
    told = {service: await _opened(settings, found.id, service, key) if parts[service] == "done" else None for service in PARTS}
    found.fetch(at=work.now)
    rows = sum(rows_of(one) for one in told.values() if one is not None)
    await work.audit("exports.fetch", f"person/{person}", actor=person, reason=f"{rows} rows")
    return zipped(Mark(found.id, person, found.asked_at, work.now), told)


async def sweep(running: Running) -> None:
    """A job: what was not fetched in time is over, and what nobody may fetch any more leaves the store."""

    async def one(work: Work) -> bool:
        late = exports.c.state.in_(("gathering", "ready")) & (exports.c.over_at <= work.now)
        done = exports.c.state.in_(("fetched", "over")) & exports.c.swept_at.is_(None)
        asked = select(Export).where(late | done).limit(1).with_for_update(skip_locked=True)
        found = await work.session.scalar(asked)
        if found is None:
            return False
        if found.state != "fetched":
            found.end()
        await _delete(running.settings, found.id)
        found.swept_at = work.now
        return True

    while await running.database.do(one):
        pass


def _store(settings: Settings, service: str) -> "Files":
    from chassis.files import Files  # noqa: PLC0415 - the worker carries it only once there is something to sweep

    return Files(service, settings)


async def _opened(settings: Settings, export: UUID, service: str, key: ECKey) -> dict[str, Any]:
    store = _store(settings, service)
    sealed = await store.get(store.key_beside(str(export), "export"))
    told: dict[str, Any] = json.loads(jwe.decrypt_compact(sealed, key).plaintext or b"{}")
    return told


async def _delete(settings: Settings, export: UUID) -> None:
    for service in PARTS:
        store = _store(settings, service)
        await store.delete(store.key_beside(str(export), "export"))


async def _newest(work: Work, person: UUID, *, hold: bool = False) -> Export | None:
    asked = select(Export).where(exports.c.person_id == person).order_by(exports.c.asked_at.desc()).limit(1)
    return (await work.session.scalars(asked.with_for_update() if hold else asked)).first()
