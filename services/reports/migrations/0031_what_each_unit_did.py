"""What each summoned unit did"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    op.add_column('summonses', sa.Column('sealed_contribution', sa.LargeBinary(), nullable=True, comment='what the unit did, in its words'))
    op.add_column('summonses', sa.Column('contributed_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('summonses', sa.Column('contributed_by', sa.Uuid(), nullable=True))
    for name, holds in (
        ('contributed_by_somebody', '(contributed_at is null) = (contributed_by is null)'),
        ('contributed_there', '(contributed_at is null) or (arrived_at is not null)'),
        ('contributed_whole', '(contributed_at is null) = (sealed_contribution is null)'),
    ):
        op.create_check_constraint(op.f(f'ck_summonses_{name}'), 'summonses', holds)
