"""What a hospital's program answers about an appointment for a doctor or place of it: yes, no, perhaps."""

from dataclasses import dataclass
from enum import StrEnum

from chassis.errors import Conflict, Invalid


class Reply(StrEnum):
    """Of the value set participationstatus what somebody says themselves; `needs-action` is no answer."""

    ACCEPTED = "accepted"  # 接受
    DECLINED = "declined"  # 拒绝
    TENTATIVE = "tentative"  # 待定


class AppointmentUnknown(Invalid):
    """An answer is about an appointment of the hospital that its program sees."""

    zh = "缺少预约，或本医院没有这个预约"


class ActorNotInIt(Invalid):
    """An answer is somebody's who is in the appointment: its doctor, or the place where it is."""

    zh = "答复方须是该预约的医生或地点"


class ReplyUnfit(Invalid):
    """An answer is accepted, declined or tentative; that it is still to be given is none."""

    zh = "答复须为 accepted、declined 或 tentative"


class AnsweredAlready(Conflict):
    """Of an appointment each doctor and place answers once; what was `tentative` is followed by one yes or no."""

    zh = "该预约已有此医生或地点的答复"


@dataclass(frozen=True)
class Response:
    """An answer as it is said: about which appointment, whose it is (kind and id), and what the hospital calls it."""

    appointment: str
    actor: tuple[str, str]
    reply: Reply
    names: tuple[tuple[str, str], ...] = ()  # system and value

    def check_actor(self, doctor: object, room: object) -> None:
        """ActorNotInIt."""
        there = {("Practitioner", str(doctor)), ("Location", str(room)) if room is not None else None}
        if self.actor not in there:
            raise ActorNotInIt


def check_fresh(reply: Reply, said: set[str]) -> None:
    """AnsweredAlready, by what the same one said before."""
    if said - {Reply.TENTATIVE} or (said and reply is Reply.TENTATIVE):
        raise AnsweredAlready
