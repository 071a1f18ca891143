"""Papers and their numbers: each kind has its form, and what was typed is repeated nowhere."""

from datetime import date

import pytest

from chassis.errors import Invalid
from services.identity.domain.documents import Document, read

TODAY = date(2026, 11, 26)
OLD, NEW = "CHE110080010102", "911124198108030024"


@pytest.mark.parametrize(("document", "given", "number"), [
    ("id-card", "11010519491231002X", "11010519491231002X"), ("id-card", " 110105 19491231 002x ", "11010519491231002X"),
    ("id-card", "１１０１０５１９４９１２３１００２Ｘ", "11010519491231002X"),
    ("residence-permit", "810000199408230021", "810000199408230021"),
    ("residence-permit", "830000199201300022", "830000199201300022"),
    ("passport", "e1234 5678", "E12345678"), ("passport", "EA1234567", "EA1234567"),
    ("permanent-residence", OLD, OLD), ("permanent-residence", NEW, NEW), ("permanent-residence", OLD.lower(), OLD),
])
def test_a_number_is_read_however_it_was_typed(document: Document, given: str, number: str) -> None:
    papers = read(document, given, today=TODAY)
    assert (papers.number, papers.told) == (number, f"{document}/{number}")
    assert number not in f"{papers!r} {papers}"


@pytest.mark.parametrize(("document", "given"), [
    ("id-card", "810000199408230021"), ("id-card", "110105194912310021"), ("id-card", "110105194912310"), ("id-card", ""),
    ("residence-permit", "11010519491231002X"), ("residence-permit", "810000199408230022"), ("residence-permit", "H12345678"),
    ("passport", "E123"), ("passport", "PASSPORT"), ("passport", "E1234-678"), ("passport", "E" * 16 + "1"),
    ("permanent-residence", "911124198108030025"), ("permanent-residence", "911124198113030024"), ("permanent-residence", "CHE1"),
    ("permanent-residence", "811124198108030024"),
])
def test_a_number_of_another_form_is_none_and_is_not_repeated(document: Document, given: str) -> None:
    with pytest.raises(Invalid) as refused:
        read(document, given, today=TODAY)
    assert not given or given not in f"{refused.value} {refused.value.extra}"


def test_nobody_is_born_tomorrow() -> None:
    with pytest.raises(Invalid):
        read("permanent-residence", NEW, today=date(1981, 8, 2))
    assert read("permanent-residence", NEW, today=date(1981, 8, 3))
