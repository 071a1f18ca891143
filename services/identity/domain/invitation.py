"""An owner lets somebody else belong to their room, by a code that they hand over themselves: nobody is named or looked up."""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from chassis.errors import Conflict, Forbidden, Invalid, TooMany
from contracts.identity_homes import InvitationAccepted
from services.identity.domain.place import HELPS, Binding
from services.identity.domain.sign_in import Limits

Kind = Literal["tenant", "family", "helper"]
State = Literal["open", "taken", "withdrawn"]

LIFE = timedelta(hours=48)
MOST_OPEN = 5  # of one room at once
LONGEST = timedelta(days=1096)  # three years, also with a leap day; a longer lease is renewed here
MADE: Limits = ((timedelta(days=1), 10),)  # by one person
# wrong codes: by one person, and from one address, behind which a whole building may be
TRIED: dict[str, Limits] = {
    "person_index": ((timedelta(minutes=15), 5), (timedelta(days=1), 20)),
    "address_index": ((timedelta(hours=1), 60), (timedelta(days=1), 200)),
}
DAY = timedelta(days=1)
_LETTERS, _LENGTH = "23456789ABCDEFGHJKMNPQRSTUVWXYZ", 10  # nothing that is read for something else; 31 ** 10 codes


class NotTheOwner(Forbidden):
    """A room is let, and its stays are ended, by who belongs to it as its owner now, and whose binding was agreed to."""

    zh = "只有该房屋现登记的业主本人可以办理"


class InvitationDatesUnfit(Invalid):
    """A tenant's or a helper's stay has a last moment; it lies ahead, a helper's at most a year, of whomever else three."""

    zh = "租户和护工须填写截止日期；截止日期须在当前时间之后、三年之内，护工须在一年之内"


class InvitationsOpen(Conflict):
    """Five invitations of a room wait at once at most: one is taken back, taken, or over first."""

    zh = "该房屋待接受的邀请已达上限，请先撤回或等待失效"


class InvitationsTooOften(TooMany):
    """Invitations are made, or codes tried, more often than the budget of a person or an address."""

    zh = "操作过于频繁，请稍后再试"


class InvitationRefused(Conflict):
    """The code is unknown, over, used or taken back, or who made it owns the room no more; which of them is not told."""

    zh = "邀请码无效或已失效，请向业主索取新的邀请码"
    keeps = True


class InvitationTaken(Conflict):
    """It was accepted already: the stay is ended instead."""

    zh = "邀请已被接受，如需结束请办理“结束入住”"


class InvitationUntaken(Conflict):
    """Nobody has accepted it, so no stay can be ended: it is taken back instead."""

    zh = "该邀请尚未被接受，请直接撤回"


class StayOfAnother(Forbidden):
    """An owner ends tenants' and helpers' stays that owners invited, and those of family they invited themselves; no other."""

    zh = "该住户不是由您邀请的家属，或其登记已由社区变更，请联系社区工作人员"


@dataclass(eq=False)
class Invitation:
    """Who shows its code within 48 hours belongs to the room, once. Of the code a keyed hash is kept, while it waits."""

    id: UUID
    area: str
    kind: Kind
    owner_id: UUID
    code_index: bytes | None
    made_at: datetime
    expires_at: datetime
    ends_at: datetime | None
    state: State = "open"
    decided_at: datetime | None = None
    binding_id: UUID | None = None

    def __post_init__(self) -> None:
        if self.ends_at is None and self.kind != "family":
            raise InvitationDatesUnfit
        longest = HELPS if self.kind == "helper" else LONGEST
        if self.ends_at is not None and not self.made_at < self.ends_at <= self.made_at + longest:
            raise InvitationDatesUnfit

    def is_good(self, at: datetime) -> bool:
        """Whether it can be accepted, as far as itself goes: it waits, and what it invites to is not over before it began."""
        return self.state == "open" and at < self.expires_at and (self.ends_at is None or at < self.ends_at)

    def stay(self, key: UUID, *, person: UUID, at: datetime) -> Binding:
        """What comes of it: its person said yes by the code, and the owner by the invitation."""
        made = Binding(key, person, self.area, self.kind, self.owner_id, at, self.ends_at)
        made.settle("owner", by=person, at=at)
        return made

    def taken(self, stay: UUID, at: datetime) -> InvitationAccepted:
        """It is used up, and its owner hears of it; not who it is."""
        self._decide("taken", at)
        self.binding_id = stay
        return InvitationAccepted(
            area=self.area, recipients=(self.owner_id,), invitation_id=self.id, owner_id=self.owner_id, binding_id=stay,
        )

    def withdraw(self, at: datetime) -> None:
        """Its code is worth nothing from now on; twice is once. InvitationTaken."""
        if self.state == "taken":
            raise InvitationTaken
        if self.state == "open":
            self._decide("withdrawn", at)

    def must_be_theirs_to_end(self, stay: Binding, owner: set[UUID]) -> None:
        """StayOfAnother, unless it still is a tenant's, a helper's, or of family this owner invited (`owner`: all they were)."""
        is_theirs = stay.kind in {"tenant", "helper"} or (stay.kind == "family" and self.owner_id in owner)
        if not is_theirs or stay.agreement != "owner":
            raise StayOfAnother

    def _decide(self, state: State, at: datetime) -> None:
        self.state, self.decided_at, self.code_index = state, at, None


def must_own(home: Binding, at: datetime) -> None:
    """NotTheOwner, unless this binding is an owner's, was agreed to, and holds."""
    begun = home.agreed_at is not None and home.starts_at <= at
    if home.kind != "owner" or not begun or (home.ends_at is not None and home.ends_at <= at):
        raise NotTheOwner


def new_code() -> str:
    """Ten letters and digits nobody can foresee."""
    return "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))


def normal_code(written: str) -> str:
    """As it was given, however it was typed."""
    return re.sub(r"[\s-]", "", written).upper()
