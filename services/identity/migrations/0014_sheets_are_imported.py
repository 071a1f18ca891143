"""Sheets are imported"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

from chassis.tables import AreaPath

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table('imports',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('area', AreaPath(), nullable=False),
    sa.Column('made_by', sa.Uuid(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('added', sa.Integer(), nullable=False, comment='rows'),
    sa.Column('same', sa.Integer(), nullable=False, comment='rows'),
    sa.Column('changed', sa.Integer(), nullable=False, comment='rows'),
    sa.Column('wrong', sa.Integer(), nullable=False, comment='rows'),
    sa.Column('problems', postgresql.JSONB(astext_type=Text()), nullable=False, comment='row, column of ours, word: nothing of what was written there'),
    sa.Column('sealed_sheet', sa.LargeBinary(), nullable=True, comment="while it waits; with the service's own key"),
    sa.Column('touched', sa.ARRAY(sa.Uuid()), nullable=False, comment='who is known already and stands in it, while it waits'),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("kind in ('residents', 'rooms', 'staff')", name=op.f('ck_imports_kind')),
    sa.CheckConstraint("state in ('waiting', 'committed', 'withdrawn', 'over')", name=op.f('ck_imports_state')),
    sa.CheckConstraint('added >= 0', name=op.f('ck_imports_added')),
    sa.CheckConstraint('same >= 0', name=op.f('ck_imports_same')),
    sa.CheckConstraint('changed >= 0', name=op.f('ck_imports_changed')),
    sa.CheckConstraint('wrong >= 0', name=op.f('ck_imports_wrong')),
    sa.CheckConstraint("(state = 'waiting') = (decided_at is null)", name=op.f('ck_imports_decided')),
    sa.CheckConstraint("(state = 'waiting') = (sealed_sheet is not null)", name=op.f('ck_imports_sealed')),
    sa.CheckConstraint("state <> 'committed' or wrong = 0", name=op.f('ck_imports_whole')),
    sa.CheckConstraint("state = 'waiting' or touched = '{}'", name=op.f('ck_imports_forgotten')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_imports'))
    )
    op.create_index('ix_imports_area_gist', 'imports', ['area'], unique=False, postgresql_using='gist')
    op.create_index('ix_imports_made_by', 'imports', ['made_by', 'made_at'], unique=False)
