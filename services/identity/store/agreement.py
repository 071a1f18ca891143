"""How a binding was agreed to, and what must always be so of that."""

from typing import Any

from sqlalchemy import Boolean, CheckConstraint, Column, DateTime, Index, Integer, Text, Uuid, text

_HOLDING = "'person', 'owner', 'papers', 'sheet', 'operator'"


def agreeing() -> list[Any]:
    """Columns: what holds was agreed to; by papers only before another than who bound them."""
    return [
        Column("agreement", Text, CheckConstraint(
            f"agreement in ('asked', {_HOLDING}, 'denied', 'lapsed')", name="agreement"
        ), nullable=False, server_default=text("'asked'")),
        Column("asked_at", DateTime(timezone=True), comment="since when it waits for an answer"),
        Column("agreed_at", DateTime(timezone=True), comment="from when it holds; of what nobody agreed to none"),
        Column("agreed_by", Uuid),
        Column("evidence", Text, comment="which papers the second look was at"),
        Column("differed", Integer, CheckConstraint("differed between 0 and 5", name="differed"), nullable=False,
               server_default=text("0"), comment="second looks that read another name"),
        Column("is_ended", Boolean, nullable=False, server_default=text("false"), comment="by somebody, before its day if any"),
        CheckConstraint("not is_ended or ends_at is not null", name="ended"),
        CheckConstraint(f"agreement not in ({_HOLDING}) or agreed_at is not null", name="agreed"),
        CheckConstraint("agreement not in ('asked', 'lapsed') or agreed_at is null", name="waits"),
        CheckConstraint("agreement not in ('denied', 'lapsed') or ends_at is not null", name="over"),
        CheckConstraint("agreement <> 'person' or agreed_by is not null", name="own"),
        CheckConstraint(
            "agreement <> 'owner' or (agreed_by is not null and approved_by is not null and approved_by <> person_id)",
            name="invited",
        ),
        CheckConstraint(
            "agreement <> 'papers' or (evidence is not null and agreed_by is not null and agreed_by <> person_id"
            " and agreed_by is distinct from approved_by)", name="two",
        ),
        Index("ix_bindings_asked_at", "asked_at", postgresql_where=text("agreement = 'asked'")),
    ]


def agreed(binding: Any) -> Any:
    """Whether it was agreed to; `binding` has its columns."""
    return binding.agreed_at.is_not(None)
