"""Voices of neighbours, and how many a report has"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table('supports',
    sa.Column('report_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('supported_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('retracted_at', sa.DateTime(timezone=True), nullable=True, comment='no longer counted; the row stays, so that the same voice is announced once'),
    sa.ForeignKeyConstraint(['report_id'], ['reports.id'], name=op.f('fk_supports_report_id')),
    sa.PrimaryKeyConstraint('report_id', 'person_id', name=op.f('pk_supports'))
    )
    op.create_index('ix_supports_person', 'supports', ['person_id'], unique=False)
    op.add_column('reports', sa.Column('supporters', sa.Integer(), server_default='0', nullable=False))
    # not valid first: the table is looked through without being locked
    op.execute('alter table reports add constraint ck_reports_supporters check (supporters >= 0) not valid')
    op.execute('alter table reports validate constraint ck_reports_supporters')
