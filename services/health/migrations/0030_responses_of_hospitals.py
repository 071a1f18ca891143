"""What hospitals answer about appointments; which rows of the audit are of their programs, so that those are found at once"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    op.create_table(
        "responses",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("hospital_id", sa.Uuid(), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("actor_kind", sa.String(length=16), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("reply", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("reply in ('accepted', 'declined', 'tentative')", name=op.f("ck_responses_reply")),
        sa.CheckConstraint("actor_kind in ('Practitioner', 'Location')", name=op.f("ck_responses_actor_kind")),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospitals.id"], name=op.f("fk_responses_hospital_id")),
        sa.ForeignKeyConstraint(["appointment_id"], ["appointments.id"], name=op.f("fk_responses_appointment_id")),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name=op.f("fk_responses_program_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_responses")),
    )
    op.create_index("ix_responses_appointment_id", "responses", ["appointment_id"])
    once = ["appointment_id", "actor_kind", "actor_id"]
    op.create_index("uq_responses_word", "responses", once, unique=True, postgresql_where=sa.text("reply <> 'tentative'"))
    op.create_index("uq_responses_perhaps", "responses", once, unique=True, postgresql_where=sa.text("reply = 'tentative'"))
    op.create_table(
        "program_acts",
        sa.Column("pos", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hospital_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("pos", name=op.f("pk_program_acts")),
    )
    op.create_index("ix_program_acts_hospital_id", "program_acts", ["hospital_id", "pos"])
    op.execute("""
        create function program_acted() returns trigger language plpgsql as $$
        begin
            insert into program_acts (pos, hospital_id) select new.pos, p.hospital_id from programs p where p.id = new.actor_id;
            return null;
        end $$
    """)
    op.execute("create trigger of_a_program after insert on audit for each row execute function program_acted()")
    op.execute("""
        insert into program_acts (pos, hospital_id)
        select a.pos, p.hospital_id from audit a join programs p on p.id = a.actor_id on conflict do nothing
    """)
