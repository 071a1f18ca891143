"""What a hospital's program enters and changes of the hospital's own directory, and what it is refused for."""

import unicodedata
from dataclasses import dataclass

from chassis.errors import Conflict, Forbidden, Invalid
from services.health.domain.proposal import BodyUnfit

LONGEST = 64
ENTERED = {"Practitioner": "practitioner", "PractitionerRole": "practitioner_role", "HealthcareService": "healthcare_service",
           "Location": "location"}  # kinds, and how operations are called by them
PLACES = {"Practitioner": "doctor_id", "HealthcareService": "department_id", "Location": "room_id"}  # of a time


class OwnedElsewhere(Forbidden):
    """Doctors of the directory, rooms of the health hut and what is another hospital's are entered by the community, not here."""

    zh = "该资料不是本医院登记的：社区登记的医生和健康小屋的诊间由社区修改，其他医院的资料不能修改"


class NameUnfit(Invalid):
    """What is entered has a name of one to sixty-four characters that can be seen."""

    zh = "名称须为1至64个可见字符"


class IdentifierGiven(Conflict):
    """An identifier that a hospital gave a doctor, place or department is that one's; so is a doctor's in a department."""

    zh = "该业务编号已用于本医院的另一个同类资料"


class RoleFixed(Invalid):
    """A role is a doctor's in a department: another doctor or department has another one."""

    zh = "出诊关系的医生和科室不能更改，请停用后另行登记"


class RoleUnknown(Invalid):
    """A role is of a doctor who serves the hospital's area or is its own, in a department of the hospital."""

    zh = "医生或科室不是本医院的，不能登记出诊关系"


class AlwaysThere(Invalid):
    """A hospital is entered and ended by the community: its program says what it is called."""

    zh = "医院由社区登记和停用，医院系统只能修改名称和业务编号"


@dataclass(frozen=True)
class Entry:
    """One of a hospital's own, as its program says it; of a role, whose it is in which department."""

    kind: str
    name: str = ""
    is_active: bool = True
    names: tuple[tuple[str, str], ...] = ()  # system and value
    organization: str | None = None
    doctor: str = ""
    department: str = ""

    def check(self, hospital: str) -> None:
        """OwnedElsewhere of what says that it is another's, NameUnfit, AlwaysThere."""
        if self.organization not in {None, hospital}:
            raise OwnedElsewhere
        if self.kind != "PractitionerRole":
            check_name(self.name)
        if self.kind == "Organization" and not self.is_active:
            raise AlwaysThere


def check_name(said: str) -> None:
    """NameUnfit."""
    hidden = any(unicodedata.category(sign)[0] == "C" for sign in said)
    if not said.strip() or said != said.strip() or len(said) > LONGEST or hidden:
        raise NameUnfit


def human(said: object) -> str:
    """A HumanName as one text; BodyUnfit. A name of Chinese is written without blanks."""
    if not isinstance(said, dict):
        raise BodyUnfit
    given, family, text = said.get("given", []), said.get("family", ""), said.get("text", "")
    if not isinstance(given, list) or not all(isinstance(one, str) for one in (*given, family, text)):
        raise BodyUnfit
    parts = [one for one in (family, *given) if one]
    is_latin = "".join(parts).isascii()
    return text or (" ".join([*given, family]).strip() if is_latin else "".join(parts))
