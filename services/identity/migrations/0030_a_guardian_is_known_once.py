"""A guardian is known once"""

from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    # whose guardian somebody is stands in `proxies`, before two; what one alone noted in `facts` is over, and is noted anew
    op.execute("update facts set ended_at = least(expires_at, now()), why = 'over' where kind = 'guardian-of' and ended_at is null")
