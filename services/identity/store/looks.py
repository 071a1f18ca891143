"""Who looked for residents, or read of them in the clear, and when; and the questions by which they are found.

Each finds whom an exact value leads to by one probe of its index, however many people there are, and then their homes by theirs.
"""

from sqlalchemy import ARRAY, Column, DateTime, Index, Integer, LargeBinary, Table, Text, Uuid, bindparam, func, select

from chassis.crypto import person_keys
from chassis.directory import reached
from chassis.prepared import Prepared
from services.identity.store.agreement import agreed
from services.identity.store.periods import holds
from services.identity.store.real_name import numbers
from services.identity.store.tables import bindings, contacts, metadata, people

looks = Table(
    "looks", metadata,
    Column("id", Uuid, primary_key=True),
    Column("looker", LargeBinary, nullable=False, comment="keyed: who, and whether they searched or read in the clear"),
    Column("created_at", DateTime(timezone=True), nullable=False, index=True),
    Index("ix_looks_looker", "looker", "created_at"),
)

_at = bindparam("at", type_=DateTime(timezone=True))
_LIVES = holds(bindings.c, _at) & agreed(bindings.c) & reached(bindings.c.area)
_HOME = bindings.c.area.cast(Text).label("room")
_INDEX = bindparam("index", type_=LargeBinary)
_INDEXES = bindparam("index", type_=ARRAY(LargeBinary))

BY_PHONE = Prepared(
    select(contacts.c.person_id, _HOME).join(bindings, bindings.c.person_id == contacts.c.person_id)
    .where(contacts.c.kind == "phone", contacts.c.blind_index == func.any(_INDEXES), _LIVES).order_by(bindings.c.id)
)
BY_NUMBER = Prepared(
    select(numbers.c.person_id, _HOME).join(bindings, bindings.c.person_id == numbers.c.person_id)
    .where(numbers.c.number_index == _INDEX, _LIVES).order_by(bindings.c.id)
)
NAMES = Prepared(  # of who lives in the areas, sealed, each with their key: to be opened one by one
    select(bindings.c.person_id, _HOME, people.c.sealed_name, person_keys.c.wrapped)
    .join(people, people.c.id == bindings.c.person_id).join(person_keys, person_keys.c.person_id == people.c.id)
    .where(people.c.sealed_name.is_not(None), _LIVES).order_by(bindings.c.id).limit(bindparam("limit", type_=Integer))
)
