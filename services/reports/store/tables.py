"""What reports keeps, and how it maps onto the domain."""

from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Enum,
    Float,
    ForeignKey,
    Index,
    Integer,
    Interval,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry

from chassis.tables import NAMES, AreaPath
from services.reports.domain.anchor import LAST_VERSION, LONGEST_ASSET, NARROWEST, WIDEST, Anchor
from services.reports.domain.channel import Channel
from services.reports.domain.clock import Clock, Kind, State
from services.reports.domain.double import Double
from services.reports.domain.machine import Status
from services.reports.domain.report import Report
from services.reports.domain.sender import Sender
from services.reports.domain.severity import Severity
from services.reports.domain.support import Support
from services.reports.domain.whistle import Summons

metadata = MetaData(naming_convention=NAMES)
_moment = DateTime(timezone=True)

def _words(kinds: type[StrEnum], name: str) -> Enum:
    return Enum(
        kinds, name=name, native_enum=False, length=24, create_constraint=True,
        values_callable=lambda every: [one.value for one in every],
    )


# what is being done where all pass, as the indexes and the questions spell it: the planner knows it again by its words
OPEN_TO_ALL = (
    "status in ('submitted', 'accepted', 'assigned', 'processing', 'reopened', 'returned', 'escalated', 'awaiting_reporter', "
    f"'on_hold', 'whistled') and nlevel(area) <= {NARROWEST}"
)
# what somebody has to do something about, of those who serve there
IN_HAND = (
    "status in ('submitted', 'accepted', 'assigned', 'processing', 'reopened', 'returned', 'escalated', 'awaiting_reporter', "
    "'on_hold', 'whistled')"
)
_MERGED_FROM = CheckConstraint("merged_from in ('submitted', 'accepted')", name="merged_from")
MENDED = "status in ('resolved', 'closed')"  # as the index and the question spell it
numbers = Table(
    "numbers", metadata,
    Column("community", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("last", Integer, nullable=False),
)

reports = Table(
    "reports", metadata,
    Column("id", Uuid, primary_key=True),
    Column("number", Text, nullable=False),
    Column("client_token", Uuid, nullable=False),
    Column("reporter_id", Uuid, nullable=False),
    Column("area", AreaPath, nullable=False),
    Column("category", Text, nullable=False),
    Column("status", _words(Status, "status"), nullable=False),
    Column("sealed_text", LargeBinary, nullable=False),
    Column("lat", Float),
    Column("lng", Float),
    Column("assignee_id", Uuid),
    Column("resolved_at", _moment),
    Column("satisfaction", Integer, CheckConstraint("satisfaction between 1 and 5", name="satisfaction")),
    Column("reopen_count", Integer, nullable=False),
    Column("level", SmallInteger, CheckConstraint("level between 1 and 4", name="level"), nullable=False, server_default="1"),
    Column("return_count", Integer, nullable=False, server_default="0"),
    Column("appealed_at", _moment),
    Column("waits_until", _moment),
    Column("supporters", Integer, CheckConstraint("supporters >= 0", name="supporters"), nullable=False, server_default="0"),
    Column("master_id", Uuid, ForeignKey("reports.id"), comment="the report it was merged into, which carries the work"),
    Column("merged_from", Text, _MERGED_FROM, comment="its status before"),
    Column("submitted_at", _moment, nullable=False),
    Column("updated_at", _moment, nullable=False),
    Column("last_seq", BigInteger, nullable=False),
    Column("last_hash", LargeBinary, nullable=False),
    Column("anchor_id", Uuid, ForeignKey("anchors.id")),
    Column("said_lat", Float, comment="as it was said, on the datum said_crs"),
    Column("said_lng", Float),
    Column("said_crs", Text, CheckConstraint("said_crs in ('wgs84', 'gcj02')", name="said_crs")),
    Column("accuracy_m", Float, CheckConstraint("accuracy_m between 0 and 10000", name="accuracy_m")),
    Column("channel", _words(Channel, "channel"), nullable=False, server_default="app", comment="by which way it came"),
    Column("severity", _words(Severity, "severity"), nullable=False, server_default="minor", comment="how grave it is"),
    Column("parent_id", Uuid, ForeignKey("reports.id"), comment="the report it is a part of"),
    Column("subcategory", Text, CheckConstraint("subcategory ~ '^[a-z][a-z0-9.-]{0,122}$'", name="subcategory")),
    Column("category_version", Integer, nullable=False, server_default="0", comment="of the catalogue in which it was said"),
    Column("sealed_answers", LargeBinary, comment="to what its category asks besides, in the words of that version"),
    Column("divided_by", Uuid, comment="the unit of who divided, else the parent: never a person"),
    Index("ix_reports_parent", "parent_id", postgresql_where=text("parent_id is not null")),
    Index("ix_reports_updated_at", "updated_at"),
    Index("uq_reports_client_token", "reporter_id", "client_token", unique=True),
    Index("ix_reports_reporter", "reporter_id", "id"),
    Index("ix_reports_status", "status", "id"),
    Index("ix_reports_submitted", "submitted_at"),
    Index("ix_reports_area_gist", "area", postgresql_using="gist"),
    Index("ix_reports_waiting", "waits_until", postgresql_where=text("waits_until is not null")),
    Index("ix_reports_anchor", "anchor_id", "id", postgresql_where=text("anchor_id is not null")),
    Index("ix_reports_settled", "resolved_at", postgresql_where=text("status = 'resolved'")),
    Index("ix_reports_open_anchor", "anchor_id", "id", postgresql_where=text(f"anchor_id is not null and {OPEN_TO_ALL}")),
    Index("ix_reports_open_area", "area", "id", postgresql_where=text(OPEN_TO_ALL)),
    Index("ix_reports_open_point", text("point(lng, lat)"), postgresql_using="gist", postgresql_where=text(OPEN_TO_ALL)),
    Index("ix_reports_mended", "area", "category", "resolved_at", postgresql_where=text(MENDED)),
    Index("ix_reports_in_hand_point", text("point(lng, lat)"), postgresql_using="gist", postgresql_where=text(IN_HAND)),
    Index("ix_reports_in_hand_of", "assignee_id", "id", postgresql_where=text(IN_HAND)),
    Index("ix_reports_category", "category", "id"),
    Index("ix_reports_number", "number", postgresql_using="gin", postgresql_ops={"number": "gin_trgm_ops"}),
    Index("ix_reports_master", "master_id", postgresql_where=text("master_id is not null")),
    CheckConstraint("(status = 'merged') = (master_id is not null)", name="merged_into_one"),
    CheckConstraint("(master_id is null) = (merged_from is null)", name="merged_from_somewhere"),
    CheckConstraint("master_id <> id", name="merged_into_another"),
    CheckConstraint("num_nulls(said_lat, said_lng, said_crs) in (0, 3)", name="said_whole"),
    CheckConstraint("(parent_id is null) = (divided_by is null)", name="divided_by_somebody"),
    CheckConstraint("parent_id <> id", name="part_of_another"),
    CheckConstraint(
        "parent_id is null or (master_id is null and anchor_id is null and satisfaction is null and supporters = 0)",
        name="part_is_nobodys",
    ),
    CheckConstraint("(status in ('resolved', 'closed')) <= (resolved_at is not null)", name="resolved_has_time"),
)

supports = Table(
    "supports", metadata,
    Column("report_id", Uuid, ForeignKey("reports.id"), primary_key=True),
    Column("person_id", Uuid, primary_key=True),
    Column("supported_at", _moment, nullable=False),
    Column("retracted_at", _moment, comment="no longer counted; the row stays, so that the same voice is announced once"),
    Index("ix_supports_person", "person_id"),
)

appraisals = Table(
    "appraisals", metadata,
    Column("report_id", Uuid, ForeignKey("reports.id"), primary_key=True),
    Column("person_id", Uuid, primary_key=True),
    Column("round", SmallInteger, primary_key=True, comment="how often the report had been reopened"),
    Column("satisfaction", SmallInteger, CheckConstraint("satisfaction between 1 and 5", name="satisfaction"), nullable=False),
    Column("said_at", _moment, nullable=False),
    Index("ix_appraisals_person", "person_id"),
)

transitions = Table(
    "transitions", metadata,
    Column("report_id", Uuid, ForeignKey("reports.id"), primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("action", Text, nullable=False),
    Column("from_status", Text),
    Column("to_status", Text, nullable=False),
    Column("actor_id", Uuid),
    Column("at", _moment, nullable=False),
    Column("sealed_note", LargeBinary),
    Column("role", Text),
    Column("level", SmallInteger, nullable=False, server_default="1"),
    Column("reason_code", Text),
    Column("spelling", SmallInteger, nullable=False, server_default="1", comment="of the hash: 1 clear note, 2 sealed"),
    Column("acting_id", Uuid, comment="who took it for the actor, by proxy"),
    Column("previous_hash", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Index("ix_transitions_at", "at"),
    Index("ix_transitions_reclassified", "report_id", "seq", postgresql_where=text("action = 'reclassify'")),
    Index("ix_transitions_counted", "at", postgresql_where=text("action in ('assign', 'reassign', 'resolve')")),
)

doubles = Table(
    "doubles", metadata,
    Column("id", Uuid, primary_key=True),
    Column("report_id", Uuid, ForeignKey("reports.id"), nullable=False),
    Column("other_id", Uuid, ForeignKey("reports.id"), nullable=False),
    Column("area", AreaPath, nullable=False),
    Column("score", SmallInteger, CheckConstraint("score between 0 and 100", name="score"), nullable=False),
    Column("why", JSONB, nullable=False, comment="in words that staff read"),
    Column("found_at", _moment, nullable=False),
    Column("settled_at", _moment),
    Column("settled_by", Uuid),
    Index("uq_doubles_pair", "report_id", "other_id", unique=True),
    Index("ix_doubles_waiting", "area", postgresql_using="gist", postgresql_where=text("settled_at is null")),
    CheckConstraint("report_id <> other_id", name="of_two"),
    CheckConstraint("(settled_at is null) = (settled_by is null)", name="settled_by_somebody"),
)

clocks = Table(
    "clocks", metadata,
    Column("id", Uuid, primary_key=True),
    Column("report_id", Uuid, ForeignKey("reports.id"), nullable=False),
    Column("kind", _words(Kind, "kind"), nullable=False),
    Column("state", _words(State, "state"), nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("by_night", Boolean, nullable=False),
    Column("policy_version", Integer, nullable=False),
    Column("started_at", _moment, nullable=False),
    Column("due_at", _moment, nullable=False),
    Column("next_at", _moment),
    Column("warned", SmallInteger, nullable=False),
    Column("left", Interval),
    Column("paused_at", _moment),
    Column("paused_total", Interval, nullable=False),
    Column("ended_at", _moment),
    Index("uq_clocks_going", "report_id", "kind", unique=True, postgresql_where=text("state in ('running', 'paused')")),
    Index("ix_clocks_report", "report_id", "id"),
    Index("ix_clocks_contact", "started_at", postgresql_where=text("kind = 'contact'")),
    Index("ix_clocks_started", "started_at"),
    Index("ix_clocks_next", "next_at", postgresql_where=text("state = 'running'")),
    CheckConstraint("(next_at is not null) = (state = 'running')", name="looked_at_while_running"),
)

summonses = Table(
    "summonses", metadata,
    Column("id", Uuid, primary_key=True),
    Column("report_id", Uuid, ForeignKey("reports.id"), nullable=False),
    Column("unit_id", Uuid, nullable=False),
    Column("blown_by", Uuid, nullable=False),
    Column("blown_at", _moment, nullable=False),
    Column("due_at", _moment, nullable=False),
    Column("arrived_at", _moment),
    Column("arrived_by", Uuid),
    Column("overdue", Boolean, nullable=False),
    Column("closed_at", _moment),
    Column("sealed_contribution", LargeBinary, comment="what the unit did, in its words"),
    Column("contributed_at", _moment),
    Column("contributed_by", Uuid),
    CheckConstraint("(contributed_at is null) = (contributed_by is null)", name="contributed_by_somebody"),
    CheckConstraint("(contributed_at is null) or (arrived_at is not null)", name="contributed_there"),
    CheckConstraint("(contributed_at is null) = (sealed_contribution is null)", name="contributed_whole"),
    Index("uq_summonses_open", "report_id", "unit_id", unique=True, postgresql_where=text("closed_at is null")),
    Index("ix_summonses_report", "report_id", "id"),
    Index("ix_summonses_due", "due_at", postgresql_where=text("arrived_at is null and closed_at is null and not overdue")),
)

terms = Table(
    "terms", metadata,
    Column("id", Uuid, primary_key=True),
    Column("area", AreaPath, nullable=False),
    Column("version", Integer, CheckConstraint("version >= 1", name="version"), nullable=False),
    Column("said", JSONB, nullable=False, comment="the terms whole; a version is written once and stays"),
    Column("decided_by", Uuid, nullable=False),
    Column("decided_at", _moment, nullable=False),
    Index("uq_terms_version", "area", "version", unique=True),
)

anchors = Table(
    "anchors", metadata,
    Column("id", Uuid, primary_key=True),
    Column("area", AreaPath, nullable=False),
    Column("asset", Text, nullable=False, comment="what the poster hangs on, for everybody to read"),
    Column("category", Text, nullable=False, comment="what a report from there is likely about"),
    Column("entered_at", _moment, nullable=False),
    Column("lat", Float),
    Column("lng", Float),
    Column("unit_id", Uuid),
    Column("version", SmallInteger, nullable=False, comment="of the poster; a code names one, older ones open nothing"),
    Column("revoked_at", _moment),
    Index("uq_anchors_hanging", "area", "asset", unique=True, postgresql_where=text("revoked_at is null")),
    Index("ix_anchors_area_gist", "area", postgresql_using="gist"),
    CheckConstraint(f"nlevel(area) between {WIDEST} and {NARROWEST}", name="public_place"),
    CheckConstraint(f"char_length(asset) between 1 and {LONGEST_ASSET}", name="asset"),
    CheckConstraint(f"version between 1 and {LAST_VERSION}", name="version"),
    CheckConstraint("(lat is null) = (lng is null)", name="point_whole"),
    CheckConstraint("lat between -90 and 90 and lng between -180 and 180", name="point_on_earth"),
)

senders = Table(
    "senders", metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False, unique=True, comment="for ever: what it handed in stays its own"),
    Column("owner", Text, nullable=False, comment="who answers for it"),
    Column("area", AreaPath, nullable=False, comment="the community it hands in reports for"),
    Column("key_hash", LargeBinary, nullable=False, unique=True),
    Column("daily", Integer, CheckConstraint("daily >= 1", name="daily"), nullable=False),
    Column("created_at", _moment, nullable=False),
    Column("expires_at", _moment),
    Column("ended_at", _moment),
)

_mapping = registry(metadata=metadata)
_mapping.map_imperatively(Report, reports)
_mapping.map_imperatively(Support, supports)
_mapping.map_imperatively(Double, doubles)
_mapping.map_imperatively(Clock, clocks)
_mapping.map_imperatively(Summons, summonses)
_mapping.map_imperatively(Anchor, anchors)
_mapping.map_imperatively(Sender, senders)
