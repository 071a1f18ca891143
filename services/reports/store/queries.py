"""Questions about reports that deserve a name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, bindparam, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert

from chassis.crypto import person_keys
from chassis.db import Work
from chassis.directory import assignments, below, bindings, open_area, reached
from chassis.pages import Listing
from chassis.prepared import Prepared, Row
from chassis.tables import AreaPath
from contracts.area import community_of
from services.reports.domain.catalogue import Catalogue
from services.reports.domain.chain import Transition
from services.reports.domain.clock import Clock, Policy, State
from services.reports.domain.report import Report
from services.reports.domain.routing import Routing
from services.reports.domain.terms import DEFAULT, Settings, Terms
from services.reports.domain.whistle import Summons
from services.reports.store import catalogues, routing
from services.reports.store.merged import ANEW, WITH_ANEW
from services.reports.store.parts import FILED, PARENT_NUMBER
from services.reports.store.tables import clocks, numbers, reports, summonses, terms, transitions

_COLUMNS = (
    reports.c.id, reports.c.number, reports.c.area, reports.c.category, reports.c.status, reports.c.reporter_id,
    reports.c.assignee_id, reports.c.submitted_at, reports.c.updated_at, reports.c.sealed_text, reports.c.satisfaction,
    reports.c.anchor_id, reports.c.supporters, reports.c.channel, reports.c.parent_id, reports.c.divided_by, PARENT_NUMBER,
    reports.c.severity, reports.c.subcategory,
)
_WITH_KEYS = select(*_COLUMNS, person_keys.c.wrapped).outerjoin(person_keys, person_keys.c.person_id == reports.c.reporter_id)
REPORTS = Listing(
    # its reporter hears of the whole alone: parts are for who serves where they lie
    _WITH_KEYS.where(reached(reports.c.area, owner=reports.c.reporter_id)).where(or_(FILED, reached(reports.c.area))),
    reports.c.id,
    status=reports.c.status == bindparam("status", type_=reports.c.status.type),
    category=reports.c.category == bindparam("category"),
    area=below(reports.c.area, "area"),
    mine=and_(reports.c.reporter_id == bindparam("mine"), FILED),
    anchor_id=reports.c.anchor_id == bindparam("anchor_id"),
    master_id=reports.c.master_id == bindparam("master_id"),
    parent_id=reports.c.parent_id == bindparam("parent_id"),
    subcategory=catalogues.at_or_below(reports.c.subcategory),
    channel=reports.c.channel == bindparam("channel", type_=reports.c.channel.type),
)
_LAST_NOTE = Prepared(
    select(transitions.c.seq, transitions.c.sealed_note, transitions.c.reason_code, ANEW).select_from(WITH_ANEW)
    .where(transitions.c.report_id == bindparam("report"), transitions.c.action == bindparam("action"))
    .order_by(transitions.c.seq.desc()).limit(1)
)
_STEPS = select(transitions, ANEW).select_from(WITH_ANEW)
_HISTORY = Prepared(_STEPS.where(transitions.c.report_id == bindparam("report")).order_by(transitions.c.seq))
_SOONEST = (clocks.c.started_at, clocks.c.due_at, clocks.c.id)  # several begin with one act, in the same moment
_CLOCKS = Prepared(select(clocks).where(clocks.c.report_id == bindparam("report")).order_by(*_SOONEST))
_SUMMONSES = Prepared(select(summonses).where(summonses.c.report_id == bindparam("report")).order_by(summonses.c.id))
_NEXT = Prepared(insert(numbers).on_conflict_do_update(
    index_elements=[numbers.c.community, numbers.c.day], set_={"last": numbers.c.last + 1}
).returning(numbers.c.last))
_PAST = 0x70617374  # "past": the advisory lock of the demo's seed
_HERE = terms.c.area == bindparam("place", type_=AreaPath)
DECIDED = Listing(select(terms).where(_HERE), terms.c.id)
_IN_FORCE = Prepared(select(terms).where(_HERE).order_by(terms.c.version.desc()).limit(1))
_TERMS = Prepared(select(terms.c.said).where(_HERE, terms.c.version == bindparam("version")))
_DECIDE = Prepared(insert(terms).on_conflict_do_nothing().returning(terms.c.id), *terms.c.keys())
_EARLIER = select(reports.c.id).where(
    reports.c.reporter_id == bindparam("reporter"), reports.c.client_token == bindparam("token")
)
_BY_TOKEN = Prepared(_EARLIER)
_FILED = select(func.count()).where(
    reports.c.reporter_id == bindparam("reporter"), below(reports.c.area, "place"),
    reports.c.submitted_at >= bindparam("since", type_=reports.c.submitted_at.type), FILED,
)
_KNOWN = select(
    _EARLIER.scalar_subquery().label("earlier"),
    open_area("area").exists().label("is_there"),
    select(terms.c.said).where(_HERE).order_by(terms.c.version.desc()).limit(1).scalar_subquery().label("said"),
    select(person_keys.c.wrapped).where(person_keys.c.person_id == bindparam("reporter")).scalar_subquery().label("wrapped"),
    routing.NEWEST.scalar_subquery().label("routing_id"),
    catalogues.NEWEST.scalar_subquery().label("catalogue_id"),
)
_BEFORE_STAFF_FILE = Prepared(_KNOWN)
_BEFORE_A_RESIDENT_FILES = Prepared(_KNOWN.add_columns(_FILED.scalar_subquery().label("filed")))
_now = bindparam("now", type_=clocks.c.started_at.type)
_HOMES_IN = Prepared(select(bindings.c.area).where(
    bindings.c.person_id == bindparam("person"), below(bindings.c.area, "place"), bindings.c.starts_at <= _now,
    or_(bindings.c.ends_at.is_(None), bindings.c.ends_at > _now),
))
_STEP = Prepared(insert(transitions).inline(), *transitions.c.keys())


async def by_client_token(work: Work, reporter: UUID, client_token: UUID) -> UUID | None:
    """The report this draft became, if it was filed already."""
    found: UUID | None = await work.value(_BY_TOKEN, reporter=reporter, token=client_token)
    return found


async def homes_in(work: Work, person: UUID, community: str) -> list[str]:
    """Where somebody lives in a community now."""
    return [row.area for row in await work.rows(_HOMES_IN, person=person, place=community, now=work.now)]


@dataclass(frozen=True)
class Known:
    """What filing needs to know: what the draft became already, whether the area is open, what today took, what is decided."""

    earlier: UUID | None
    is_there: bool
    terms: Terms
    filed: int
    routing: Routing
    catalogue: Catalogue


async def before_filing(work: Work, area: str, *, reporter: UUID, token: UUID, since: datetime, counted: bool) -> Known:
    """All of it in one question, and the reporter's key with it; who is not counted has filed none."""
    asked = _BEFORE_A_RESIDENT_FILES if counted else _BEFORE_STAFF_FILE
    place = community_of(area)
    [row] = await work.rows(asked, reporter=reporter, token=token, area=area, place=place, since=since)
    work.vault.take(reporter, row.wrapped)
    terms = DEFAULT if row.said is None else _terms(row.said)
    in_force = await routing.version_of(work, place, row.routing_id)
    catalogue = await catalogues.of_key(work, place, row.catalogue_id)
    return Known(row.earlier, row.is_there, terms, row.filed if counted else 0, in_force, catalogue)


async def next_number(work: Work, community: str, day: date) -> int:
    """The next number of the day in a community; the row's lock makes it the only one."""
    return int(await work.value(_NEXT, community=community, day=day, last=1))


async def last_note(work: Work, report: UUID, action: str) -> Row | None:
    """The newest step of this kind with its sealed note, None before it."""
    return await work.row(_LAST_NOTE, report=report, action=action)


async def history(work: Work, report: UUID) -> list[Row]:
    """The transitions of a report, in order."""
    return await work.rows(_HISTORY, report=report)


async def keep_step(work: Work, step: Transition, digest: bytes) -> None:
    """A step the report took, its note sealed, with its hash."""
    await work.rows(_STEP, **(vars(step) | {"hash": digest}))


async def going(work: Work, *held: UUID) -> list[Clock]:
    """The clocks of reports that run or stand still; the reports themselves are held, so nobody else turns them."""
    asked = select(Clock).where(clocks.c.report_id.in_(held), clocks.c.state.in_((State.RUNNING, State.PAUSED)))
    return list(await work.session.scalars(asked))


async def all_clocks(work: Work, report: UUID) -> list[Row]:
    """Every clock of a report, oldest first; of those that began together, what is due sooner."""
    return await work.rows(_CLOCKS, report=report)


async def telling_the_past(work: Work) -> None:
    """Until this transaction ends, nothing is done by the clock; it may be open for minutes with nothing said in it."""
    await work.session.execute(text("set local idle_in_transaction_session_timeout = 0"))
    await work.session.execute(select(func.pg_advisory_xact_lock(_PAST)))


async def past_is_told(work: Work) -> bool:
    """Whether what is due may be done; until this transaction ends nobody begins to tell the past."""
    return bool(await work.session.scalar(select(func.pg_try_advisory_xact_lock_shared(_PAST))))


async def next_to_ring(work: Work, most: int) -> list[Report]:
    """So many reports one of whose clocks is to be looked at, held; what somebody else holds is left to them."""
    asked = select(Report).join(clocks, clocks.c.report_id == reports.c.id).where(
        clocks.c.state == State.RUNNING, clocks.c.next_at <= work.now
    ).order_by(clocks.c.next_at).limit(most).with_for_update(skip_locked=True, of=reports)
    return list(dict.fromkeys(await work.session.scalars(asked)))  # of two clocks that ring it is one report


async def next_to_resume(work: Work) -> Report | None:
    """A report whose wait is over, held."""
    over = reports.c.waits_until <= work.now
    asked = select(Report).where(over).order_by(reports.c.waits_until).limit(1).with_for_update(skip_locked=True)
    return await work.session.scalar(asked)


async def summoned(work: Work, report: UUID) -> list[Summons]:
    """The units that are still wanted at a report; the report itself is held."""
    asked = select(Summons).where(summonses.c.report_id == report, summonses.c.closed_at.is_(None))
    return list(await work.session.scalars(asked))


async def summonses_of(work: Work, report: UUID) -> list[Row]:
    """Every unit that was ever summoned to a report, in order."""
    return await work.rows(_SUMMONSES, report=report)


async def next_awaiting(work: Work) -> Report | None:
    """A report at which a unit is late that nobody was told of, held; one that somebody else holds is left to them."""
    late = summonses.c.arrived_at.is_(None) & summonses.c.closed_at.is_(None) & summonses.c.overdue.is_(False)
    asked = select(Report).join(summonses, summonses.c.report_id == reports.c.id).where(late, summonses.c.due_at <= work.now)
    return await work.session.scalar(asked.order_by(summonses.c.due_at).limit(1).with_for_update(skip_locked=True, of=reports))


async def dismiss(work: Work, report: UUID) -> None:
    """Nobody is wanted at this report any longer."""
    open_ones = (summonses.c.report_id == report) & summonses.c.closed_at.is_(None)
    await work.session.execute(update(summonses).where(open_ones).values(closed_at=work.now))


async def people_of(work: Work, units: Sequence[UUID]) -> list[UUID]:
    """Who serves in these units now."""
    held = assignments.c.unit_id.in_(units) & (assignments.c.starts_at <= work.now)
    still = assignments.c.ends_at.is_(None) | (assignments.c.ends_at > work.now)
    return list(await work.session.scalars(select(assignments.c.person_id).where(held, still).distinct()))


async def settings_of(work: Work, community: str) -> Settings:
    """The newest version that was decided here; the default before there is one."""
    row = await work.row(_IN_FORCE, place=community)
    return Settings(community) if row is None else Settings(community, _terms(row.said), row.decided_by, row.decided_at)


async def terms_of(work: Work, community: str, version: int) -> Terms:
    """A version that was decided."""
    return _terms(await work.value(_TERMS, place=community, version=version))


async def keep_terms(work: Work, made: Settings, said: dict[str, Any]) -> bool:
    """Keep a new version; False if somebody was faster."""
    row = {"area": made.area, "version": made.terms.version, "decided_by": made.decided_by, "decided_at": made.decided_at}
    return await work.row(_DECIDE, id=work.new_id(), said=said, **row) is not None


def _terms(said: dict[str, Any]) -> Terms:
    policies = {name: Policy(**said[name]) for name in ("respond", "contact", "arrive", "ordinary")}
    resolve = {category: Policy(**one) for category, one in said["resolve"].items()}
    if "severity" in said:  # terms of before say nothing of it, and then the default is in force
        said = said | {"severity": {level: Policy(**one) for level, one in said["severity"].items()}}
    return Terms(**(said | policies | {"resolve": resolve, "duty": tuple((opens, closes) for opens, closes in said["duty"])}))
