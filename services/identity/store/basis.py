"""Parts of tables: from when until when an assignment holds and on what it rests, by what people are found."""

from typing import Any

from sqlalchemy import Boolean, CheckConstraint, Column, DateTime, ForeignKey, Text, Uuid, text

KINDS = "kind in ('phone', 'wechat', 'wechat-page', 'wechat-union')"  # of contacts: by what somebody is found


def resting() -> list[Any]:
    """Columns and what must always be so of them: what is lent says why, and ends by itself."""
    return [
        Column("starts_at", DateTime(timezone=True), nullable=False),
        Column("ends_at", DateTime(timezone=True)),
        Column("basis", Text, CheckConstraint("basis in ('granted', 'cover', 'emergency')", name="basis"), nullable=False,
               server_default=text("'granted'")),
        Column("reason", Text),
        Column("covers_id", Uuid, ForeignKey("assignments.id"), index=True),
        Column("is_ended", Boolean, nullable=False, server_default=text("false"), comment="by somebody, before its day if any"),
        CheckConstraint("basis = 'granted' or (reason is not null and ends_at is not null)", name="dated"),
        CheckConstraint("(basis = 'cover') = (covers_id is not null)", name="covers"),
        CheckConstraint("basis <> 'emergency' or ends_at - starts_at <= interval '30 minutes'", name="emergency"),
        CheckConstraint("basis <> 'cover' or ends_at - starts_at <= interval '31 days'", name="cover"),
    ]
