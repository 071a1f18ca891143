"""The audit is chained and signed, and what it says stays"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_STAYS = (
    """create function audit_stays() returns trigger language plpgsql as $$
    begin
        raise exception 'what was audited stays' using errcode = 'integrity_constraint_violation';
    end $$""",
    """create trigger audit_is_sealed_once before update on audit for each row when (
        old.hash is not null or (new.pos, new.at, new.actor_id, new.action, new.subject, new.reason, new.trace_id)
        is distinct from (old.pos, old.at, old.actor_id, old.action, old.subject, old.reason, old.trace_id)
    ) execute function audit_stays()""",
    "create trigger audit_is_not_deleted before delete on audit for each row execute function audit_stays()",
    "create trigger audit_roots_stay before update or delete on audit_roots for each row execute function audit_stays()",
)


def upgrade() -> None:
    order = "its place in the chain, from 1; the order in which rows were seen, not begun"
    op.add_column("audit", sa.Column("n", sa.BigInteger(), nullable=True, comment=order))
    op.add_column("audit", sa.Column("hash", sa.LargeBinary(), nullable=True, comment="SHA-256 of the hash before and of this row"))
    op.create_unique_constraint("uq_audit_n", "audit", ["n"])
    op.create_check_constraint("ck_audit_is_sealed_whole", "audit", "(n is null) = (hash is null)")
    op.create_index("ix_audit_unsealed", "audit", ["pos"], unique=False, postgresql_where=sa.text("n is null"))
    op.create_table(
        "audit_roots",
        sa.Column("n", sa.BigInteger(), autoincrement=False, nullable=False, comment="the last row it vouches for, and with it all before"),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False, comment="Ed25519, by the service's anchor key"),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_audit_roots")),
    )
    for statement in _STAYS:
        op.execute(statement)
