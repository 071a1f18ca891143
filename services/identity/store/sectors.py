"""Whether a program is a service of ours, and as whom it knows people: the part of the table of programs that says it."""

from sqlalchemy import Boolean, CheckConstraint, Column, Text, text
from sqlalchemy.schema import SchemaItem


def knowing() -> list[SchemaItem]:
    """New ones at each call: a column belongs to one table."""
    return [
        Column("is_internal", Boolean, nullable=False),
        Column("subject_type", Text, CheckConstraint("subject_type in ('public', 'pairwise')", name="subject_type"),
               nullable=False, server_default=text("'public'")),
        Column("sector", Text, comment="of pairwise subjects: OpenID Connect Core 1.0 section 8.1"),
        CheckConstraint("(subject_type = 'pairwise') = (sector is not null)", name="sector"),
        CheckConstraint("subject_type = 'public' or not is_internal", name="ours"),
        CheckConstraint("kind = 'confidential' or not is_internal", name="internal"),
    ]
