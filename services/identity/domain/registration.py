"""Somebody without a phone is registered in person: by one member of staff, confirmed by another who saw the papers as well."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

from chassis.errors import Conflict
from services.identity.domain.place import Binding, must_fit
from services.identity.domain.two_looks import TwoLooks

WAITS = timedelta(days=30)  # then it is over, and the name is forgotten


class RegistrationThere(Conflict):
    """Somebody of this name is being registered for this room already."""

    zh = "该房屋已有同名人员正在登记，请核对"


class RegistrationDecided(Conflict):
    """It was confirmed or refused already, waited for thirty days, or five second looks read another name."""

    zh = "该登记已经处理或已过期"


class NameDiffers(Conflict):
    """The name that the second member of staff reads in the papers is another than the first one's."""

    zh = "所填姓名与登记的不一致，请核对证件；确有误的，请拒绝后重新登记"
    keeps = True


@dataclass(eq=False)
class Registration(TwoLooks):
    """A person to be: where they live, which papers were seen, and who looked at them."""

    waits: ClassVar = WAITS
    forgets: ClassVar = "sealed_name"  # of a confirmed one it lies with the person
    over: ClassVar = RegistrationDecided
    differs: ClassVar = NameDiffers

    id: UUID
    person_id: UUID
    area: str
    kind: str
    evidence: str
    sealed_name: bytes | None
    name_index: bytes
    registered_by: UUID
    registered_at: datetime
    ends_at: datetime | None = None  # of the stay

    def confirm(self, *, by: UUID, name_index: bytes, at: datetime) -> Binding:
        """The second pair of eyes; the person belongs to the room from now on."""
        self.must_be("waiting", since=self.registered_at, at=at)
        self.second("confirmed", by=by, but={self.registered_by}, first=self.name_index, said=name_index, at=at)
        must_fit(self.kind, at, self.ends_at, at=at)  # a stay may be over before anybody looked
        made = Binding(self.id, self.person_id, self.area, self.kind, self.registered_by, at, self.ends_at)
        made.settle("papers", by=by, at=at, evidence=self.evidence)
        return made

    def refuse(self, *, by: UUID, at: datetime) -> None:
        """It was a mistake, or the papers do not bear it out; whoever registered it may take it back so."""
        self.must_be("waiting", since=self.registered_at, at=at)
        self.decide("refused", by, at)


def normal_name(written: str) -> str:
    """A name however it was typed: case, widths, spaces, the dots of long names and what nobody sees do not count."""
    letters = "".join(letter for letter in _folded(written) if not _is_spared(letter))
    return _folded(letters)


def _folded(written: str) -> str:
    """As Unicode compares without case and width (section 3.13, D146)."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", written).casefold())


def _is_spared(letter: str) -> bool:
    """Spaces, dots, and what has no shape of its own: format characters and variation selectors (`Cf`, section 23.4)."""
    is_hidden = unicodedata.category(letter) == "Cf" or "\ufe00" <= letter <= "\ufe0f" or "\U000e0100" <= letter <= "\U000e01ef"
    return is_hidden or letter in "·•・‧." or letter.isspace()
