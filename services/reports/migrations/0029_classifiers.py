"""What words are likely about"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    op.create_table('classifiers',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('fit', sa.Boolean(), nullable=False, comment='it may be asked'),
    sa.Column('categories', sa.ARRAY(sa.Text()), nullable=False),
    sa.Column('cases', sa.ARRAY(sa.Integer()), nullable=False),
    sa.Column('temperature', sa.Float(), nullable=False),
    sa.Column('judged', sa.Integer(), nullable=False),
    sa.Column('right', sa.Integer(), nullable=False),
    sa.Column('people', sa.LargeBinary(), nullable=False, comment='by run, of each category; JSON, deflated'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_classifiers'))
    )
    op.create_index('uq_classifiers_day', 'classifiers', ['day'], unique=True)
