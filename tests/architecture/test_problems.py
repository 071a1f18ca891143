"""Every refusal has a page that tells a person what to do, in Chinese first; and every page belongs to a refusal."""

import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from chassis.errors import Refusal
from chassis.problems import status_of
from deploy.processes import OWNERS, Process
from gateway.answers import _SAID

PAGES = Path(__file__).resolve().parents[2] / "docs" / "problems"


def kinds(kind: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    for below in kind.__subclasses__():
        if not below.__module__.startswith(("test", "builders")):
            yield below
            yield from kinds(below)


for owner in OWNERS:
    importlib.import_module(f"{Process(owner, 'api').module}.app")
    importlib.import_module("gateway.api" if owner == "edge" else f"services.{owner}.api")
KINDS = {kind.name(): kind for kind in kinds()}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_refusal_states_its_law_its_words_its_status_and_has_its_page(kind: type[Refusal]) -> None:
    assert kind.__doc__, f"{kind.__name__}: the docstring states the law"
    assert kind.zh != Refusal.zh, f"{kind.__name__}: `zh` says it to people"
    assert status_of(kind) != 500 or kind.name() == "unexpected", f"{kind.__name__} is of no kind"
    page = PAGES / f"{kind.name()}.md"
    assert page.is_file(), f"docs/problems/{page.name} is not there: what happened, what to do, the same in English"
    text = page.read_text()
    assert text.startswith(f"# {kind.zh}\n"), f"{page.name} does not begin with the sentence people are told"
    for part in ("## 发生了什么", "## 怎么办", "## English", f"HTTP 状态 {status_of(kind)}"):
        assert part in text, f"{page.name} lacks {part}"


def test_two_refusals_never_share_a_name() -> None:
    names = [kind.name() for kind in kinds()]
    assert len(names) == len(set(names))


def test_every_page_belongs_to_a_refusal_and_the_gateways_own_are_among_them() -> None:
    assert {file.stem for file in PAGES.glob("*.md")} == set(KINDS)
    assert {said[1] for said in _SAID} <= set(KINDS)
