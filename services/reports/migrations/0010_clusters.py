"""What a report was merged into, and where it stood before"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_LAWS = (
    ("merged_from", "merged_from in ('submitted', 'accepted')"),
    ("merged_into_one", "(status = 'merged') = (master_id is not null)"),
    ("merged_from_somewhere", "(master_id is null) = (merged_from is null)"),
    ("merged_into_another", "master_id <> id"),
    ("status", "status in ('submitted', 'accepted', 'assigned', 'processing', 'resolved', 'closed', 'reopened', 'declined', "
               "'returned', 'escalated', 'withdrawn', 'awaiting_reporter', 'on_hold', 'whistled', 'merged')"),
)


def upgrade() -> None:
    op.add_column('reports', sa.Column('master_id', sa.Uuid(), nullable=True, comment='the report it was merged into, which carries the work'))
    op.add_column('reports', sa.Column('merged_from', sa.Text(), nullable=True, comment='its status before'))
    op.execute('alter table reports drop constraint ck_reports_status')  # it is spelled anew below, with one more word
    # not valid first: the table is looked through without being locked
    op.execute('alter table reports add constraint fk_reports_master_id foreign key (master_id) references reports (id) not valid')
    op.execute('alter table reports validate constraint fk_reports_master_id')
    for name, law in _LAWS:
        op.execute(f'alter table reports add constraint ck_reports_{name} check ({law}) not valid')
        op.execute(f'alter table reports validate constraint ck_reports_{name}')
    op.create_index('ix_reports_master', 'reports', ['master_id'], unique=False, postgresql_where=sa.text('master_id is not null'))
