"""How it went, as every voice says it"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_table('appraisals',
    sa.Column('report_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('round', sa.SmallInteger(), nullable=False, comment='how often the report had been reopened'),
    sa.Column('satisfaction', sa.SmallInteger(), nullable=False),
    sa.Column('said_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('satisfaction between 1 and 5', name=op.f('ck_appraisals_satisfaction')),
    sa.ForeignKeyConstraint(['report_id'], ['reports.id'], name=op.f('fk_appraisals_report_id')),
    sa.PrimaryKeyConstraint('report_id', 'person_id', 'round', name=op.f('pk_appraisals'))
    )
    op.create_index('ix_appraisals_person', 'appraisals', ['person_id'], unique=False)
