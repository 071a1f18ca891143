"""What staff write beside reports"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.create_table('notes',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('report_id', sa.Uuid(), nullable=False),
    sa.Column('written_by', sa.Uuid(), nullable=False),
    sa.Column('written_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('visibility', sa.Text(), nullable=False),
    sa.Column('sealed_text', sa.LargeBinary(), nullable=False),
    sa.CheckConstraint("visibility in ('staff', 'told')", name=op.f('ck_notes_visibility')),
    sa.ForeignKeyConstraint(['report_id'], ['reports.id'], name=op.f('fk_notes_report_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notes'))
    )
    op.create_index('ix_notes_report', 'notes', ['report_id', 'id'], unique=False)
