"""By which way a report came"""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"

_WAYS = "'app', 'poster', 'patrol', 'phone', 'visit', 'hotline', 'paper', 'open311', 'import'"


def upgrade() -> None:
    op.add_column(
        "reports", sa.Column("channel", sa.String(length=24), server_default="app", nullable=False, comment="by which way it came"),
    )
    op.create_check_constraint(op.f("ck_reports_channel"), "reports", f"channel in ({_WAYS})")
    # of before it is known where a poster was scanned, and what programs handed in
    op.execute("update reports set channel = 'poster' where anchor_id is not null")
    op.execute("update reports set channel = 'open311' from senders where senders.id = reports.reporter_id")
