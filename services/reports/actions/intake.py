"""Reports of another city's system are taken over, by command: looked at first, then all of them or none, and once."""

import csv
import io
from dataclasses import replace
from zoneinfo import ZoneInfo

from sqlalchemy import select

from chassis.db import Work
from chassis.files import Files
from chassis.rights import Actor
from services.reports.actions import reports as acts
from services.reports.domain.channel import Channel
from services.reports.domain.intake import Intake, IntakeWrong, Problem, read
from services.reports.domain.rights import RIGHTS
from services.reports.domain.routing import PointElsewhere
from services.reports.domain.sender import NoSuchSender, Sender
from services.reports.domain.sheet import safe
from services.reports.store import queries, routing
from services.reports.store.tables import senders

_NO_BUDGET = 2**31 - 1  # an operator takes them over, who looked at them; the budget is for what comes by itself


async def look(work: Work, content: bytes, *, sender: str, zone: ZoneInfo, categories: dict[str, str]) -> Intake:
    """What a file would come to, with what this community refuses: FileUnfit, NoSuchSender."""
    by = await _sender(work, sender)
    found = read(content, source=by.name, zone=zone, now=work.now, categories=categories)
    in_force = await routing.routing_of(work, by.area)
    for draft in found.drafts:
        try:
            in_force.must_hold(draft.point)
        except PointElsewhere:
            found.problems.append(Problem(draft.row, draft.key, "point-elsewhere"))
    return replace(found, problems=sorted(found.problems, key=lambda one: one.row))


async def take(work: Work, files: Files, found: Intake, *, sender: str) -> int:
    """All of it becomes reports, filed now; how many are new. What was taken before is not taken again. IntakeWrong."""
    if found.problems:
        raise IntakeWrong(len(found.problems))
    by = await _sender(work, sender)
    await work.taking_turns(by.id.bytes)
    new = 0
    for draft in found.drafts:
        token = by.draft(f"intake/{draft.key}")
        if await queries.by_client_token(work, by.id, token) is not None:
            continue
        filing = acts.Filing(
            text=draft.text, category=draft.category, area=by.area, client_token=token, point=draft.point, daily=_NO_BUDGET,
            channel=Channel.IMPORT,
        )
        await acts.file(work, files, by=Actor(by.id, rights=RIGHTS), filing=filing)
        new += 1
    await work.audit("intake.take", f"sender/{by.id}", actor=None, reason=f"{new} reports")
    return new


def report(found: Intake) -> bytes:
    """The problems as a sheet that calculates nothing: row, key, why."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerows([("行", "原编号", "问题"), *((one.row, safe(one.key), one.why) for one in found.problems)])
    return out.getvalue().encode("utf-8-sig")


def told(found: Intake) -> list[str]:
    """The same in a few lines, for the terminal: numbers, and no word of what people wrote."""
    wrong: dict[str, list[int]] = {}
    for one in found.problems:
        wrong.setdefault(one.why, []).append(one.row)
    passed = [f"passed over: {many} {why}" for why, many in sorted(found.passed.items())]
    lines = [f"wrong: {len(rows)} {why} (rows {', '.join(map(str, rows[:10]))}{' …' if len(rows) > 10 else ''})"  # noqa: PLR2004
             for why, rows in sorted(wrong.items())]
    return [f"to take: {len(found.drafts)}", *passed, *lines]


async def _sender(work: Work, name: str) -> Sender:
    found: Sender | None = await work.session.scalar(select(Sender).where(senders.c.name == name))
    if found is None or not found.is_live(work.now):
        raise NoSuchSender(name)
    return found
