"""Somebody without a phone is registered in person: by one member of staff, confirmed by another who saw the papers as well."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from chassis.errors import Conflict, Forbidden
from services.identity.domain.place import Binding

WAITS = timedelta(days=30)  # then it is over, and the name is forgotten


class RegistrationThere(Conflict):
    """Somebody of this name is being registered for this room already."""

    zh = "该房屋已有同名人员正在登记，请核对"


class RegistrationDecided(Conflict):
    """It was confirmed or refused already, or waited for thirty days."""

    zh = "该登记已经处理或已过期"


class NotByTheSame(Forbidden):
    """Two members of staff look at the papers: who registered somebody does not confirm it."""

    zh = "须由另一名工作人员核对，不能确认自己登记的人员"


class NameDiffers(Conflict):
    """The name that the second member of staff reads in the papers is another than the first one's."""

    zh = "所填姓名与登记的不一致，请核对证件；确有误的，请拒绝后重新登记"
    keeps = True


@dataclass(eq=False)
class Registration:
    """A person to be: where they live, which papers were seen, and who looked at them."""

    id: UUID
    person_id: UUID
    area: str
    kind: str
    evidence: str
    sealed_name: bytes | None
    name_index: bytes
    registered_by: UUID
    registered_at: datetime
    state: str = "waiting"
    decided_by: UUID | None = None
    decided_at: datetime | None = None

    def confirm(self, *, by: UUID, name_index: bytes, at: datetime) -> Binding:
        """The second pair of eyes; the person belongs to the room from now on."""
        self._must_wait(at)
        if by == self.registered_by:
            raise NotByTheSame
        if name_index != self.name_index:
            raise NameDiffers
        self._decide("confirmed", by, at)
        return Binding(self.id, self.person_id, self.area, self.kind, by, at)

    def refuse(self, *, by: UUID, at: datetime) -> None:
        """It was a mistake, or the papers do not bear it out; whoever registered it may take it back so."""
        self._must_wait(at)
        self._decide("refused", by, at)

    def _must_wait(self, at: datetime) -> None:
        if self.state != "waiting" or at - self.registered_at >= WAITS:
            raise RegistrationDecided

    def _decide(self, state: str, by: UUID, at: datetime) -> None:
        self.state, self.decided_by, self.decided_at = state, by, at
        self.sealed_name = None  # of a confirmed one it lies with the person


def normal_name(written: str) -> str:
    """A name however it was typed: widths, spaces and the dots of long names do not count."""
    letters = "".join(letter for letter in written if letter not in "·•・‧.．" and not letter.isspace())
    return unicodedata.normalize("NFKC", letters).casefold()
