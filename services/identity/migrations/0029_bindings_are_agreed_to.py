"""Bindings are agreed to"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"

_HOLDING = "'person', 'papers', 'sheet', 'operator'"
_CHECKS = {
    "agreement": f"agreement in ('asked', {_HOLDING}, 'denied', 'lapsed')",
    "differed": "differed between 0 and 5",
    "agreed": f"agreement not in ({_HOLDING}) or agreed_at is not null",
    "waits": "agreement not in ('asked', 'lapsed') or agreed_at is null",
    "over": "agreement not in ('denied', 'lapsed') or ends_at is not null",
    "own": "agreement <> 'person' or agreed_by is not null",
    "two": "agreement <> 'papers' or (evidence is not null and agreed_by is not null and agreed_by <> person_id"
           " and agreed_by is distinct from approved_by)",
}


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.add_column("bindings", sa.Column("agreement", sa.Text(), server_default=sa.text("'asked'"), nullable=False))
    op.add_column("bindings", sa.Column("asked_at", moment, comment="since when it waits for an answer"))
    op.add_column("bindings", sa.Column("agreed_at", moment, comment="from when it holds; of what nobody agreed to none"))
    op.add_column("bindings", sa.Column("agreed_by", sa.Uuid()))
    op.add_column("bindings", sa.Column("evidence", sa.Text(), comment="which papers the second look was at"))
    op.add_column("bindings", sa.Column(
        "differed", sa.Integer(), server_default=sa.text("0"), nullable=False, comment="second looks that read another name",
    ))
    op.execute("update bindings set agreement = 'operator', agreed_at = starts_at")  # what was there holds on
    for name, says in _CHECKS.items():
        op.create_check_constraint(op.f(f"ck_bindings_{name}"), "bindings", says)
    op.create_index("ix_bindings_asked_at", "bindings", ["asked_at"], postgresql_where=sa.text("agreement = 'asked'"))
