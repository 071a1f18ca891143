"""Whose reports left with a list"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    op.create_table('exported',
    sa.Column('export_id', sa.Uuid(), nullable=False),
    sa.Column('report_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['export_id'], ['exports.id'], name=op.f('fk_exported_export_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['report_id'], ['reports.id'], name=op.f('fk_exported_report_id')),
    sa.PrimaryKeyConstraint('export_id', 'report_id', name=op.f('pk_exported'))
    )
