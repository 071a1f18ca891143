"""Imports: look at a sheet, keep it sealed until it is decided, and do all of it or nothing."""

import asyncio
import json
import zlib
from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID

from asyncpg.exceptions import UniqueViolationError
from sqlalchemy import func, insert, literal, select, update
from sqlalchemy.exc import IntegrityError

from chassis import crypto
from chassis.audit import audit
from chassis.db import Work
from chassis.errors import NotFound
from chassis.rights import Actor
from chassis.sheets import Problem, Sheet
from chassis.telemetry import trace_id
from services.identity.actions import granting, imported_homes, imported_roles, imported_rooms, sheets
from services.identity.domain import sheet as rules
from services.identity.domain.imports import A_DAY, WAITS, Import, ImportOutdated, ImportsTooMany, Look, Verdict, must_still_hold
from services.identity.domain.sheet import Kind
from services.identity.store.imports import imports

_ours = imports.c
_COMPARE: Mapping[Kind, Any] = {
    "residents": imported_homes.compare, "rooms": imported_rooms.compare, "staff": imported_roles.compare,
}


class Plan(Protocol):
    """What a sheet comes to, whichever its kind."""

    look: Look

    @property
    def touched(self) -> set[UUID]: ...

    async def do(self, work: Work, *, by: Actor) -> list[str]: ...


async def make(work: Work, *, by: Actor, kind: Kind, area: str, content: bytes) -> Import:
    """Look at a sheet; nothing of it is done. ImportsTooMany, NotASheet, SheetTooLong, CellsMerged, ColumnsUnfit."""
    made = Import(work.new_id(), kind, area, by.id, work.now, 0, 0, 0, 0)
    by.may("imports.make").check(made)
    await work.taking_turns(by.id.bytes)
    lately = (_ours.made_by == by.id) & (_ours.made_at > work.now - timedelta(days=1))
    if (await work.session.scalar(select(func.count()).where(lately)) or 0) >= A_DAY:
        raise ImportsTooMany(retry_after=3600)
    read = await sheets.read(content)
    plan, look = await _planned(work, made, read)
    counts = look.counts
    made.added, made.same, made.changed, made.wrong = (counts[one] for one in ("added", "same", "changed", "wrong"))
    made.problems = list(look.problems)
    made.touched = sorted(plan.touched)
    made.sealed_sheet = crypto.seal(work.vault.keys.kek, _place(made.id), _packed(read, look.verdicts))
    work.session.add(made)
    await work.audit("imports.make", f"import/{made.id}", actor=by.id, reason=f"{kind} {area}")
    return made


async def find(work: Work, key: UUID, *, by: Actor) -> Import:
    """One of one's own areas, for looking; by the session, since the driver alone leaves the problems unread (JSON)."""
    held = await work.session.get(Import, key)
    if held is None:
        raise NotFound
    by.may("imports.make").check(held)
    return held


async def commit(work: Work, key: UUID, *, by: Actor) -> Import:
    """Do all of it now; ImportDecided, ImportWrong, ImportOutdated.

    The rows are compared anew, one import of a district at a time: of who has no phone no index of the database knows that they
    are there, and an admin of the district may import beside one of a community.
    """
    held = await work.locked(Import, key, by.may("imports.commit"))
    await granting.must_still_serve(work, by.may("imports.commit"), held.area)
    held.must_wait(work.now)
    await work.taking_turns(work.vault.keys.blind("imports", held.area.partition(".")[0]))
    read, before = _unpacked(crypto.unseal(work.vault.keys.kek, _place(held.id), held.sealed_sheet or b""))
    held.commit(by=by.id, at=work.now)
    plan, look = await _planned(work, held, read)
    must_still_hold(before, look)
    try:
        subjects = await plan.do(work, by=by)
    except (IntegrityError, UniqueViolationError):  # somebody signed in or was bound by hand since the rows were compared
        raise ImportOutdated from None
    said = {"at": work.now, "actor_id": by.id, "reason": f"import/{held.id}", "trace_id": trace_id() or None}
    done = [("imports.commit", f"import/{key}"), *((f"imports.{held.kind}", subject) for subject in subjects)]
    rows = [{**said, "action": action, "subject": subject} for action, subject in done]
    await (await work.session.connection()).execute(insert(audit), rows)
    return held


async def withdraw(work: Work, key: UUID, *, by: Actor) -> Import:
    """Nothing comes of it, and what was in it is thrown away."""
    held = await work.locked(Import, key, by.may("imports.make"))
    held.withdraw(by=by.id, at=work.now)
    await work.audit("imports.withdraw", f"import/{held.id}", actor=by.id)
    return held


async def report(work: Work, key: UUID, *, by: Actor) -> str:
    """The sheet's own rows, and beside each what is wrong with it; ImportDecided once it was thrown away."""
    held = await find(work, key, by=by)
    held.must_wait(work.now)
    read, _ = _unpacked(crypto.unseal(work.vault.keys.kek, _place(held.id), held.sealed_sheet or b""))
    await work.audit("imports.report", f"import/{held.id}", actor=by.id)
    return sheets.report(read, (Problem(*one) for one in held.problems))


async def forget(work: Work) -> None:
    """What waited a day is over, and what was in it is gone."""
    await _throw_away(work, _ours.made_at <= work.now - WAITS, "over")


async def forget_person(work: Work, person: UUID) -> None:
    """Who is forgotten stands in no sheet that waits."""
    await _throw_away(work, (literal(person) == func.any(_ours.touched)) | (_ours.made_by == person), "withdrawn")


async def _throw_away(work: Work, which: Any, state: str) -> None:
    gone: dict[str, Any] = {"state": state, "sealed_sheet": None, "problems": [], "touched": [], "decided_at": work.now}
    await work.session.execute(update(imports).where(_ours.state == "waiting", which).values(gone))


async def _planned(work: Work, held: Import, read: Sheet) -> tuple[Plan, Look]:
    rows, problems = await asyncio.to_thread(rules.read, held.kind, held.area, read)
    plan: Plan = await _COMPARE[held.kind](work, rows, held.area)
    wrong: dict[int, Verdict] = dict.fromkeys((one.row for one in problems), "wrong")
    together = sorted((*problems, *plan.look.problems), key=lambda one: one.row)
    return plan, Look({**plan.look.verdicts, **wrong}, tuple(together))


def _place(key: UUID) -> crypto.Place:
    return crypto.Place("imports", "sheet", key)


def _packed(read: Sheet, verdicts: Mapping[int, Verdict]) -> bytes:
    return zlib.compress(json.dumps({**asdict(read), "verdicts": list(verdicts.items())}, ensure_ascii=False).encode(), 1)


def _unpacked(packed: bytes) -> tuple[Sheet, dict[int, Verdict]]:
    said = json.loads(zlib.decompress(packed))
    rows = tuple((number, tuple(cells)) for number, cells in said["rows"])
    return Sheet(tuple(said["titles"]), rows), dict(said["verdicts"])
