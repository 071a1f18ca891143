"""What of a hospital's answer can be kept: a row, an index and a day's arithmetic must bear whatever it says."""

from datetime import UTC, datetime
from unicodedata import category

from services.health.domain.ask import Theirs, TheirSlot

_NAME, _SCHEDULE = 64, 128  # signs: a FHIR id, and a name as staff may enter it (api/hospitals.py); a reference to an id
_FIRST, _LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_UNSAID = frozenset({"Cc", "Cs"})  # control characters and halves of one: PostgreSQL takes no NUL, UTF-8 no surrogate


class NotKeepable(Exception):
    """A text that is none, one that is too long, or a time that no visit has."""


def keepable_slot(one: TheirSlot) -> TheirSlot:
    """The same, or NotKeepable."""
    _check([one.ref, one.department], [one.starts_at, one.ends_at])
    _check_text(one.schedule, _SCHEDULE)
    return one


def keepable(one: Theirs) -> Theirs:
    """The same, or NotKeepable."""
    _check([one.ref], [one.starts_at, one.ends_at])
    return one


def _check(names: list[str], moments: list[datetime]) -> None:
    for name in names:
        _check_text(name, _NAME)
    if not all(_FIRST <= moment < _LAST for moment in moments):
        raise NotKeepable("time")


def _check_text(text: str, longest: int) -> None:
    if len(text) > longest or any(category(sign) in _UNSAID for sign in text):
        raise NotKeepable("text")
