"""What staff have on paper is filed from a 报事表: looked at row by row, then all of it or nothing, and each paper once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from chassis import workbooks
from chassis.db import Work
from chassis.files import Files
from chassis.rights import Actor, NotAllowedHere
from chassis.sheets import Problem, Sheet, beside, written
from contracts.area import community_of, contains
from services.reports.actions import reports as acts
from services.reports.domain.channel import Channel
from services.reports.domain.report_sheet import COLUMNS, MOST_COLUMNS, MOST_ROWS, SAID, Line, ReportSheetUnfit, read
from services.reports.domain.routing import PointElsewhere, Routing
from services.reports.store import places, routing
from services.reports.store import report_sheets as store

SHOWN = 100  # problems in an answer; the report has all
# 200 rows unpack to some 300 KiB and take less than a second
_MOST = workbooks.Bounds(rows=MOST_ROWS, columns=MOST_COLUMNS, text=1024 * 1024, parts=100, unpacked=8 * 1024 * 1024, seconds=10)


@dataclass(frozen=True)
class Handed:
    """What was handed in, read, and the SHA-256 of the file it was."""

    sheet: Sheet
    digest: str


@dataclass(frozen=True)
class Looked:
    """What a sheet says, how many of its papers were filed before, and what is wrong in it, row by row."""

    sheet: Sheet
    lines: tuple[Line, ...]
    there: int
    problems: tuple[Problem, ...]


def must_serve(by: Actor) -> tuple[str, ...]:
    """Where they may hand in; NotAllowedHere of who serves nowhere."""
    areas = by.scope("reports.hand_in").areas
    if not areas:
        raise NotAllowedHere(action="reports.hand_in")
    return areas


async def handed(content: bytes, *, by: Actor) -> Handed:
    """A file read, for who may hand one in. NotASheet, SheetTooLong, CellsMerged."""
    must_serve(by)
    return Handed(await workbooks.read(content, _MOST), sha256(content).hexdigest())


async def look(work: Work, sheet: Sheet, *, by: Actor) -> Looked:
    """What would come of it; nothing is filed. ColumnsUnfit."""
    areas = must_serve(by)
    found = read(sheet)
    known = await places.there(work, {line.area for line in found.lines})
    drawn = {place: await routing.routing_of(work, place) for place in sorted({community_of(area) for area in known})}
    problems = [*found.problems]
    for line in found.lines:
        problems += [Problem(line.number, COLUMNS[name].title, word) for name, word in _unfit(line, areas, known, drawn)]
    wrong = {one.row for one in problems}
    fit = tuple(line for line in found.lines if line.number not in wrong)
    before = await store.filed(work, by.id, [line.client_token(by.id) for line in fit])
    return Looked(sheet, fit, before, tuple(sorted(problems)))


async def hand_in(work: Work, files: Files, given: Handed, *, by: Actor) -> Looked:
    """All of it is filed now, by whoever hands it in; what was filed before stays as it is. ReportSheetUnfit."""
    await work.taking_turns(by.id.bytes)
    found = await look(work, given.sheet, by=by)
    if found.problems:
        raise ReportSheetUnfit(problems=[*said(found.problems[:SHOWN])], wrong=len(found.problems))
    # numbers are a community's, and are taken in one order whoever hands in what
    for line in sorted(found.lines, key=lambda line: (community_of(line.area), line.number)):
        await acts.file(work, files, by=by, filing=acts.Filing(
            text=line.text, category=line.category, area=line.area, client_token=line.client_token(by.id), point=line.point,
            channel=Channel.PAPER, graded=line.severity,
        ))
    counted = f"{given.digest[:16]} +{len(found.lines) - found.there} ={found.there}"
    await work.audit("reports.hand_in", f"person/{by.id}", actor=by.id, reason=counted)
    return found


def said(problems: Sequence[Problem]) -> Iterator[dict[str, object]]:
    """Problems with their sentences."""
    for row, column, word in problems:
        yield {"row": row, "column": column, "code": word, "problem": SAID[word].zh, "remedy": SAID[word].remedy}


def report(found: Looked) -> str:
    """The sheet's own rows as CSV, each with what is wrong in it; no cell is calculated when it is opened."""
    return beside(found.sheet, found.problems, SAID)


def template() -> str:
    """An empty sheet with one row as an example."""
    return written([[column.title for column in COLUMNS.values()], [column.example for column in COLUMNS.values()]])


def template_xlsx() -> bytes:
    """The same for Excel."""
    return workbooks.template([column.title for column in COLUMNS.values()], [column.example for column in COLUMNS.values()])


def _unfit(
    line: Line, areas: Sequence[str], known: frozenset[str], drawn: dict[str, Routing]
) -> Iterator[tuple[str, str]]:
    """What this person, this tree of areas and this community's grids refuse, by column."""
    if not any(contains(area, line.area) for area in areas):
        yield "area", "elsewhere"  # and not whether it is there: of others' areas nothing is told
        return
    if line.area not in known:
        yield "area", "no-area"
        return
    try:
        drawn[community_of(line.area)].must_hold(line.point)
    except PointElsewhere:
        yield "lng", "point-elsewhere"
