"""What is due when"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

_IN_HAND = (
    "status in ('submitted', 'accepted', 'assigned', 'processing', 'reopened', 'returned', 'escalated', 'awaiting_reporter', "
    "'on_hold', 'whistled')"
)
# of the reports that are there: as `store/dues.py` reckons when each is due
_RECKONED = f"""
    insert into dues (report_id, due_at, kind, moved_in)
    select reports.id, coalesce(first.due_at, '9999-01-01T00:00:00Z'), first.kind, pg_current_xact_id()::text::bigint
    from reports left join lateral (
        select newest.due_at, newest.kind from (
            select distinct on (clocks.kind) clocks.kind, clocks.state, clocks.due_at from clocks
            where clocks.report_id = reports.id order by clocks.kind, clocks.id desc
        ) as newest
        where newest.state = 'running' or newest.state = 'missed' and (
            newest.kind = 'resolve' and reports.{_IN_HAND}
            or newest.kind = 'respond' and reports.status in ('submitted', 'returned', 'escalated', 'reopened')
            or newest.kind = 'contact' and reports.status = 'assigned'
        )
        order by newest.due_at, newest.kind limit 1
    ) as first on true
    where reports.{_IN_HAND}
"""


def upgrade() -> None:
    op.execute("create extension if not exists pg_trgm")
    op.create_table('dues',
    sa.Column('report_id', sa.Uuid(), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False, comment='9999 while its time stands still or nothing is awaited'),
    sa.Column('kind', sa.Text(), nullable=True, comment='of the clock that is due then'),
    sa.Column('moved_in', sa.BigInteger(), nullable=False, comment='the transaction that said so last'),
    sa.ForeignKeyConstraint(['report_id'], ['reports.id'], name=op.f('fk_dues_report_id')),
    sa.PrimaryKeyConstraint('report_id', name=op.f('pk_dues'))
    )
    op.create_index('ix_dues_due', 'dues', ['due_at', 'report_id'], unique=False)
    op.create_index('ix_dues_moved', 'dues', ['moved_in', 'report_id'], unique=False)
    op.create_index('ix_reports_category', 'reports', ['category', 'id'], unique=False)
    op.create_index('ix_reports_in_hand_area', 'reports', ['area'], unique=False, postgresql_using='gist', postgresql_where=sa.text(_IN_HAND))
    op.create_index('ix_reports_in_hand_of', 'reports', ['assignee_id', 'id'], unique=False, postgresql_where=sa.text(_IN_HAND))
    op.create_index('ix_reports_in_hand_point', 'reports', [sa.literal_column('point(lng, lat)')], unique=False, postgresql_using='gist', postgresql_where=sa.text(_IN_HAND))
    op.create_index('ix_reports_number', 'reports', ['number'], unique=False, postgresql_using='gin', postgresql_ops={'number': 'gin_trgm_ops'})
    op.execute(_RECKONED)
