"""Photos that everybody may see"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.create_table('publications',
    sa.Column('id', sa.Uuid(), nullable=False, comment='of the photo, an upload'),
    sa.Column('report_id', sa.Uuid(), nullable=False),
    sa.Column('width', sa.Integer(), nullable=False, comment='pixels, of what boxes are measured in'),
    sa.Column('height', sa.Integer(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('looked_at', sa.DateTime(timezone=True), nullable=True, comment='by the detector'),
    sa.Column('boxes', postgresql.JSONB(astext_type=Text()), nullable=False, comment='what is covered, or is to be'),
    sa.Column('version', sa.SmallInteger(), nullable=False, comment='of the boxes; a copy is named by it'),
    sa.Column('copy_key', sa.Text(), nullable=True),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state in ('waiting', 'found', 'wanted', 'public', 'concealed', 'unfit')", name=op.f('ck_publications_state')),
    sa.CheckConstraint("state not in ('found', 'public') or copy_key is not null", name=op.f('ck_publications_shown_is_covered')),
    sa.CheckConstraint("state not in ('public', 'wanted') or decided_by is not null", name=op.f('ck_publications_shown_by_somebody')),
    sa.CheckConstraint("(state = 'waiting') = (looked_at is null)", name=op.f('ck_publications_looked_at_first')),
    sa.CheckConstraint('(decided_by is null) = (decided_at is null)', name=op.f('ck_publications_decided_whole')),
    sa.ForeignKeyConstraint(['report_id'], ['reports.id'], name=op.f('fk_publications_report_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_publications'))
    )
    op.create_index('ix_publications_report', 'publications', ['report_id'], unique=False)
    op.create_index('ix_publications_to_do', 'publications', ['id'], unique=False,
                    postgresql_where=sa.text("state in ('waiting', 'wanted') or state = 'concealed' and copy_key is not null"))
