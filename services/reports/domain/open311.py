"""What reports are called in Open311 GeoReport v2, which cities elsewhere speak: services, attributes, open or closed, and dates.

The standard: wiki.open311.org/GeoReport_v2 (frozen 2011); paragraphs are named by its methods.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from chassis.errors import Invalid, NotFound
from services.reports.domain.category import CATEGORIES
from services.reports.domain.field import Field, moment
from services.reports.domain.machine import Status

SPAN = timedelta(days=90)  # GET Service Requests: no longer, and the last of them where nothing is asked for
MOST = 1000  # requests in an answer
LONGEST = 4000  # characters of a description, and of all that is kept of a request
CLOSED = frozenset({Status.CLOSED, Status.DECLINED, Status.WITHDRAWN})
SUBCATEGORY = "subcategory"  # the attribute by which a program says what lies below a service; no field is called so
NOTES: dict[Status, str] = {  # the inner state: Open311 itself knows open and closed alone
    Status.SUBMITTED: "已提交", Status.ACCEPTED: "已受理", Status.ASSIGNED: "已派单", Status.PROCESSING: "处置中",
    Status.RESOLVED: "办结待评", Status.CLOSED: "已归档", Status.REOPENED: "重办", Status.DECLINED: "不予受理",
    Status.RETURNED: "退单", Status.ESCALATED: "已提级", Status.WITHDRAWN: "已撤回", Status.AWAITING_REPORTER: "待补充",
    Status.ON_HOLD: "挂起", Status.WHISTLED: "吹哨协办", Status.MERGED: "已并案",
}
OFFICES = ("网格", "院落", "社区", "街道")  # who answers for a report, by its level


class JurisdictionNotNamed(Invalid):
    """Several communities are served here: `jurisdiction_id` says which."""

    zh = "请用 jurisdiction_id 说明是哪个社区"


class JurisdictionUnknown(NotFound):
    """No community of this `jurisdiction_id` is served here."""

    zh = "没有这个 jurisdiction_id"


class ServiceNotNamed(Invalid):
    """What is asked for is said by its `service_code`."""

    zh = "缺少 service_code"


class ServiceUnknown(NotFound):
    """No service has this `service_code`."""

    zh = "没有这个 service_code"


class RequestUnknown(NotFound):
    """No request has this id here."""

    zh = "没有这个服务请求"


class TokenUnknown(NotFound):
    """Requests are answered with their id at once (services are realtime, not batch): the id is the token, there is no other."""

    zh = "没有这个 token"


class WhereNotSaid(Invalid):
    """A request says where: by `lat` and `long`, or by `address_string`, or by `address_id`."""

    zh = "请说明地点：lat 与 long，或 address_string，或 address_id"


class DatesUnfit(Invalid):
    """Dates are of ISO 8601 with `Z` or an offset, the first is not after the last, and they span 90 days at most."""

    zh = "日期格式有误，或起止顺序、跨度不符合要求（最多 90 天）"


class AskedUnfit(Invalid):
    """A filter has a value that it cannot have."""

    zh = "查询条件取值有误"


@dataclass(frozen=True)
class Service:
    """A kind of request; its code is our category."""

    code: str
    name: str
    description: str
    keywords: tuple[str, ...]
    group: str
    attributes: tuple[Field, ...] = ()


_EXTENT = Field(
    "extent", "影响范围", "singlevaluelist", required=True, hint="停水停电影响到哪里",
    values=(("home", "一户"), ("stair", "一个单元"), ("building", "整栋楼"), ("more", "更大范围"), ("unknown", "不清楚")),
)
_SINCE = Field("since", "开始时间", "datetime", hint="从什么时候开始，ISO 8601")
_TIMES = Field(
    "times", "扰民时段", "multivaluelist", hint="一般在什么时段",
    values=(("morning", "早晨"), ("day", "白天"), ("evening", "傍晚"), ("night", "夜间")),
)
_DANGER = Field("danger", "人身安全受到威胁时，请先拨打 110、119 或 120", "text", variable=False)
SERVICES: dict[str, Service] = {
    one.code: one
    for one in (
        Service("lighting", "楼道照明", "楼道、庭院的灯不亮或损坏", ("路灯", "楼道灯"), "公共设施"),
        Service("water", "供水", "停水、漏水、水压不足", ("停水", "漏水"), "水电气", (_EXTENT, _SINCE)),
        Service("electricity", "供电", "停电、电线裸露、跳闸", ("停电", "电线"), "水电气", (_EXTENT, _SINCE, _DANGER)),
        Service("sanitation", "环境卫生", "垃圾、污水、异味", ("垃圾", "污水"), "环境"),
        Service("road", "道路设施", "路面、井盖、护栏、标识损坏", ("井盖", "坑洼"), "公共设施"),
        Service("greening", "绿化", "树木倒伏、草坪损坏、病虫害", ("树木", "草坪"), "环境"),
        Service("safety", "安全隐患", "消防通道堵塞、高空坠物、电动车进楼", ("消防", "坠物"), "安全", (_DANGER,)),
        Service("noise", "噪音扰民", "施工、广场舞、装修的噪音", ("噪音", "装修"), "环境", (_TIMES,)),
        Service("parking", "停车秩序", "乱停乱放、占用通道", ("停车", "占道"), "公共设施"),
        Service("inquiry", "咨询", "办事流程、政策和服务的询问", ("咨询", "怎么办理"), "咨询建议"),
        Service("suggestion", "建议", "对社区工作的意见和建议", ("建议", "意见"), "咨询建议"),
        Service("other", "其他", "其他需要社区处理的事", ("其他",), "其他"),
    )
}
if tuple(SERVICES) != CATEGORIES:
    raise RuntimeError("every category is a service, and no other is")


def service(code: str | None) -> Service:
    """The service of a code; ServiceNotNamed, ServiceUnknown."""
    if not code:
        raise ServiceNotNamed
    if code not in SERVICES:
        raise ServiceUnknown
    return SERVICES[code]


def inner(status: str) -> list[Status]:
    """The states that Open311 calls so; AskedUnfit if it knows no such word."""
    if status not in {"open", "closed"}:
        raise AskedUnfit("status 只能是 open 或 closed")
    return [one for one in Status if (one in CLOSED) == (status == "closed")]


@dataclass(frozen=True)
class Window:
    """From when until when, the end not included."""

    since: datetime
    until: datetime


EVER = Window(datetime(1970, 1, 1, tzinfo=UTC), datetime(2199, 1, 1, tzinfo=UTC))


def window(start: str | None, end: str | None, now: datetime) -> Window:
    """GET Service Requests: what two dates ask for; one alone spans 90 days from it or to it, none the last 90; DatesUnfit."""
    first, last = _date(start), _date(end)
    if first is None and last is None:
        last = now + timedelta(seconds=1)
    first = first if first is not None else (last or now) - SPAN
    last = last if last is not None else first + SPAN
    if not first <= last <= first + SPAN:
        raise DatesUnfit
    return Window(first, last)


def between(after: str | None, before: str | None) -> Window:
    """A span whose ends may be open; DatesUnfit."""
    first, last = _date(after), _date(before)
    found = Window(first if first is not None else EVER.since, last if last is not None else EVER.until)
    if found.since > found.until:
        raise DatesUnfit
    return found


def _date(said: str | None) -> datetime | None:
    if not said:
        return None
    found = moment(said)
    if found is None:
        raise DatesUnfit
    return found
