"""Any doctor of a team: the team is a unit of the directory, its doctors are those who serve in it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.errors import Conflict


class TeamTaken(Conflict):
    """No doctor of the team has a seat then that is free for the person."""

    zh = "团队医生在所选时间均无您可约的号，请选择其他时间"


@dataclass(frozen=True)
class AnyOf:
    """Whichever doctor of the team, in a visit that begins between these two moments; not the one that is left for it."""

    team_id: UUID
    since: datetime
    until: datetime
    leaving: UUID | None = None
    kind: str | None = None  # of a visit by video, if one is said
