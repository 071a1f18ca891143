"""How long each class is kept: a community may have its own age, and none below what the law wants."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Column, DateTime, MetaData, Table
from sqlalchemy.dialects import postgresql

from chassis.tables import AreaPath
from contracts.retention import CLASSES, RetentionUnlawful, _read, due

NOW = datetime(2030, 6, 30, tzinfo=UTC)
ROWS = Table("rows", MetaData(), Column("at", DateTime(timezone=True)), Column("area", AreaPath))


@pytest.mark.parametrize("said", [
    '{"communities": {"a.b.c": {"gate.command": 182}}}', '{"communities": {"a.b.c": {"reports.reporter": 0}}}',
    '{"communities": {"a.b.c": {"nothing": 4000}}}',
])
def test_nothing_starts_on_a_policy_below_the_law_or_of_what_is_no_class(said: str) -> None:
    with pytest.raises(RetentionUnlawful):
        _read(said)


@pytest.mark.parametrize("name", CLASSES)
def test_the_least_age_of_a_class_may_be_said_and_is_not_above_its_default(name: str) -> None:
    kept = CLASSES[name]
    assert _read(f'{{"communities": {{"a.b.c": {{"{name}": {kept.least}}}}}}}')["a.b.c"][name] == kept.least
    assert kept.least <= kept.days
    assert kept.law


def test_logs_are_kept_six_months_at_least() -> None:
    assert all(kept.least >= 183 for name, kept in CLASSES.items() if name != "notify.notice")


def test_a_community_has_its_own_age_and_all_else_the_default() -> None:
    policy = {"a.b.c": {"gate.command": 200}, "a.b.d": {"notify.notice": 31}}
    asked = due("gate.command", ROWS.c.at, NOW, area=ROWS.c.area, policy=policy)
    said = str(asked.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": False}))
    assert said.count("<@") == 2  # there by its own age, elsewhere by the default
    plain = due("gate.command", ROWS.c.at, NOW, policy=policy)
    assert "<@" not in str(plain)
