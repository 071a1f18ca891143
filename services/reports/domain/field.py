"""附加问题: what a category wants to know besides, as Open311's services do (GET Service Definition), and what was answered."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from chassis.errors import Invalid

Kind = Literal["string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"]
LISTS: frozenset[str] = frozenset({"singlevaluelist", "multivaluelist"})
WORDS: frozenset[str] = frozenset({"string", "text"})  # whoever answers writes them freely
LONGEST_LINE, LONGEST_TEXT = 200, 1000  # characters of a string, of a text
LONGEST_ANSWERS = 4000  # of all that is answered of one report
_YEARS = range(1970, 2200)
_NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,6})?")


class AttributeUnfit(Invalid):
    """What a category wants to know is required and missing, is none the definition allows, or is asked by no field of it."""

    zh = "补充信息缺失，或取值不在允许范围内"


@dataclass(frozen=True)
class Given:
    """What was answered, in the words of the version in which it was asked: so it is read whatever is asked later."""

    code: str
    label: str
    kind: str
    values: tuple[str, ...]
    names: tuple[str, ...]

    @property
    def line(self) -> str:
        """As staff and whoever looks at contents read it."""
        return f"{self.label}：{'、'.join(self.names)}"


@dataclass(frozen=True)
class Field:
    """A question; one that is not variable is only shown. `values` are the keys and names of a list."""

    code: str
    label: str
    kind: Kind = "string"
    required: bool = False
    variable: bool = True
    hint: str = ""
    values: tuple[tuple[str, str], ...] = ()

    @property
    def is_whole(self) -> bool:
        """A list has values, each once; nothing else has any; what is only shown is not required."""
        keys = [key for key, _ in self.values]
        return len(set(keys)) == len(keys) and bool(keys) == (self.kind in LISTS) and not (self.required and not self.variable)

    def read(self, given: Sequence[str]) -> Given | None:
        """What was answered, None if nothing was; AttributeUnfit."""
        said = tuple(dict.fromkeys(one.strip() for one in given if one.strip()))
        if not said:
            if self.variable and self.required:
                raise AttributeUnfit(f"请填写“{self.label}”（{self.code}）", field=self.code)
            return None
        if (len(said) > 1 and self.kind != "multivaluelist") or not all(self._fits(one) for one in said):
            raise AttributeUnfit(f"“{self.label}”（{self.code}）的取值有误", field=self.code)
        names = dict(self.values)
        return Given(self.code, self.label, self.kind, said, tuple(names.get(one, one) for one in said))

    def _fits(self, value: str) -> bool:
        if self.values:
            return value in dict(self.values)
        if self.kind == "number":
            return _NUMBER.fullmatch(value) is not None
        if self.kind == "datetime":
            return moment(value) is not None
        if self.kind == "text":
            return len(value) <= LONGEST_TEXT and "\0" not in value
        return len(value) <= LONGEST_LINE and value.isprintable()


def answered(fields: Sequence[Field], given: Mapping[str, Sequence[str]]) -> tuple[Given, ...]:
    """What was answered of these questions, in their order; AttributeUnfit."""
    asked = {one.code: one for one in fields if one.variable}
    for code in given:
        if code not in asked:
            raise AttributeUnfit(f"该类别没有附加问题 {code}", field=code)
    found = [read for code, one in asked.items() if (read := one.read(given.get(code, ()))) is not None]
    if sum(len(value) for one in found for value in one.values) > LONGEST_ANSWERS:
        raise AttributeUnfit(f"补充信息合计最长 {LONGEST_ANSWERS} 字")
    return tuple(found)


def kept(given: Sequence[Given]) -> list[dict[str, Any]]:
    """As it is sealed, and as it is told."""
    return [asdict(one) for one in given]


def read_back(said: Sequence[Mapping[str, Any]]) -> tuple[Given, ...]:
    """As it was kept."""
    return tuple(Given(**{**one, "values": tuple(one["values"]), "names": tuple(one["names"])}) for one in said)


def moment(said: str) -> datetime | None:
    """A moment of the W3C's subset of ISO 8601: with a day, and with `Z` or an offset where it names an hour; else None."""
    try:
        found = datetime.fromisoformat(said.strip())
    except ValueError:
        return None
    found = found.replace(tzinfo=UTC) if len(said.strip()) == len("2026-01-01") else found
    return found.astimezone(UTC) if found.tzinfo is not None and found.year in _YEARS else None
