"""Papers that say who somebody is, and the numbers they bear: what form each has. None of them prints itself."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from chassis.errors import Invalid
from services.identity.domain.id_number import IdNumber, check_character

Document = Literal["id-card", "residence-permit", "passport", "permanent-residence"]

# residence permits of Hong Kong, Macao and Taiwan bear these instead of a county (港澳台居民居住证申领发放办法, article 4)
_PERMIT_PLACES = frozenset({"810000", "820000", "830000"})
_PASSPORT = re.compile(r"[A-Z0-9]{5,15}")  # ICAO 9303 part 4 has nine; some states print more
# of foreigners, until 2023: nationality, place, year and month of birth, sequence, check digit (GA/T 704)
_OLD_CARD = re.compile(r"[A-Z]{3}[0-9]{12}")
# since 2023: 9, place (2), nationality (ISO 3166-1 numeric), day of birth, sequence, check character as GB 11643
_NEW_CARD = re.compile(r"9[0-9]{5}((?:19|20)[0-9]{2})([0-9]{2})([0-9]{2})[0-9]{3}[0-9X]")


class NotADocumentNumber(Invalid):
    """The number has not the form that such papers bear; what was given is never repeated."""

    zh = "证件号码与证件类型不符，请核对"


@dataclass(frozen=True)
class Numbered:
    """Papers of a kind with a number of its form; whether they are real, only who gave them out knows."""

    document: Document
    number: str

    def __repr__(self) -> str:
        return f"Numbered({self.document}, …)"  # a log or an error that prints it tells nothing

    @property
    def told(self) -> str:
        """Kind and number together, as the blind index is made of it: two kinds may bear the same letters."""
        return f"{self.document}/{self.number}"


def read(document: Document, given: str, *, today: date) -> Numbered:
    """As it was typed, with spaces, small letters or full-width ones; NotADocumentNumber, NotAnIdNumber."""
    number = re.sub(r"\s", "", unicodedata.normalize("NFKC", given)).upper()
    return Numbered(document, _FORMS[document](number, today))


def _id_card(number: str, today: date) -> str:
    read_number = IdNumber.read(number, today=today)
    if read_number.region in _PERMIT_PLACES:
        raise NotADocumentNumber
    return read_number.written


def _residence_permit(number: str, today: date) -> str:
    read_number = IdNumber.read(number, today=today)
    if read_number.region not in _PERMIT_PLACES:
        raise NotADocumentNumber
    return read_number.written


def _passport(number: str, _: date) -> str:
    if _PASSPORT.fullmatch(number) is None or not any(letter.isdigit() for letter in number):
        raise NotADocumentNumber
    return number


def _permanent_residence(number: str, today: date) -> str:
    found = _NEW_CARD.fullmatch(number)
    if found is None:
        if _OLD_CARD.fullmatch(number) is None:
            raise NotADocumentNumber
        return number
    if check_character(number[:17]) != number[17] or not _was_born_by(found, today):
        raise NotADocumentNumber
    return number


def _was_born_by(found: re.Match[str], today: date) -> bool:
    try:
        return date(int(found[1]), int(found[2]), int(found[3])) <= today
    except ValueError:  # no such day
        return False


_FORMS: dict[Document, Callable[[str, date], str]] = {
    "id-card": _id_card, "residence-permit": _residence_permit, "passport": _passport,
    "permanent-residence": _permanent_residence,
}
