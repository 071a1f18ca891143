"""What is asked of the provider of real names, which numbers lead to whom, and who may be one person."""

from sqlalchemy import CheckConstraint, Column, DateTime, ForeignKey, Index, Integer, LargeBinary, Table, Text, Uuid, text
from sqlalchemy.orm import registry

from chassis.tables import AreaPath
from services.identity.domain.real_name import Check
from services.identity.store.tables import metadata

_moment = DateTime(timezone=True)
_DOCUMENTS = "('id-card', 'residence-permit', 'passport', 'permanent-residence')"

numbers = Table(
    "numbers", metadata,
    Column("number_index", LargeBinary, primary_key=True, comment="blind index of papers and their number, which is nowhere"),
    Column("person_id", Uuid, ForeignKey("people.id"), nullable=False, index=True),
    Column("document", Text, CheckConstraint(f"document in {_DOCUMENTS}", name="document"), nullable=False),
    Column("kept_at", _moment, nullable=False),
)

real_name_checks = Table(
    "real_name_checks", metadata,
    Column("id", Uuid, primary_key=True),
    Column("person_id", Uuid, ForeignKey("people.id"), nullable=False),
    Column("document", Text, CheckConstraint(f"document in {_DOCUMENTS}", name="document"), nullable=False),
    Column("number_index", LargeBinary, nullable=False),
    Column("sealed_asked", LargeBinary, comment="name and number, until the provider has answered; minutes"),
    Column("created_at", _moment, nullable=False),
    Column("state", Text, CheckConstraint(
        "state in ('asked', 'confirmed', 'refused', 'unanswered')", name="state"
    ), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("ask_after", _moment, nullable=False, comment="not before; while it is being asked: when whoever asks is given up"),
    Column("provider", Text),
    Column("reference", Text),
    Column("answer", Text, CheckConstraint("answer in ('match', 'differ', 'unknown')", name="answer")),
    Column("decided_at", _moment),
    CheckConstraint("(state = 'asked') = (sealed_asked is not null)", name="sealed"),
    CheckConstraint("(state = 'asked') = (decided_at is null)", name="decided"),
    CheckConstraint("(state in ('confirmed', 'refused')) = (answer is not null and reference is not null)", name="answered"),
    CheckConstraint("state <> 'confirmed' or answer = 'match'", name="confirmed"),
    Index("ix_real_name_checks_person", "person_id", "created_at"),
    Index("ix_real_name_checks_number", "number_index", "created_at"),
    Index("ix_real_name_checks_due", "ask_after", postgresql_where=text("state = 'asked'")),
    Index("uq_real_name_checks_asked", "person_id", unique=True, postgresql_where=text("state = 'asked'")),
)

duplicates = Table(
    "duplicates", metadata,
    Column("id", Uuid, primary_key=True),
    Column("person_id", Uuid, ForeignKey("people.id"), nullable=False),
    Column("other_id", Uuid, ForeignKey("people.id"), nullable=False, index=True),
    Column("area", AreaPath, comment="the smallest where both live; none, where nobody could be told"),
    Column("found_at", _moment, nullable=False),
    CheckConstraint("person_id <> other_id", name="two"),
    Index("uq_duplicates_pair", "person_id", "other_id", unique=True),
    Index("ix_duplicates_area_gist", "area", postgresql_using="gist"),
)

registry(metadata=metadata).map_imperatively(Check, real_name_checks)
