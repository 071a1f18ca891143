"""What can be booked at the FHIR door: a time, for a patient; its id says both, so that it is the same for whoever asks again.

IHE ITI Scheduling, ITI-115 to ITI-118. An id of FHIR has 64 characters at most: two UUIDs without hyphens are just that.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.errors import BadRequest, Conflict, Invalid, PreconditionFailed, PreconditionRequired

_KEY = re.compile(r"([0-9a-f]{32})([0-9a-f]{32})?")


class PatientUnknown(Invalid):
    """A booking names a patient by the name that this hospital knows somebody by (handbook identity, H09)."""

    zh = "缺少患者，或本院没有这位患者"


class TimeUnknown(Invalid):
    """A booking names a time of the hospital: by a proposal, a slot, or a schedule and a beginning."""

    zh = "缺少就诊时间，或本院没有这个号源"


class BodyUnfit(BadRequest):
    """The body is not the resource that this operation takes; FHIR R4 (4.0.1) says its form."""

    zh = "请求正文不是此操作需要的 FHIR 资源"


@dataclass(frozen=True)
class Lies:
    """When an appointment is, and in which time, as far as it is said."""

    starts_at: datetime | None = None
    ends_at: datetime | None = None
    slots: frozenset[str] | None = None

    def fits(self, now: Mapping[str, Any]) -> bool:
        """Whether that is how the appointment reads."""
        ours = {one["reference"].rpartition("/")[2] for one in now.get("slot", ())}
        whens = ((self.starts_at, now["start"]), (self.ends_at, now["end"]))
        return self.slots in {None, frozenset(ours)} and all(
            said is None or said == datetime.fromisoformat(read) for said, read in whens
        )


ANYWHERE = Lies()  # nothing is said


class OnlyCancelling(Invalid):
    """Of an appointment a hospital's program changes one thing: that it is cancelled. Times are booked anew."""

    zh = "预约只能改为取消；改时间请取消后重新预约"


class VersionStale(PreconditionFailed):
    """The appointment is not the version that `If-Match` names (FHIR R4, 3.1.0.5)."""

    zh = "预约已有变化，请重新读取后再操作"


class VersionWanted(PreconditionRequired):
    """Whoever changes an appointment says by `If-Match` which version they read."""

    zh = "缺少 If-Match 请求头"


class SeveralMatch(PreconditionFailed):
    """`If-None-Exist` fits more than one appointment (FHIR R4, 3.1.0.8.1)."""

    zh = "符合条件的预约不止一个"


class NameGiven(Conflict):
    """An identifier that a hospital gave an appointment is that one's for ever."""

    zh = "该业务编号已用于另一个预约"


@dataclass(frozen=True)
class Wish:
    """What is to be booked: an appointment or proposal by its id, or a slot, or a schedule and when; for which patient."""

    appointment: str | None = None
    slot: str | None = None
    schedule: str | None = None
    starts_at: str | None = None
    patient: str | None = None
    status: str = "proposed"
    kind: str | None = None  # a word of VisitKind
    names: tuple[tuple[str, str], ...] = ()  # system and value

    @property
    def existing(self) -> UUID | None:
        """The appointment that is there already, if its id is that of one."""
        try:
            found = UUID(self.appointment or "")
        except ValueError:
            return None
        return found if str(found) == self.appointment else None


def key(slot: UUID, patient: UUID | None) -> str:
    """The id of a proposal."""
    return slot.hex + (patient.hex if patient is not None else "")


def parts(said: str) -> tuple[UUID, UUID | None] | None:
    """The slot and the patient of a proposal; None if it is none."""
    found = _KEY.fullmatch(said)
    return None if found is None else (UUID(found[1]), UUID(found[2]) if found[2] else None)
