"""Whoever acts for another may ask for their contract with a team of family doctors, and answer one"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"

_HEALTH = (
    "'appointments.cancel', 'appointments.move', 'appointments.read', 'contracts.answer', 'contracts.ask', 'contracts.read', "
    "'entitlements.read', 'health.book', 'holds.use', 'hospitals.read'"
)
_REPORTS = "'reports.file', 'reports.rate', 'reports.read', 'reports.reopen', 'reports.supplement', 'reports.withdraw'"
_SLOTS = "'schedules.read', 'slots.read'"


def upgrade() -> None:
    op.drop_constraint(op.f("ck_proxies_scopes"), "proxies")
    op.drop_constraint(op.f("ck_proxies_in_person"), "proxies")
    op.create_check_constraint(
        op.f("ck_proxies_scopes"), "proxies",
        sa.text(f"cardinality(scopes) > 0 and scopes <@ array[{_HEALTH}, {_REPORTS}, {_SLOTS}, 'uploads.grant', 'visits.attend']"),
    )
    op.create_check_constraint(
        op.f("ck_proxies_in_person"), "proxies",
        sa.text(f"evidence <> 'app' or not scopes && array[{_HEALTH}, {_SLOTS}, 'visits.attend']"),
    )
