"""工作清单: which reports a member of staff has before them, in which order, and what may be asked of a list.

What may be asked is one closed vocabulary: a saved view is read through it again whenever it is used, for words go and come.
"""

import base64
import binascii
import hashlib
import json
import re
import struct
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from chassis.errors import Invalid
from chassis.pages import CursorRefused
from contracts.area import is_path
from services.reports.domain.category import CATEGORIES, is_code
from services.reports.domain.coordinates import Point
from services.reports.domain.ladder import TOP
from services.reports.domain.machine import Status
from services.reports.domain.severity import Severity

SOON = timedelta(hours=4)  # handbook 6.6, 6: who is about to miss is told so long ahead
OPEN = frozenset({
    Status.SUBMITTED, Status.ACCEPTED, Status.ASSIGNED, Status.PROCESSING, Status.REOPENED, Status.RETURNED, Status.ESCALATED,
    Status.AWAITING_REPORTER, Status.ON_HOLD, Status.WHISTLED,
})  # what somebody has to do something about
NEVER = datetime(9999, 1, 1, tzinfo=UTC)  # when a report is due whose time stands still, or that waits for nobody
NEAREST, FARTHEST = 100, 20_000  # metres around a point that may be asked for
LONGEST_SOUGHT, MOST_WORDS, MOST_PLACES = 64, 4, 500
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CURSOR = struct.Struct(">4sBQ16s")  # digest of the question, phase, key, id; the snapshot comes after it
_SNAPSHOT = re.compile(r"(\d{1,18}):\d{1,18}:(\d{1,18}(,\d{1,18})*)?", re.ASCII)
_LONGEST_SNAPSHOT = 1000  # characters: some fifty transactions at once
LONGEST_CURSOR = 1400


class List(StrEnum):
    """The lists, each with the reports that somebody has to do something about, and all there are."""

    MINE = "mine"  # 我的待办
    TO_ANSWER = "to-answer"  # 待受理
    TO_ASSIGN = "to-assign"  # 待派单
    SOON = "soon"  # 即将超时
    OVERDUE = "overdue"  # 已超时
    WAITING = "waiting"  # 等待中
    WHISTLED = "whistled"  # 吹哨协办
    TO_CLOSE = "to-close"  # 待评价
    OPEN = "open"  # 全部在办
    EVERY = "every"  # 全部

    @property
    def is_in_hand(self) -> bool:
        """Whether somebody has to do something about each report of it, so that it has a time by which."""
        return self not in {List.TO_CLOSE, List.EVERY}


class Order(StrEnum):
    """By what a list is ordered."""

    DUE = "due"  # 按到期时间
    NEAR = "near"  # 按距离
    NEW = "new"  # 按提交时间


class OriginUnfit(Invalid):
    """What is ordered by distance says from which point, on which datum (WGS-84 or GCJ-02); nothing else says a point."""

    zh = "按距离排序需要同时提供经纬度和坐标系；其他排序不需要"


class OrderUnfit(Invalid):
    """By due time the lists are ordered whose reports somebody has to do something about; what is over is due no more."""

    zh = "该清单不能按到期时间排序"


class SoughtUnfit(Invalid):
    """What is looked for is one to four words, of at most 64 characters together, none of them a control character."""

    zh = "请输入 1 至 4 个词，合计不超过 64 个字"


class PlacesTooMany(Invalid):
    """A word that so many places are called by looks for none of them: say more of the name."""

    zh = "名称含有该词的地点过多，请输入更完整的名称"


class ViewOutdated(Invalid):
    """A saved view says something that can be asked no more; `fields` says which."""

    zh = "保存的筛选条件已不再适用，请重新设置后保存"


@dataclass(frozen=True)
class Origin:
    """From where the way is measured, and how far one looks, in metres."""

    point: Point
    within: int = 2000


@dataclass(frozen=True)
class Filters:
    """What is asked of a list beside its name; each that is empty asks nothing."""

    category: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    area: str | None = None
    level: int | None = None
    unit_id: UUID | None = None
    overdue: bool = False
    mine: bool = False
    has_photo: bool = False
    reopened: bool = False
    severity: str | None = None  # so grave, or graver
    q: str | None = None
    subcategory: str | None = None

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> Self:
        """As it was kept; ViewOutdated of a word that is none any more."""
        wrong = sorted(name for name, value in said.items() if name not in _FITS or not _FITS[name](value))
        if wrong:
            raise ViewOutdated(fields=wrong)
        unit = said.get("unit_id")
        lists = {name: tuple(said.get(name) or ()) for name in ("category", "status")}
        return cls(**{**said, **lists, "unit_id": UUID(unit) if unit else None})

    def kept(self) -> dict[str, Any]:
        """As it is written down: only what asks something."""
        said = {name: value for name, value in asdict(self).items() if value}
        return {name: str(value) if isinstance(value, UUID) else value for name, value in said.items()}

    @property
    def words(self) -> tuple[str, ...]:
        """What is looked for, word by word; SoughtUnfit."""
        if self.q is None:
            return ()
        found = tuple(dict.fromkeys(self.q.lower().split()))
        if not 1 <= len(found) <= MOST_WORDS or len(self.q) > LONGEST_SOUGHT or not self.q.replace(" ", "").isprintable():
            raise SoughtUnfit
        return found


def _all_in(words: frozenset[str]) -> Callable[[Any], bool]:
    return lambda said: isinstance(said, list | tuple) and set(said) <= words


def _is_uuid(said: Any) -> bool:
    try:
        return UUID(str(said)) is not None
    except ValueError:
        return False


_YES_OR_NO: Callable[[Any], bool] = lambda said: isinstance(said, bool)  # noqa: E731 - one row of the table beside the others
_FITS: dict[str, Callable[[Any], bool]] = {
    "category": _all_in(frozenset(CATEGORIES)),
    "status": _all_in(frozenset(one.value for one in Status)),
    "area": lambda said: said is None or (isinstance(said, str) and is_path(said)),
    "level": lambda said: said is None or (isinstance(said, int) and 1 <= said <= TOP),
    "unit_id": lambda said: said is None or _is_uuid(said),
    "subcategory": lambda said: said is None or (isinstance(said, str) and is_code(said)),
    "overdue": _YES_OR_NO, "mine": _YES_OR_NO, "has_photo": _YES_OR_NO, "reopened": _YES_OR_NO,
    "severity": lambda said: said is None or (isinstance(said, str) and said in set(Severity)),
    "q": lambda said: said is None or (isinstance(said, str) and bool(Filters(q=said).words)),
}


@dataclass(frozen=True)
class Question:
    """A list in an order with its filters; by distance from where. OriginUnfit, SoughtUnfit."""

    name: List
    order: Order
    filters: Filters
    origin: Origin | None = None

    def __post_init__(self) -> None:
        if (self.order is Order.NEAR) != (self.origin is not None):
            raise OriginUnfit
        if self.order is Order.DUE and not self.name.is_in_hand:
            raise OrderUnfit
        self.filters.words  # noqa: B018 - refuses what cannot be looked for

    def digest(self) -> bytes:
        """Four bytes that differ where the question does, so that a cursor goes on with the list it was given by."""
        said = json.dumps([self.name, self.order, self.filters.kept(), asdict(self.origin) if self.origin else None])
        return hashlib.sha256(said.encode()).digest()[:4]


@dataclass(frozen=True)
class Cursor:
    """Where a page ended. By due time a list is walked in two phases: what stood still since the walk began, then what moved.

    `snapshot` says what had happened when the walk began (PostgreSQL, section 9.28: pg_snapshot). What a later transaction moved
    is passed over in the first phase and comes in the second, in the order in which it moved: none is missed, and one that was
    shown already is shown again with its new time.
    """

    moved: bool
    snapshot: str
    key: int  # of the order: microseconds, the bits of metres, the transaction that moved it; 0 where the id alone orders
    id: UUID

    def encode(self, question: Question) -> str:
        """As it travels."""
        packed = _CURSOR.pack(question.digest(), self.moved, self.key, self.id.bytes) + self.snapshot.encode()
        return base64.urlsafe_b64encode(packed).decode().rstrip("=")

    @classmethod
    def decode(cls, said: str, question: Question) -> Self:
        """CursorRefused of what was not given out by this very question."""
        try:
            packed = base64.b64decode(said + "=" * (-len(said) % 4), altchars=b"-_", validate=True)
            digest, moved, key, row = _CURSOR.unpack(packed[: _CURSOR.size])
            snapshot = packed[_CURSOR.size :].decode()
        except (ValueError, binascii.Error, struct.error):
            raise CursorRefused from None
        if digest != question.digest() or moved > 1 or key > _MOST_KEY or not _SNAPSHOT.fullmatch(snapshot):
            raise CursorRefused
        return cls(bool(moved), snapshot, key, UUID(bytes=row))

    @property
    def floor(self) -> int:
        """The transaction below which everything had happened."""
        return int(self.snapshot.partition(":")[0])


_MOST_KEY = 2**63 - 1


def shortened(snapshot: str) -> str:
    """A snapshot that travels: of one with very many transactions under way all from the first of them on count as later ones."""
    first = snapshot.partition(":")[0]
    return snapshot if len(snapshot) <= _LONGEST_SNAPSHOT else f"{first}:{first}:"


def moment_key(at: datetime) -> int:
    """A moment as the key of a cursor, in microseconds."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def key_moment(key: int) -> datetime:
    """The moment again; CursorRefused of one that no calendar has."""
    try:
        return _EPOCH + timedelta(microseconds=key)
    except OverflowError:
        raise CursorRefused from None


def metres_key(metres: float) -> int:
    """Metres as the key of a cursor, bit by bit: what is compared again is exactly what was compared."""
    return int(struct.unpack(">Q", struct.pack(">d", metres))[0])


def key_metres(key: int) -> float:
    """The metres again; CursorRefused of bits that are no distance."""
    metres = float(struct.unpack(">d", struct.pack(">Q", key))[0])
    if not 0 <= metres <= 2 * FARTHEST:
        raise CursorRefused
    return metres
