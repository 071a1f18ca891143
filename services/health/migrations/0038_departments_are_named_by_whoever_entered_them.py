"""Of a department it is known whether its hospital's own program entered it"""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"

_ENTERED = """update departments set by_hospital = true from audit
    where audit.action = 'hospitals.register' and audit.subject = 'healthcareservice/' || departments.id"""


def upgrade() -> None:
    op.add_column("departments", sa.Column(
        "by_hospital", sa.Boolean(), server_default=sa.false(), nullable=False,
        comment="its own program entered and names it",
    ))
    op.execute(_ENTERED)
