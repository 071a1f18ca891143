"""A hospital may be asked over SOAP"""

from alembic import op

revision = "0037"
down_revision = "0036"

_WIRES = "'none', 'fhir', 'hl7v2', 'soap', 'csv'"


def upgrade() -> None:
    op.drop_constraint(op.f("ck_hospitals_adapter"), "hospitals")
    op.create_check_constraint(op.f("ck_hospitals_adapter"), "hospitals", f"adapter in ({_WIRES})")
    op.drop_constraint(op.f("ck_hospitals_connected"), "hospitals")
    op.create_check_constraint(
        op.f("ck_hospitals_connected"), "hospitals", "system is null or adapter in ('fhir', 'hl7v2', 'soap')",
    )
