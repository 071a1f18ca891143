"""What health says of contracts between residents and teams of family doctors (签约)."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from contracts.area import Role
from contracts.event import Audience, Event


class _OfContract(Event):
    """Whose it is travels only as a recipient id."""

    aggregate: ClassVar[str] = "contract"
    audience: ClassVar[Audience] = Audience(staff=frozenset({Role.DOCTOR, Role.HUT_STAFF}), people=True)
    contract_id: UUID
    team_id: UUID


class ContractAsked(_OfContract):
    """A resident asks a team for a contract, or the team offers one (`by_team`); the other side is to answer."""

    topic: ClassVar[str] = "health.contract_asked.v1"
    by_team: bool


class ContractSigned(_OfContract):
    """Both sides have said yes: it holds from `starts_at` until `ends_at`; `renews`: it begins where another one ends."""

    topic: ClassVar[str] = "health.contract_signed.v1"
    starts_at: datetime
    ends_at: datetime
    renews: bool


class ContractDeclined(_OfContract):
    """The other side said no (`by_team`: the team did), or whoever asked took it back."""

    topic: ClassVar[str] = "health.contract_declined.v1"
    by_team: bool


class ContractEnded(_OfContract):
    """It is over before its time, by the person or by the team, for a reason in a word of the list."""

    topic: ClassVar[str] = "health.contract_ended.v1"
    by_person: bool
    reason: str


class ContractEnding(_OfContract):
    """It ends soon, and nothing follows it yet: two months before, and two weeks before."""

    topic: ClassVar[str] = "health.contract_ending.v1"
    ahead: Literal["two-months", "two-weeks"]
    ends_at: datetime


class ContractServed(_OfContract):
    """A service of its package was noted; its person can say that there was none."""

    topic: ClassVar[str] = "health.contract_served.v1"
    item: str
