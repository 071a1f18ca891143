"""Sessions that are called off, and the seats that are offered instead"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_REASONS = "in ('illness', 'emergency', 'equipment', 'other')"


def upgrade() -> None:
    op.add_column('slots', sa.Column('called_off', sa.String(length=16), nullable=True))
    op.add_column('slots', sa.Column('called_off_at', sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(op.f('ck_slots_called_off'), 'slots', f"called_off {_REASONS}")
    op.create_check_constraint(
        op.f('ck_slots_called_off_whole'), 'slots',
        "(called_off is null) = (called_off_at is null) and (called_off is null or closed)",
    )
    op.create_index('ix_slots_called_off', 'slots', ['ends_at'], postgresql_where=sa.text("called_off is not null"))
    op.add_column('appointments', sa.Column('called_off', sa.String(length=16), nullable=True))
    op.add_column('appointments', sa.Column('offered_for', sa.Uuid(), nullable=True))
    op.create_check_constraint(op.f('ck_appointments_called_off'), 'appointments', f"called_off {_REASONS}")
    op.create_check_constraint(op.f('ck_appointments_called_off_whole'), 'appointments', "called_off is null or state = 'cancelled'")
    op.create_foreign_key(op.f('fk_appointments_offered_for'), 'appointments', 'appointments', ['offered_for'], ['id'])
    op.create_index('uq_appointments_offered_for', 'appointments', ['offered_for'], unique=True)
