"""What a hospital's program says of a visit (Encounter): that it goes on, or is over, where it is at the hospital itself."""

from chassis.errors import Forbidden, Invalid
from services.health.domain.machine import ENCOUNTER, State

NEXT = {ENCOUNTER[State.IN_VISIT]: "call", ENCOUNTER[State.FULFILLED]: "fulfil"}  # by the step of the table


class VisitElsewhere(Forbidden):
    """A visit in the health hut is called and ended there; a hospital's program says it of its own doctors and places."""

    zh = "该就诊不在本医院进行，由健康小屋叫号和结束"


class OnlyVisiting(Invalid):
    """Of a visit one thing is written: that it is in progress, then that it is finished."""

    zh = "就诊状态只能改为 in-progress 或 finished"
