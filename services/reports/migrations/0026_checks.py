"""Checks of contents"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.create_table('checks',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('report_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=False, comment='the report, of its text; an upload, of a photo'),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('tries', sa.SmallInteger(), nullable=False),
    sa.Column('leased_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('digest', sa.LargeBinary(), nullable=True, comment='keyed, of what was looked at; gone with it'),
    sa.Column('suggestion', sa.Text(), nullable=True),
    sa.Column('label', sa.Text(), nullable=True),
    sa.Column('request', sa.Text(), nullable=True, comment="the provider's number of its answer"),
    sa.Column('judged_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("kind in ('text', 'photo')", name=op.f('ck_checks_kind')),
    sa.CheckConstraint("state in ('waiting', 'passed', 'review', 'blocked', 'cleared', 'rejected', 'void')", name=op.f('ck_checks_state')),
    sa.CheckConstraint("suggestion in ('Pass', 'Review', 'Block')", name=op.f('ck_checks_suggestion')),
    sa.CheckConstraint("state <> 'passed' or suggestion = 'Pass'", name=op.f('ck_checks_passed_by_the_provider')),
    sa.CheckConstraint("(state = 'waiting') = (judged_at is null)", name=op.f('ck_checks_judged')),
    sa.CheckConstraint("(state in ('cleared', 'rejected')) = (decided_by is not null)", name=op.f('ck_checks_decided_by_somebody')),
    sa.CheckConstraint('(decided_by is null) = (decided_at is null)', name=op.f('ck_checks_decided_whole')),
    sa.ForeignKeyConstraint(['report_id'], ['reports.id'], name=op.f('fk_checks_report_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_checks'))
    )
    op.create_index('ix_checks_due', 'checks', ['due_at'], unique=False, postgresql_where=sa.text("state = 'waiting'"))
    op.create_index('ix_checks_report', 'checks', ['report_id'], unique=False)
    op.create_index('ix_checks_to_look_at', 'checks', ['id'], unique=False, postgresql_where=sa.text("state in ('blocked', 'review')"))
    op.create_index('uq_checks_subject', 'checks', ['kind', 'subject_id'], unique=True)
