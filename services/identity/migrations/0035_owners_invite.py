"""Owners invite"""

import sqlalchemy as sa
from alembic import op

from chassis.tables import AreaPath

revision = "0035"
down_revision = "0034"

_HOLDING = "'person', 'owner', 'papers', 'sheet', 'operator'"
_CHECKS = {
    "agreement": f"agreement in ('asked', {_HOLDING}, 'denied', 'lapsed')",
    "agreed": f"agreement not in ({_HOLDING}) or agreed_at is not null",
    "ended": "not is_ended or ends_at is not null",
    "invited": "agreement <> 'owner' or (agreed_by is not null and approved_by is not null and approved_by <> person_id)",
}


def upgrade() -> None:
    op.add_column("bindings", sa.Column(
        "is_ended", sa.Boolean(), server_default=sa.text("false"), nullable=False, comment="by somebody, before its day if any",
    ))
    op.execute("update bindings set is_ended = true where ends_at <= now()")  # what was ended so far had no day, or it is past
    for name, says in _CHECKS.items():
        op.execute(f"alter table bindings drop constraint if exists ck_bindings_{name}")
        op.create_check_constraint(op.f(f"ck_bindings_{name}"), "bindings", says)
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "invitations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("area", AreaPath(), nullable=False, comment="a room of the owner"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False, comment="who made it; stays of one that was taken, a bare id"),
        sa.Column("code_index", sa.LargeBinary(), comment="keyed hash of the code, while it waits; the code is nowhere"),
        sa.Column("made_at", moment, nullable=False),
        sa.Column("expires_at", moment, nullable=False),
        sa.Column("ends_at", moment, comment="of the stay"),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decided_at", moment),
        sa.Column("binding_id", sa.Uuid()),
        sa.CheckConstraint("kind in ('tenant', 'family')", name=op.f("ck_invitations_kind")),
        sa.CheckConstraint("state in ('open', 'taken', 'withdrawn')", name=op.f("ck_invitations_state")),
        sa.CheckConstraint("(state = 'open') = (code_index is not null)", name=op.f("ck_invitations_code")),
        sa.CheckConstraint("(state = 'open') = (decided_at is null)", name=op.f("ck_invitations_decided")),
        sa.CheckConstraint("(state = 'taken') = (binding_id is not null)", name=op.f("ck_invitations_taken")),
        sa.CheckConstraint(
            "expires_at > made_at and expires_at - made_at <= interval '48 hours'", name=op.f("ck_invitations_life"),
        ),
        sa.CheckConstraint("kind <> 'tenant' or ends_at is not null", name=op.f("ck_invitations_tenancy")),
        sa.CheckConstraint("ends_at > made_at and ends_at - made_at <= interval '1096 days'", name=op.f("ck_invitations_stay")),
        sa.ForeignKeyConstraint(["binding_id"], ["bindings.id"], name=op.f("fk_invitations_binding_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("code_index", name=op.f("uq_invitations_code_index")),
        sa.UniqueConstraint("binding_id", name=op.f("uq_invitations_binding_id")),
    )
    op.create_index("ix_invitations_owner_id", "invitations", ["owner_id"])
    op.create_index("ix_invitations_area_gist", "invitations", ["area"], postgresql_using="gist")
    op.create_index("ix_invitations_open", "invitations", ["expires_at"], postgresql_where=sa.text("state = 'open'"))
    op.create_table(
        "invitation_tries",
        sa.Column("id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.LargeBinary(), nullable=False, comment="keyed") for name in ("person_index", "address_index")),
        sa.Column("created_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation_tries")),
    )
    op.create_index("ix_invitation_tries_created_at", "invitation_tries", ["created_at"])
    for name in ("person", "address"):
        op.create_index(f"ix_invitation_tries_{name}", "invitation_tries", [f"{name}_index", "created_at"])
