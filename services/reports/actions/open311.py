"""Open311's methods: what anybody may know of reports is told, and programs with a key hand reports in."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from chassis.db import Work
from chassis.errors import NotFound
from chassis.files import Files
from chassis.rights import Actor
from contracts.area import contains
from services.reports.actions import reports as acts
from services.reports.actions import waiting
from services.reports.domain import open311 as rules
from services.reports.domain.channel import Channel
from services.reports.domain.coordinates import Point
from services.reports.domain.field import Field, answered
from services.reports.domain.machine import Status
from services.reports.domain.report import Report
from services.reports.domain.rights import RIGHTS
from services.reports.domain.routing import NoSuchArea
from services.reports.domain.sender import KeyRefused, Sender, hashed
from services.reports.store import catalogues, queries
from services.reports.store import open311 as store
from services.reports.store.open311 import Asked
from services.reports.store.publications import first_public

_GRID = 4  # depth of the tree; which grid it is interests nobody outside
_STEPS = {
    "file": "已提交", "accept": "社区已受理", "assign": "已安排专人处理", "process": "开始处置", "resolve": "已办结，待评价",
    "rate": "已评价", "close": "已归档", "reopen": "居民要求重办", "decline": "不予受理", "withdraw": "已撤回",
    "escalate": "已提交上一级", "merge": "与另一件并案处理", "unmerge": "已从并案中拆分", "appeal": "对不予受理提出申诉",
    "reclassify": "已调整类别",
}


@dataclass(frozen=True)
class Sent:
    """What POST Service Request brings: all but the key."""

    service_code: str | None
    text: str
    attributes: Mapping[str, list[str]]
    point: Point | None
    address: str | None
    address_id: str | None
    media: Sequence[str]
    token: str | None


@dataclass(frozen=True)
class Update:
    """What POST Service Request Update brings."""

    request_id: str
    closed: bool
    description: str


async def jurisdiction(work: Work, named: str | None) -> str:
    """The community that is meant; JurisdictionNotNamed where there are several, JurisdictionUnknown."""
    served = await store.communities(work)
    if named:
        if named not in served:
            raise rules.JurisdictionUnknown
        return named
    if len(served) != 1:
        raise rules.JurisdictionNotNamed
    return served[0]


async def requests(work: Work, asked: Asked, *, page: int, size: int) -> list[dict[str, Any]]:
    """The requests that are asked for, the newest first, with their addresses; an empty list if there are none."""
    rows = await store.found(work, asked, most=size, passed_over=(page - 1) * size)
    names = await store.names(work, {row.place for row in rows})
    photos = await first_public(work, [row.id for row in rows])
    return [_told(dict(row) | {"photo": photos.get(row.id)}, names) for row in rows]


async def request(work: Work, community: str, request_id: str) -> dict[str, Any]:
    """One of them; RequestUnknown."""
    found = await requests(work, Asked(community, rules.EVER, ids=ids([request_id])), page=1, size=1)
    if not found:
        raise rules.RequestUnknown
    return found[0]


async def of_token(work: Work, community: str, token: str) -> dict[str, Any]:
    """The request that a token stands for; TokenUnknown."""
    try:
        return await request(work, community, token)
    except rules.RequestUnknown:
        raise rules.TokenUnknown from None


def ids(named: Iterable[str]) -> tuple[UUID, ...]:
    """Those that can be ids at all; another is no request's."""
    return tuple(made for one in named if (made := _id(one)) is not None)


def _id(said: str) -> UUID | None:
    try:
        return made if str(made := UUID(said)) == said.lower() else None
    except ValueError:
        return None


def _told(row: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    status = Status(row["status"])
    return row | {
        "closed": status in rules.CLOSED, "notes": rules.NOTES[status], "service": rules.SERVICES[row["category"]],
        "agency": rules.OFFICES[row["level"] - 1], "address": _address(row["place"], names),
    }


def _address(place: str, names: dict[str, str]) -> str:
    codes = place.split(".")
    around = [".".join(codes[:depth]) for depth in range(1, len(codes) + 1)]
    return " ".join(names[path] for path in around if path in names and (path.count(".") + 1 != _GRID or path == place))


async def updates(work: Work, community: str, window: rules.Window) -> list[dict[str, Any]]:
    """The steps that requests took in a span of time, the oldest first, at most a thousand; none says what people wrote."""
    found = await store.steps(work, community, window, most=rules.MOST)
    return [
        {
            "id": f"{row.report_id}.{row.seq}", "request": row.report_id, "closed": Status(row.to_status) in rules.CLOSED,
            "description": _STEPS.get(row.action, rules.NOTES[Status(row.to_status)]), "at": row.at,
        }
        for row in found
    ]


async def sender(work: Work, key: str | None, named: str | None) -> Sender:
    """Whose key it is, for the community that is meant; KeyRefused."""
    found = await store.sender_of(work, hashed(key)) if key else None
    if found is None or not found.is_live(work.now):
        raise KeyRefused
    if named and named != found.area:
        await jurisdiction(work, named)
        raise KeyRefused
    return found


async def hand_in(work: Work, files: Files, by: Sender, sent: Sent) -> Report:
    """A report of another's program; the same token is the same report, however often it comes."""
    service, token = rules.service(sent.service_code), by.draft(sent.token) if sent.token else uuid4()
    known = await queries.by_client_token(work, by.id, token)
    if known is not None:  # whatever is asked by now
        return await work.session.get_one(Report, known)
    subcategory, asked, said = await _attributes(work, by, sent)
    lines = [sent.text, f"地点：{sent.address}" if sent.address else None, *(f"附图：{one}" for one in sent.media)]
    text = "\n".join(line for line in lines if line) or service.name
    if len(text) > rules.LONGEST:
        raise rules.AskedUnfit(f"文字、地点和附图地址合计最长 {rules.LONGEST} 字")
    filing = acts.Filing(
        text=text, category=service.code, area=_area(by, sent),
        client_token=token, point=sent.point, daily=by.daily,
        channel=Channel.OPEN311, subcategory=subcategory, answers=said, asked=asked,
    )
    return await acts.file(work, files, by=_actor(by), filing=filing)


async def _attributes(work: Work, by: Sender, sent: Sent) -> tuple[str | None, Sequence[Field], dict[str, list[str]]]:
    """Which subcategory, what else was asked, what was said to it; what no definition knows is passed over. AttributeUnfit."""
    asked = (await catalogues.in_force(work, by.area)).service_fields(rules.service(sent.service_code).code)
    said = {one.code: sent.attributes.get(one.code, []) for one in asked if one.variable}
    found = {one.code: one for one in answered(asked, said)}
    which = found.get(rules.SUBCATEGORY)
    rest = [one for one in asked if one.code != rules.SUBCATEGORY]
    return which.values[0] if which else None, rest, {code: said[code] for code in found if code != rules.SUBCATEGORY}


async def fields(work: Work, community: str) -> dict[str, Sequence[Field]]:
    """What each service wants to know besides, in this community."""
    catalogue = await catalogues.in_force(work, community)
    return {code: catalogue.service_fields(code) for code in rules.SERVICES}


def _area(by: Sender, sent: Sent) -> str:
    """Where it is: the area that is named, or else the community, whose officers find out; WhereNotSaid."""
    if sent.address_id:
        if not contains(by.area, sent.address_id):
            raise NoSuchArea
        return sent.address_id
    if sent.point is None and not sent.address:
        raise rules.WhereNotSaid
    return by.area


async def update(work: Work, by: Sender, said: Update) -> Report:
    """POST Service Request Update: the sender answers what was asked of its request, or takes the request back.

    To anything else it has nothing to say: the machine's refusal tells how the request stands. RequestUnknown.
    """
    key = _id(said.request_id)
    if key is None:
        raise rules.RequestUnknown
    try:
        if said.closed:
            return await acts.withdraw(work, key, by=_actor(by))
        return await waiting.supplement(work, key, by=_actor(by), answer=said.description)
    except NotFound:
        raise rules.RequestUnknown from None


def _actor(by: Sender) -> Actor:
    """A sender acts as the reporter of what it handed in, and as nothing else."""
    return Actor(by.id, rights=RIGHTS)
