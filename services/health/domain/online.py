"""What is done by video, with whom, by which doctor: the rules of care over the internet (互联网诊疗), one set with its sources.

互联网诊疗管理办法（试行） (国卫医发〔2018〕25号, annex 1), articles 16, 19 and 25; 远程医疗服务管理规范（试行） (its annex 3);
for internet hospitals in Sichuan 川卫规〔2023〕10号. A consultation (咨询) diagnoses and prescribes nothing: it is no 诊疗.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from chassis.errors import Conflict, Forbidden, Invalid

RULES = "2018-25/1"  # which set of rules said so; a later text of the law is a later number
YEARS = 3  # of independent clinical work (互联网诊疗管理办法（试行）, article 25)


class Modality(StrEnum):
    """How a time is held."""

    IN_PERSON = "in_person"  # 面诊
    VIDEO_HUT = "video_hut"  # 小屋视频
    VIDEO_HOME = "video_home"  # 居家视频


class VisitKind(StrEnum):
    """What a visit by video is."""

    CONSULTATION = "consultation"  # 咨询
    FOLLOW_UP = "follow_up"  # 复诊
    ASSISTED = "assisted"  # 远程会诊：小屋医务人员在患者身边


class Proof(StrEnum):
    """By which paper somebody was seen to have been diagnosed in person."""

    RECORD = "record"  # 门诊病历
    DISCHARGE = "discharge"  # 出院小结
    CERTIFICATE = "certificate"  # 诊断证明


class KindNotOffered(Conflict):
    """A kind is said of what is held by video, and what is held with staff at the patient's side is held in the hut."""

    zh = "该时段不提供所选的问诊方式"


class FirstVisitInPerson(Conflict):
    """No first visit by video: a follow-up follows a diagnosis made in person (互联网诊疗管理办法（试行）, article 16)."""

    zh = "首诊不能通过视频进行（《互联网诊疗管理办法（试行）》第十六条）：视频复诊须先在该科室线下就诊，或由小屋登记过往诊断凭证"


class DoctorConsultsOnly(Conflict):
    """Who sees patients by video has three years of independent clinical work (the same, article 25); unknown is not enough."""

    zh = "该医生未登记满三年的独立临床工作经验（《互联网诊疗管理办法（试行）》第二十五条），视频中只提供咨询"


class ChildNeedsGuardian(Conflict):
    """A child under six is not alone with a doctor by video: a guardian asks, or the hut does with one beside (article 19)."""

    zh = "六周岁以下儿童视频问诊须由监护人代为预约并陪同（《互联网诊疗管理办法（试行）》第十九条）"


class DoctorNotForChildren(Conflict):
    """A child under six is seen by video by a doctor who is fit for children (the same, article 19)."""

    zh = "该医生未登记儿童相关专业，不能为六周岁以下儿童视频问诊（《互联网诊疗管理办法（试行）》第十九条）"


class HutNoMedicalSite(Conflict):
    """Doctor to doctor is between medical institutions (annex 3, section 1); whether a hut counts as one its hospital says."""

    zh = "该医院尚未确认健康小屋为其诊疗场所，不能进行远程会诊（《远程医疗服务管理规范（试行）》）"


class EvidenceUnfit(Invalid):
    """A diagnosis was made on a day that was."""

    zh = "诊断日期不能晚于今天"


class EvidenceOfOneself(Forbidden):
    """What lets somebody be seen by video is noted by another than them."""

    zh = "本人的诊断凭证须由其他工作人员登记"


@dataclass(frozen=True)
class Facts:
    """What is known where a visit by video is asked for."""

    modality: Modality
    day: date
    practised_since: date | None = None  # the doctor, independently
    for_children: bool = False
    is_child: bool = False  # under six, as far as is known: somebody is their guardian, and nobody said that they turned six
    guardian_is_there: bool = False
    was_diagnosed: bool = False  # in person, in this department
    hut_is_site: bool = False

    @property
    def is_eligible(self) -> bool:
        """Whether the doctor may see patients by video then."""
        return self.practised_since is not None and _years_after(self.practised_since, YEARS) <= self.day


def _years_after(day: date, years: int) -> date:
    """The same day so many years later; of the 29th of February the 1st of March."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def _is_offered(kind: VisitKind, modality: Modality) -> bool:
    return modality is Modality.VIDEO_HUT or (modality is Modality.VIDEO_HOME and kind is not VisitKind.ASSISTED)


_Breaks = Callable[[VisitKind, Facts], bool]
_LAWS: tuple[tuple[_Breaks, type[Conflict]], ...] = (  # the first that is broken is told
    (lambda kind, facts: not _is_offered(kind, facts.modality), KindNotOffered),
    (lambda _, facts: facts.is_child and not facts.guardian_is_there, ChildNeedsGuardian),
    (lambda _, facts: facts.is_child and not facts.for_children, DoctorNotForChildren),
    (lambda kind, facts: kind is not VisitKind.CONSULTATION and not facts.is_eligible, DoctorConsultsOnly),
    (lambda kind, facts: kind is VisitKind.ASSISTED and not facts.hut_is_site, HutNoMedicalSite),
    (lambda kind, facts: kind is VisitKind.FOLLOW_UP and not facts.was_diagnosed, FirstVisitInPerson),
)


def refusal(kind: VisitKind, facts: Facts) -> type[Conflict] | None:
    """The law that a visit of this kind would break."""
    return next((law for breaks, law in _LAWS if breaks(kind, facts)), None)


def possible(facts: Facts) -> list[VisitKind]:
    """The kinds of visit that may be asked for; none of what is held in person."""
    return [kind for kind in VisitKind if refusal(kind, facts) is None]


@dataclass(frozen=True)
class Asked:
    """The kind that is said, else the one it was; who acts for the patient; whether the hut asks, who sees them."""

    kind: str | None = None
    earlier: str | None = None
    acting: UUID | None = None
    at_the_hut: bool = False

    def of(self, modality: Modality) -> VisitKind | None:
        """What a visit is to be; None: it is in person, and nothing else was said."""
        if self.kind is None and modality is Modality.IN_PERSON:
            return None
        return VisitKind(self.kind or self.earlier or VisitKind.CONSULTATION)


ANYHOW = Asked()
