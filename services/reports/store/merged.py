"""Notes of a report's steps whose reporter is another now, because two persons were merged.

A step's hash covers its note as it was sealed first, so those bytes stay in the chain; what can be read is kept beside it.
"""

from sqlalchemy import BigInteger, Column, ForeignKeyConstraint, LargeBinary, Table, Uuid

from services.reports.store.tables import metadata, transitions

notes_anew = Table(
    "notes_anew", metadata,
    Column("report_id", Uuid, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("sealed_note", LargeBinary, nullable=False, comment="for whose the report is now"),
    ForeignKeyConstraint(["report_id", "seq"], ["transitions.report_id", "transitions.seq"], name="fk_notes_anew_step"),
)

ANEW = notes_anew.c.sealed_note.label("anew")
WITH_ANEW = transitions.outerjoin(
    notes_anew, (notes_anew.c.report_id == transitions.c.report_id) & (notes_anew.c.seq == transitions.c.seq)
)
