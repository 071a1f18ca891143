"""A hospital's program at our FHIR door: for which hospital it speaks, and what its token lets it ask.

SMART App Launch 2.2, "Scopes for requesting FHIR resources": `system/Slot.rs`; the letters are create,
read, update, delete, search.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from chassis.errors import Conflict, Forbidden, TooMany
from chassis.rights import Actor, Permission, ScopeMissing

_SMART = re.compile(r"system/([A-Z][A-Za-z]{1,63})\.(c?r?u?d?s?)")


class NotAHospitalsProgram(Forbidden):
    """The FHIR door is for programs that speak for a hospital; an officer says for which one a program does."""

    zh = "该应用尚未被登记为任何医院的系统"


class AnotherHospitals(Conflict):
    """A program speaks for one hospital, for ever."""

    zh = "该应用已登记为另一家医院的系统"


class SightUsedUp(TooMany):
    """A hospital's programs ask about so many different people and ids in a local day (handbook identity, H06)."""

    zh = "今日查询的人员和编号数量已达上限，请明日再试或联系社区"


@dataclass(eq=False)
class Program:
    """`id` is the subject of the tokens that identity gives it in its own name."""

    id: UUID
    area: str
    hospital_id: UUID
    admitted_by: UUID
    admitted_at: datetime
    ended_at: datetime | None = None


def through(actor: Actor, right: str, kind: str, letter: str) -> Permission:
    """The permission for an act on a kind of resource; ScopeMissing unless the token says just that."""
    said = (_SMART.fullmatch(one) for one in actor.scopes or ())
    if not any(one is not None and one[1] == kind and letter in one[2] for one in said):
        raise ScopeMissing(f"system/{kind}.{letter}")
    return replace(actor, scopes=frozenset({right})).may(right)


def some_scope(actor: Actor) -> None:
    """ScopeMissing of who has no scope of a hospital's program, whatever is asked."""
    if not any(_SMART.fullmatch(one) for one in actor.scopes or ()):
        raise ScopeMissing("system/Appointment.s")
