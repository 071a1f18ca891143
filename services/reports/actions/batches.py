"""Many reports at once: each goes through the action that does it alone, in a savepoint of its own, and has its own answer."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from chassis.db import Work
from chassis.errors import Refusal, Unavailable
from chassis.rights import Actor
from contracts.event import Event
from services.reports.actions import clusters, notes, reports
from services.reports.domain.batch import RIGHTS, Act, in_order
from services.reports.domain.note import Visibility


@dataclass(frozen=True)
class Outcome:
    """What became of one report: done, or why not."""

    report_id: UUID
    refused: Refusal | None = None


class _Attempt:
    """The same piece of work, but that what it announces is said only once the attempt has come to its end."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._said: list[Event] = []

    def announce(self, event: Event) -> None:
        self._said.append(event)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._work, name)

    def succeed(self) -> None:
        for event in self._said:
            self._work.announce(event)


async def do(work: Work, *, by: Actor, act: Act, reports: list[UUID], said: dict[str, Any]) -> list[Outcome]:
    """What became of each, in the order they were named: done, or refused with its problem; none is half done. NamedTwice."""
    by.may("batches.do")
    by.may(RIGHTS[act])
    found = {key: await _one(work, key, by, act, said) for key in in_order(reports)}
    done = sum(one.refused is None for one in found.values())
    await work.audit("batches.do", f"batch/{work.new_id()}", actor=by.id, reason=f"{act} {done}/{len(found)}")
    return [found[key] for key in reports]


async def _one(work: Work, key: UUID, by: Actor, act: Act, said: dict[str, Any]) -> Outcome:
    attempt = _Attempt(work)
    try:
        async with work.session.begin_nested():
            await work.session.connection()  # only now is the savepoint set, which prepared statements pass by
            await _DOES[act](cast("Work", attempt), key, by, said)
            await work.session.flush()
    except Unavailable:
        raise  # no answer about this one report: it is that of the whole
    except Refusal as refused:
        return Outcome(key, refused)
    attempt.succeed()
    return Outcome(key)


_Does = Callable[[Work, UUID, Actor, dict[str, Any]], Awaitable[Any]]
_DOES: dict[Act, _Does] = {
    Act.ACCEPT: lambda work, key, by, _: reports.accept(work, key, by=by),
    Act.ASSIGN: lambda work, key, by, said: reports.assign(work, key, by=by, to=said["assignee_id"]),
    Act.REASSIGN: lambda work, key, by, said: reports.reassign(
        work, key, by=by, to=said["assignee_id"], reason=said["reason"]
    ),
    Act.ESCALATE: lambda work, key, by, said: reports.escalate(work, key, by=by, reason=said["reason"]),
    Act.NOTE: lambda work, key, by, said: notes.write(
        work, key, by=by, text=said["text"], visibility=Visibility(said["visibility"])
    ),
    Act.MERGE: lambda work, key, by, said: clusters.merge(work, key, by=by, master_id=said["master_id"]),
    Act.CLOSE: lambda work, key, by, _: reports.close(work, key, by=by),
}
