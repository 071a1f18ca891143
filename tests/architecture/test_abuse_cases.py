"""The list of abuse cases is whole, and what it names exists: a renamed test does not leave a case without one."""

import re
from collections import Counter
from functools import cache

import pytest

from deploy.local.layout import ROOT

_OF_THE_STUDY = {
    "A": 20, "B": 13, "C": 13, "D": 28, "E": 22, "F": 10, "G": 13, "H": 9, "I": 10, "J": 16, "K": 13, "L": 6,
}
_ROW = re.compile(r"^\| ([A-L]\d\d) \| (.+?) \| (.*?) \| (.*?) \|$", re.MULTILINE)
ROWS = _ROW.findall((ROOT / "docs" / "abuse-cases.md").read_text())


@cache
def there() -> Counter[str]:
    """`file::function` of every test there is."""
    return Counter(
        f"{file.name}::{name}" for file in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"def (test_\w+)\(", file.read_text())
    )


def test_every_case_of_the_study_stands_there_once() -> None:
    assert [row[0] for row in ROWS] == [f"{group}{n:02}" for group, many in _OF_THE_STUDY.items() for n in range(1, many + 1)]


@pytest.mark.parametrize(("case", "_", "named", "remark"), ROWS, ids=[row[0] for row in ROWS])
def test_a_case_names_its_tests_or_what_it_waits_for(case: str, _: str, named: str, remark: str) -> None:
    found = re.findall(r"`([^`]+)`", named)
    assert [one for one in found if one not in there()] == [], case
    assert found or remark, case


def test_a_test_that_bears_the_id_of_a_case_is_named_by_it() -> None:
    bearing = {name: case.upper() for name in there() for case in re.findall(r"::test_([a-l]\d\d)_", name)}
    named = {case: re.findall(r"`([^`]+)`", tests_of) for case, _, tests_of, _ in ROWS}
    assert {name: case for name, case in bearing.items() if name not in named[case]} == {}
