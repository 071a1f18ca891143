"""Subscriptions have a topic, signs of life and an end; what hospitals offer and is otherwise is kept until it is told"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"

_TOPICS = (
    "appointment-changed", "appointment-booked", "appointment-rescheduled", "appointment-cancelled", "appointment-checked-in",
    "appointment-noshow", "visit-finished", "contract-changed", "slot-changed", "schedule-stopped",
)
_SHOWN = ("closed", "capacity", "ends_at", "opens_at", "room_id", "modality", "department_id", "set_aside", "set_aside_until")
_OTHERWISE = "when ({} is distinct from {})".format(
    *(f"({', '.join(f'{which}.{name}' for name in _SHOWN)})" for which in ("old", "new"))
)


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.add_column("hooks", sa.Column("topic", sa.Text(), server_default="appointment-changed", nullable=False))
    op.add_column("hooks", sa.Column("heartbeat", sa.Integer(), nullable=True))
    op.add_column("hooks", sa.Column("ends_at", moment, nullable=True))
    op.add_column("hooks", sa.Column("told_at", moment, nullable=True))
    op.create_check_constraint(op.f("ck_hooks_heartbeat"), "hooks", "heartbeat between 60 and 86400")
    op.create_check_constraint(op.f("ck_hooks_topic"), "hooks", f"topic in ({', '.join(map(repr, _TOPICS))})")
    op.drop_index("uq_hooks_endpoint", table_name="hooks")
    op.create_index(
        "uq_hooks_endpoint", "hooks", ["hospital_id", "endpoint", "topic"], unique=True,
        postgresql_where=sa.text("state <> 'off'"),
    )
    op.add_column("calls", sa.Column("focus_id", sa.Uuid(), nullable=True, comment="what it is about, as the hospital calls it"))
    op.add_column("calls", sa.Column("contract_id", sa.Uuid(), nullable=True))
    op.add_column("calls", sa.Column("beats", sa.Boolean(), server_default="false", nullable=False))
    op.drop_constraint(op.f("ck_calls_handshake"), "calls")
    op.create_check_constraint(op.f("ck_calls_handshake"), "calls", "(number = 0 or beats) = (coalesce(focus_id, appointment_id) is null)")
    op.create_check_constraint(op.f("ck_calls_whose"), "calls", "num_nonnulls(appointment_id, contract_id) <= 1")
    op.drop_index("uq_calls_number", table_name="calls")
    op.create_index("uq_calls_number", "calls", ["hook_id", "number"], unique=True, postgresql_where=sa.text("not beats"))
    op.create_table(
        "offer_news",
        sa.Column("pos", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("hospital_id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("focus_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("pos", name=op.f("pk_offer_news")),
    )
    op.execute("""
        create function slot_is_news() returns trigger language plpgsql as $$
        declare
            slot slots := case when tg_op = 'DELETE' then old else new end;
        begin
            insert into offer_news (hospital_id, topic, focus_id)
            select d.hospital_id, 'slot-changed', slot.id from departments d where d.id = slot.department_id and exists (
                select from hooks h where h.hospital_id = d.hospital_id and h.topic = 'slot-changed'
                    and h.state in ('requested', 'active')
            );
            return null;
        end $$
    """)
    op.execute("create trigger is_news after insert or delete on slots for each row execute function slot_is_news()")
    op.execute(f"create trigger otherwise after update on slots for each row {_OTHERWISE} execute function slot_is_news()")
