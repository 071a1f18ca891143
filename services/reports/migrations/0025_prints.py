"""How photos look"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.create_table('prints',
    sa.Column('photo_id', sa.Uuid(), nullable=False),
    sa.Column('report_id', sa.Uuid(), nullable=False),
    sa.Column('print', sa.LargeBinary(), nullable=False),
    sa.CheckConstraint('octet_length(print) = 16', name=op.f('ck_prints_print')),
    sa.ForeignKeyConstraint(['report_id'], ['reports.id'], name=op.f('fk_prints_report_id')),
    sa.PrimaryKeyConstraint('photo_id', name=op.f('pk_prints'))
    )
    op.create_index('ix_prints_report', 'prints', ['report_id'], unique=False)
