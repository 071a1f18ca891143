"""Partners know people by ids of their own"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0024"


def upgrade() -> None:
    op.create_table('pairwise_subjects',
    sa.Column('subject', sa.Uuid(), nullable=False, comment='what the partners of this sector know them by'),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('sector', sa.Text(), nullable=False, comment='OpenID Connect Core 1.0 section 8.1'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_pairwise_subjects_person_id')),
    sa.PrimaryKeyConstraint('subject', name=op.f('pk_pairwise_subjects')),
    sa.UniqueConstraint('person_id', 'sector', name=op.f('uq_pairwise_subjects_person_id_sector'))
    )
    op.add_column('clients', sa.Column('subject_type', sa.Text(), server_default=sa.text("'public'"), nullable=False))
    op.add_column('clients', sa.Column(
        'sector', sa.Text(), nullable=True, comment='of pairwise subjects: OpenID Connect Core 1.0 section 8.1',
    ))
    op.create_check_constraint(op.f('ck_clients_subject_type'), 'clients', "subject_type in ('public', 'pairwise')")
    op.create_check_constraint(op.f('ck_clients_sector'), 'clients', "(subject_type = 'pairwise') = (sector is not null)")
    op.create_check_constraint(op.f('ck_clients_ours'), 'clients', "subject_type = 'public' or not is_internal")
