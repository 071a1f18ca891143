"""A refresh token of our own sign-in used up for its successor, in one statement, where nothing else is to be decided.

That is a transaction by itself: either the old token is used and the new one there, or nothing is so.
"""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    DateTime,
    Interval,
    LargeBinary,
    Text,
    bindparam,
    cast,
    exists,
    func,
    literal,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import BIT, insert

from chassis.prepared import Prepared
from chassis.rights import OWN
from services.identity.store.periods import goes_on
from services.identity.store.tables import assignments, installation, refresh_tokens, signing_keys

_it, _serves = refresh_tokens.c, assignments.c
_KEPT = ("family_id", "person_id", "client_id", "scope", "family_ends_at", "methods", "proved_at", "device")  # of the family
_NOW = bindparam("now", type_=DateTime(timezone=True))

# The turn of `Work.taking_turns`, which whoever ends this person's sessions holds: taken before the token is looked at, and of a
# token that changed meanwhile PostgreSQL asks its conditions anew. Offices are as they were when it began.
_FIRST_BYTES = func.left(func.replace(cast(_it.person_id, Text), "-", ""), 16)
_KEY = cast(cast(literal("x") + _FIRST_BYTES, BIT(64)), BigInteger)
_TURN = (
    select(_it.hash, func.pg_advisory_xact_lock(_KEY).label("turn"))
    .where(_it.hash == bindparam("it", type_=LargeBinary)).cte("turn").prefix_with("materialized", dialect="postgresql")
)
_HELD = (_serves.person_id == _it.person_id) & goes_on(_serves, _NOW)
_USED = (
    update(refresh_tokens)
    .values(used_at=_NOW, wrapped_successor=bindparam("sealed", type_=LargeBinary))
    .where(
        _it.hash == _TURN.c.hash, _it.client_id == OWN, _it.used_at.is_(None), _it.revoked_at.is_(None), _it.expires_at > _NOW,
        ~exists().where(_HELD, _serves.role == func.any(bindparam("bound", type_=ARRAY(Text)))),
    )
    .returning(*(_it[name] for name in _KEPT))
    .cte("used")
)
_ENDS = func.least(_NOW + bindparam("idle", type_=Interval), _USED.c.family_ends_at)
_NEW = insert(refresh_tokens).from_select(
    ["hash", "created_at", "expires_at", *_KEPT],
    select(bindparam("successor", type_=LargeBinary), _NOW, _ENDS, *(_USED.c[name] for name in _KEPT)),
).cte("new")
_ROLES = select(_serves.role).where(_serves.person_id == _USED.c.person_id, goes_on(_serves, _NOW))

PLAINLY = Prepared(
    select(
        _USED, func.array(_ROLES.scalar_subquery()).label("roles"),
        signing_keys.c.kid, signing_keys.c.wrapped_private, installation.c.issuer,
    )
    .select_from(_USED.join(signing_keys, signing_keys.c.state == "active").join(installation, true()))
    .add_cte(_NEW)
)
