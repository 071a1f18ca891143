"""Numbers of identity cards: the check character is ISO 7064's, one slip is noticed, and what is read is what was written."""

from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as some

from services.identity.domain.id_number import PROVINCES, IdNumber, NotAnIdNumber, OldIdNumber, check_character

TODAY = date(2026, 11, 26)
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643-1999, table 1
REMAINDERS = "10X98765432"  # the same, table 2: the check character of each remainder
BORN = some.dates(TODAY - timedelta(days=365 * 129), TODAY)


@some.composite
def numbers(draw: some.DrawFn) -> tuple[str, str, date, int]:
    """A good number, and what it was made of: county, day of birth, sequence."""
    county = draw(some.sampled_from(sorted(PROVINCES))) + draw(some.from_regex(r"[0-9]{4}", fullmatch=True))
    born, sequence = draw(BORN), draw(some.integers(0, 999))
    body = f"{county}{born:%Y%m%d}{sequence:03d}"
    return body + check_character(body), county, born, sequence


@pytest.mark.parametrize("number", ["11010519491231002X", "440524188001010014"])  # the two samples of GB 11643-1999
def test_the_standards_own_samples_have_their_check_character(number: str) -> None:
    assert check_character(number[:17]) == number[17]


@given(some.from_regex(r"[0-9]{17}", fullmatch=True))
def test_the_recursion_of_iso_7064_is_the_table_of_gb_11643(body: str) -> None:
    total = sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True))
    assert check_character(body) == REMAINDERS[total % 11]


def test_b07_fifteen_digits_are_told_apart_from_what_is_no_number() -> None:
    for old in ("110105491231002", " 110105 491231 002"):
        with pytest.raises(OldIdNumber):
            IdNumber.read(old, today=TODAY)
    for wrong in ("11010549123100X", "11010549123100", "1101054912310020"):
        with pytest.raises(NotAnIdNumber) as refused:
            IdNumber.read(wrong, today=TODAY)
        assert refused.type is NotAnIdNumber


@given(numbers())
def test_what_is_read_is_what_was_written(made: tuple[str, str, date, int]) -> None:
    number, county, born, sequence = made
    read = IdNumber.read(f" {number[:6]} {number[6:14]}\u3000{number[14:].lower()}", today=TODAY)
    assert (read.written, read.region, read.born) == (number, county, born)
    assert (read.sex, read.province) == (("female", "male")[sequence % 2], PROVINCES[county[:2]])


@given(numbers(), some.integers(0, 17), some.sampled_from("0123456789X"))
def test_one_wrong_character_is_always_noticed(made: tuple[str, str, date, int], place: int, other: str) -> None:
    number = made[0]
    assume(number[place] != other)
    with pytest.raises(NotAnIdNumber):
        IdNumber.read(number[:place] + other + number[place + 1:], today=TODAY)


@given(numbers(), some.integers(0, 16))
def test_two_neighbours_that_change_places_are_noticed(made: tuple[str, str, date, int], place: int) -> None:
    number = made[0]
    assume(number[place] != number[place + 1])
    with pytest.raises(NotAnIdNumber):
        IdNumber.read(f"{number[:place]}{number[place + 1]}{number[place]}{number[place + 2:]}", today=TODAY)


@pytest.mark.parametrize("body", [
    "11010520990101001",  # not born yet
    "11010518951231001",  # older than anybody
    "11010519490229001", "11010519491301001", "11010519490100001", "11010500000101001",  # no such days
    "19010519491231002", "91010519491231002",  # no such provinces
])
def test_a_good_check_character_makes_no_number_of_what_cannot_be(body: str) -> None:
    with pytest.raises(NotAnIdNumber):
        IdNumber.read(body + check_character(body), today=TODAY)


def test_who_is_as_old_as_anybody_was_has_a_number_until_the_year_is_over() -> None:
    body = "11010518960101001"
    number = body + check_character(body)
    assert IdNumber.read(number, today=TODAY).born == date(1896, 1, 1)
    with pytest.raises(NotAnIdNumber):
        IdNumber.read(number, today=date(2027, 1, 1))


def test_a_number_can_be_of_who_is_born_today_and_of_nobody_born_tomorrow() -> None:
    body = f"510104{TODAY:%Y%m%d}001"
    assert IdNumber.read(body + check_character(body), today=TODAY).born == TODAY
    with pytest.raises(NotAnIdNumber):
        IdNumber.read(body + check_character(body), today=TODAY - timedelta(days=1))


def test_full_width_digits_are_digits() -> None:
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in "11010519491231002X")
    assert IdNumber.read(wide, today=TODAY).written == "11010519491231002X"


@given(some.text(max_size=24))
def test_what_is_typed_at_random_is_refused_and_never_repeated(typed: str) -> None:
    with pytest.raises(NotAnIdNumber) as refused:
        IdNumber.read(typed, today=TODAY)
    assert (refused.value.args, refused.value.extra) == ((NotAnIdNumber.zh,), {})


@given(numbers())
def test_it_is_printed_and_shown_without_what_finds_somebody(made: tuple[str, str, date, int]) -> None:
    number, _, born, _ = made
    read = IdNumber.read(number, today=TODAY)
    for told in (repr(read), str(read), f"{read}", read.masked):
        assert f"{born:%m%d}" not in told
        assert number[3:16] not in told
    assert len(read.masked) == len(number)
