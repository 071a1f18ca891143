"""What was sent is swept once its grant is over"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    comment = "what was sent is deleted for good: its grant is over"
    op.add_column("uploads", sa.Column("swept_at", sa.DateTime(timezone=True), nullable=True, comment=comment))
    op.create_index("ix_uploads_granted", "uploads", ["owner_id"], unique=False, postgresql_where=sa.text("state = 'granted'"))
    op.create_index("ix_uploads_unswept", "uploads", ["created_at"], unique=False, postgresql_where=sa.text("swept_at is null"))
