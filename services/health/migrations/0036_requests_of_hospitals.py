"""What hospitals ask of us over HL7 v2 is kept beside what they tell us"""

from alembic import op

revision = "0036"
down_revision = "0035"

_EVENTS = "trigger in ('S01', 'S02', 'S04', 'S12', 'S13', 'S14', 'S15', 'S17', 'S26')"


def upgrade() -> None:
    op.drop_constraint(op.f("ck_messages_trigger"), "messages")
    op.create_check_constraint(op.f("ck_messages_trigger"), "messages", _EVENTS)
