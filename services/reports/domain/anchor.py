"""点位码: a printed place that says by itself where it hangs and what it hangs on, signed, so that none is made up."""

import hmac
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.errors import Conflict, Invalid, NotFound
from services.reports.domain.coordinates import Point
from services.reports.domain.machine import Status

LONGEST_ASSET, LAST_VERSION = 60, 32767  # characters; what a smallint holds
WIDEST, NARROWEST = 3, 7  # depths of the tree: from the community to the unit of a building
ENDED = frozenset({Status.RESOLVED, Status.CLOSED, Status.DECLINED, Status.WITHDRAWN, Status.MERGED})  # not open there for itself
MOST_POSTERS = 96  # of one sheet: twelve pages
_LETTERS, _SHORT = "ABCDEFGHJKMNPQRSTVWXYZ", 8  # no letter that looks like another or like a digit
_ID, _NAMED, _SEAL = 16, 18, 12  # bytes: thirty in all are forty characters and leave no bit over
Sign = Callable[[str], bytes]


class AnchorUnknown(NotFound):
    """A code opens while its poster hangs: not when it was forged, damaged, revoked or replaced, and nobody is told which."""

    zh = "这个点位码无法识别或已停用，请改为手动选择地点报事"


class NotAPublicPlace(Invalid):
    """A poster hangs where everybody passes: from the community down to the unit of a building, never at a dwelling."""

    zh = "点位码只能设在社区、网格、院落、楼栋或单元，不能设在住户家门"


class PlaceOrAnchor(Invalid):
    """A report says where by a place with a category, or by a scanned anchor: one of the two."""

    zh = "请选择地点和类别，或扫描点位码，二者取其一"


class AnchorThere(Conflict):
    """At one place no two posters hang for an asset of the same name."""

    zh = "该地点已有同名设施的点位码"


class AnchorRevoked(Conflict):
    """What was taken down stays down; where a poster is to hang again, a new one is entered."""

    zh = "该点位码已停用，请新建点位码"


class AnchorReissued(Conflict):
    """Who has a poster printed anew names the version that is to end; `current` is the one that hangs."""

    zh = "该点位码已被换发，请刷新后再操作"


class TooManyPosters(Invalid):
    """A sheet holds 96 posters at most; a larger area is printed part by part."""

    zh = "该区域的点位码超过 96 个，请选择更小的区域分批打印"


@dataclass(eq=False)
class Anchor:
    """The entity; its code is made from its id and version, and kept nowhere."""

    id: UUID
    area: str
    asset: str
    category: str
    entered_at: datetime
    lat: float | None = None
    lng: float | None = None
    unit_id: UUID | None = None
    version: int = 1
    revoked_at: datetime | None = None

    def __post_init__(self) -> None:
        if not WIDEST <= self.area.count(".") + 1 <= NARROWEST:
            raise NotAPublicPlace

    def point(self) -> Point | None:
        """Where it hangs on WGS-84, if that is known."""
        return Point(self.lat, self.lng) if self.lat is not None and self.lng is not None else None

    def code(self, sign: Sign) -> str:
        """What is printed: 40 characters that fit into an address and say nothing of anybody."""
        return spelled(self.id, self.version, sign)

    def revoke(self, at: datetime) -> None:
        """The poster is taken down; its code opens nothing any more."""
        self._must_hang()
        self.revoked_at = at

    def reissue(self, version: int) -> None:
        """A new poster is printed for it; of those who name the same version one has it printed."""
        self._must_hang()
        if version != self.version:
            raise AnchorReissued(current=self.version)
        self.version += 1

    def _must_hang(self) -> None:
        if self.revoked_at is not None:
            raise AnchorRevoked


@dataclass(frozen=True)
class Scan:
    """A code that was signed here: which version of which anchor it names."""

    anchor: Anchor
    version: int

    def must_open(self) -> None:
        """Whether that poster hangs still; AnchorUnknown if it was taken down, or another took its place."""
        if self.anchor.revoked_at is not None or self.anchor.version != self.version:
            raise AnchorUnknown


def spelled(anchor: UUID, version: int, sign: Sign) -> str:
    """The code of one version of an anchor."""
    named = anchor.bytes + version.to_bytes(_NAMED - _ID)
    return urlsafe_b64encode(named + sign(named.hex())[:_SEAL]).decode()


def lettered(anchor: UUID, version: int, sign: Sign) -> str:
    """What is printed below a code for people to read out, as `KQXM-RTBD`: which poster is meant, and nothing opens by it."""
    number = int.from_bytes(sign(f"{anchor}/{version}"))
    letters = "".join(_LETTERS[number // len(_LETTERS) ** place % len(_LETTERS)] for place in range(_SHORT))
    return f"{letters[:4]}-{letters[4:]}"


def read(code: str, sign: Sign) -> tuple[UUID, int]:
    """Which version of which anchor a code names; AnchorUnknown unless it is, letter for letter, one that was made here."""
    try:
        said = b64decode(code, altchars=b"-_", validate=True)
    except ValueError:  # of another alphabet, or padded wrongly
        raise AnchorUnknown from None
    if len(said) != _NAMED + _SEAL:
        raise AnchorUnknown
    anchor, version = UUID(bytes=said[:_ID]), int.from_bytes(said[_ID:_NAMED])
    if not hmac.compare_digest(code, spelled(anchor, version, sign)):
        raise AnchorUnknown
    return anchor, version
