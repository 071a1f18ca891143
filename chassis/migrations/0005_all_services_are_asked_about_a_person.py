"""Who was forgotten is not written of anew, and what is to be handed out waits"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "forgotten_people",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_forgotten_people")),
    )
    op.create_table(
        "handing_out",
        sa.Column("export_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("public_jwk", postgresql.JSONB(), nullable=False,
                  comment="of the request: whoever asked can open what is sealed to it"),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("export_id", name=op.f("pk_handing_out")),
    )
    op.create_index("ix_handing_out_due_at", "handing_out", ["due_at"], unique=False)
