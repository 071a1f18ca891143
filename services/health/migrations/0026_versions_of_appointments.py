"""Versions of appointments: the number is the row's own, what each said stays"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"

_SAID = (
    "state", "slot_id", "doctor_id", "department_id", "room_id", "starts_at", "ends_at", "held_until", "booked_at", "called_off",
    "visit_kind",
)
_KEPT = ", ".join(_SAID)
_AT = "coalesce({0}.changed_at, {0}.ended_at, {0}.called_at, {0}.arrived_at, {0}.booked_at)"
_SHOWN = (*_SAID, "person_id", "external_ref", "acting_id", "arrived_at", "called_at", "ended_at", "changed_at", "version")
_OTHERWISE = "when ({} is distinct from {})".format(
    *(f"({', '.join(f'{which}.{name}' for name in _SHOWN)})" for which in ("old", "new"))
)
_HERE = "pg_current_xact_id()::text::bigint"


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.add_column("appointments", sa.Column(
        "version", sa.Integer(), server_default="1", nullable=False, comment="counted by the database itself, one a transaction",
    ))
    op.create_table(
        "appointment_versions",
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("slot_id", sa.Uuid(), nullable=False),
        sa.Column("doctor_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("room_id", sa.Uuid(), nullable=True),
        sa.Column("starts_at", moment, nullable=False),
        sa.Column("ends_at", moment, nullable=False),
        sa.Column("held_until", moment, nullable=True),
        sa.Column("booked_at", moment, nullable=False),
        sa.Column("called_off", sa.String(length=16), nullable=True),
        sa.Column("visit_kind", sa.String(length=16), nullable=True),
        sa.Column("program_id", sa.Uuid(), nullable=True, comment="the hospital's program whose step it was"),
        sa.Column("tx", sa.BigInteger(), nullable=False, comment="the transaction that wrote it, which alone may write it anew"),
        sa.CheckConstraint("version > 0", name=op.f("ck_appointment_versions_numbered")),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointments.id"], name=op.f("fk_appointment_versions_appointment_id"),
        ),
        sa.PrimaryKeyConstraint("appointment_id", "version", name=op.f("pk_appointment_versions")),
    )
    op.execute(f"""
        insert into appointment_versions (appointment_id, version, at, {_KEPT}, program_id, tx)
        select a.id, 1, {_AT.format("a")}, {", ".join(f"a.{name}" for name in _SAID)},
            (select p.id from programs p where p.id = a.acting_id), 0
        from appointments a
    """)
    op.execute(f"""
        create function appointment_is_counted() returns trigger language plpgsql as $$
        begin
            new.version := old.version;
            if not exists (
                select from appointment_versions v where v.appointment_id = old.id and v.version = old.version and v.tx = {_HERE}
            ) then
                new.version := old.version + 1;
            end if;
            return new;
        end $$
    """)
    op.execute(f"""
        create function appointment_is_kept() returns trigger language plpgsql as $$
        begin
            insert into appointment_versions (appointment_id, version, at, {_KEPT}, program_id, tx)
            values (new.id, new.version, {_AT.format("new")}, {", ".join(f"new.{name}" for name in _SAID)},
                (select p.id from programs p where p.id = new.acting_id), {_HERE})
            on conflict (appointment_id, version) do update set (at, {_KEPT}, program_id) =
                (excluded.at, {", ".join(f"excluded.{name}" for name in _SAID)}, excluded.program_id);
            return null;
        end $$
    """)
    op.execute("""
        create function versions_stay() returns trigger language plpgsql as $$
        begin
            raise exception 'what a version said is never changed or deleted' using errcode = 'insufficient_privilege';
        end $$
    """)
    each = "on appointments for each row"
    op.execute(f"create trigger counted before update {each} {_OTHERWISE} execute function appointment_is_counted()")
    op.execute(f"create trigger kept_anew after update {each} {_OTHERWISE} execute function appointment_is_kept()")
    op.execute(f"create trigger kept_first after insert {each} execute function appointment_is_kept()")
    op.execute(f"""
        create trigger append_only before update or delete on appointment_versions for each row
        when (old.tx <> {_HERE}) execute function versions_stay()
    """)
