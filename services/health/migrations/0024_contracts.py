"""Contracts with teams of family doctors, one at a time, their packages, and what was served"""

import sqlalchemy as sa
from alembic import op

from chassis.tables import AreaPath

revision = "0024"
down_revision = "0023"

_ITEMS = "follow_up", "check_up", "home_visit", "advice"


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "packages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("area", AreaPath(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        *(sa.Column(item, sa.Integer(), nullable=False) for item in _ITEMS),
        sa.Column("decided_by", sa.Uuid(), nullable=False),
        sa.Column("decided_at", moment, nullable=False),
        sa.CheckConstraint(" and ".join(f"{item} between 0 and 365" for item in _ITEMS), name=op.f("ck_packages_some")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_packages")),
    )
    op.create_index("uq_packages_version", "packages", ["area", "version"], unique=True)
    op.create_index("ix_packages_area_gist", "packages", ["area"], postgresql_using="gist")
    _contracts()
    _what_was_served()


def _contracts() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "contracts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("area", AreaPath(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("years", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("asked_at", moment, nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("by_team", sa.Boolean(), nullable=False),
        sa.Column("package_id", sa.Uuid(), nullable=True),
        sa.Column("acting_id", sa.Uuid(), nullable=True, comment="who took the person's last step for them, by proxy"),
        sa.Column("answered_at", moment, nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("starts_at", moment, nullable=True),
        sa.Column("ends_at", moment, nullable=True),
        sa.Column("ended_at", moment, nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(length=16), nullable=True),
        sa.CheckConstraint("state in ('asked', 'signed', 'declined')", name=op.f("ck_contracts_state")),
        sa.CheckConstraint("years between 1 and 3", name=op.f("ck_contracts_term")),
        sa.CheckConstraint(
            "reason in ('moved', 'changes', 'unsatisfied', 'deceased', 'team_ends', 'other')", name=op.f("ck_contracts_reason"),
        ),
        sa.CheckConstraint(
            "(state = 'asked') = (answered_at is null) and (answered_at is null) = (answered_by is null)",
            name=op.f("ck_contracts_answered"),
        ),
        sa.CheckConstraint(
            "state <> 'signed' or starts_at is not null and ends_at is not null and starts_at < ends_at",
            name=op.f("ck_contracts_holds"),
        ),
        sa.CheckConstraint(
            "(reason is null) = (ended_at is null) and (ended_at is null) = (ended_by is null)", name=op.f("ck_contracts_ended"),
        ),
        sa.CheckConstraint("state <> 'signed' or answered_by <> asked_by", name=op.f("ck_contracts_two_sides")),
        sa.ForeignKeyConstraint(["package_id"], ["packages.id"], name=op.f("fk_contracts_package_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contracts")),
    )
    op.execute(
        "alter table contracts add constraint ex_contracts_person exclude using gist "
        "(person_id with =, tstzrange(starts_at, ends_at) with &&) where (state = 'signed')"
    )
    op.create_index("ix_contracts_person_id", "contracts", ["person_id"])
    op.create_index("ix_contracts_team_id", "contracts", ["team_id"])
    op.create_index("uq_contracts_asked", "contracts", ["person_id"], unique=True, postgresql_where=sa.text("state = 'asked'"))
    op.create_index("ix_contracts_ends_at", "contracts", ["ends_at"], postgresql_where=sa.text("state = 'signed'"))
    op.create_index("ix_contracts_area_gist", "contracts", ["area"], postgresql_using="gist")


def _what_was_served() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "served",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("item", sa.String(length=16), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("item in ('follow_up', 'check_up', 'home_visit', 'advice')", name=op.f("ck_served_item")),
        sa.CheckConstraint("year > 0 and number > 0", name=op.f("ck_served_numbered")),
        sa.ForeignKeyConstraint(["contract_id"], ["contracts.id"], name=op.f("fk_served_contract_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["appointment_id"], ["appointments.id"], name=op.f("fk_served_appointment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_served")),
    )
    op.create_index("uq_served_number", "served", ["contract_id", "item", "year", "number"], unique=True)
    op.create_index("uq_served_appointment", "served", ["appointment_id"], unique=True)
    op.create_table(
        "contract_prompts",
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("prompt", sa.String(length=16), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.CheckConstraint("prompt in ('two-months', 'two-weeks')", name=op.f("ck_contract_prompts_prompt")),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contracts.id"], name=op.f("fk_contract_prompts_contract_id"), ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("contract_id", "prompt", name=op.f("pk_contract_prompts")),
    )
