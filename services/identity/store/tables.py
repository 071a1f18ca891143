"""What identity keeps, and how it maps onto the domain."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry

from chassis.tables import NAMES, AreaPath
from services.identity.domain import place
from services.identity.domain.clients import Client
from services.identity.domain.registration import Registration
from services.identity.store.agreement import agreeing
from services.identity.store.basis import KINDS, resting
from services.identity.store.sectors import knowing

metadata = MetaData(naming_convention=NAMES)
_moment = DateTime(timezone=True)

installation = Table(
    "installation", metadata,
    Column("id", Integer, CheckConstraint("id = 1", name="one"), primary_key=True),
    Column("issuer", Text, nullable=False),
)

signing_keys = Table(
    "signing_keys", metadata,
    Column("kid", Text, primary_key=True, comment="RFC 7638 thumbprint"),
    Column("state", Text, CheckConstraint("state in ('next', 'active', 'retired')", name="state"), nullable=False),
    Column("public_jwk", JSONB, nullable=False),
    Column("wrapped_private", LargeBinary, nullable=False),
    Column("created_at", _moment, nullable=False),
    Column("signs_from", _moment, comment="of a next key that does not wait for a command"),
    Column("retired_at", _moment),
    Index("uq_signing_keys_active", "state", unique=True, postgresql_where=text("state = 'active'")),
    Index("uq_signing_keys_next", "state", unique=True, postgresql_where=text("state = 'next'")),
)

people = Table(
    "people", metadata,
    Column("id", Uuid, primary_key=True),
    Column("created_at", _moment, nullable=False),
    Column("sealed_name", LargeBinary),
    Column("login", Text, unique=True),
    Column("password_hash", Text),
)

contacts = Table(
    "contacts", metadata,
    Column("id", Uuid, primary_key=True),
    Column("person_id", Uuid, ForeignKey("people.id"), nullable=False, index=True),
    Column("kind", Text, CheckConstraint(KINDS, name="kind"), nullable=False),
    *(Column(name, LargeBinary, nullable=False, index=name == "blind_index") for name in ("sealed_value", "blind_index")),
    Column("index_key", Text, nullable=False, server_default=text("'first'"), comment="under which version of the key"),
    *(Column(name, _moment, nullable=name == "used_at") for name in ("verified_at", "used_at")),  # last signed in by
    Column("is_shared", Boolean, nullable=False, server_default=text("false"), comment="staff put them on another's number"),
    Index("uq_contacts_holder", "kind", "blind_index", unique=True, postgresql_where=text("not is_shared")),
    Index("uq_contacts_person_id", "person_id", "kind", unique=True),
)

codes = Table(
    "codes", metadata,
    Column("id", Uuid, primary_key=True),
    *(Column(f"{name}_index", LargeBinary, nullable=False) for name in ("phone", "address")),
    Column("segment_index", LargeBinary, nullable=False, server_default=text("''"), comment="of the number's first seven digits"),
    Column("code_hmac", LargeBinary, nullable=False),
    Column("sealed_message", LargeBinary, comment="phone and code, for the provider; gone once it was sent"),
    *(Column(name, _moment, nullable=False) for name in ("created_at", "expires_at")),
    Column("tries", Integer, nullable=False, server_default=text("0")),
    *(Column(name, _moment) for name in ("used_at", "sent_at")),
    Column("send_attempts", Integer, nullable=False, server_default=text("0")),
    Column("send_after", _moment, nullable=False),
    *(Index(f"ix_codes_{name}", f"{name}_index", "created_at") for name in ("phone", "segment", "address")),
    Index("ix_codes_created_at", "created_at"),
    Index("ix_codes_unsent", "send_after", postgresql_where=text("sealed_message is not null")),
)

wechat_tries = Table(
    "wechat_tries", metadata,
    Column("id", Uuid, primary_key=True),
    Column("account_index", LargeBinary, comment="of an account that came with a phone code"),
    Column("address_index", LargeBinary, nullable=False),
    Column("created_at", _moment, nullable=False),
    Index("ix_wechat_tries_account", "account_index", "created_at"),
    Index("ix_wechat_tries_address", "address_index", "created_at"),
)

password_tries = Table(
    "password_tries", metadata,
    Column("id", Uuid, primary_key=True),
    Column("login_index", LargeBinary, nullable=False),
    Column("address_index", LargeBinary, nullable=False),
    Column("at", _moment, nullable=False),
    Index("ix_password_tries_login", "login_index", "at"),
    Index("ix_password_tries_address", "address_index", "at"),
)

second_factors = Table(
    "second_factors", metadata,
    Column("person_id", Uuid, ForeignKey("people.id"), primary_key=True),
    Column("sealed_secret", LargeBinary, nullable=False),
    Column("created_at", _moment, nullable=False),
    Column("active_from", _moment, comment="when a first code proved that it was taken over"),
    Column("last_step", BigInteger, nullable=False, server_default=text("0"), comment="of the newest code that was used"),
)

passkeys = Table(
    "passkeys", metadata,
    Column("id", Uuid, primary_key=True),
    Column("person_id", Uuid, ForeignKey("people.id"), nullable=False, index=True),
    Column("credential_id", LargeBinary, nullable=False, unique=True, comment="what their device calls it"),
    Column("public_key", LargeBinary, nullable=False, comment="COSE_Key, RFC 9052 section 7"),
    Column("sign_count", BigInteger, nullable=False, comment="of the newest answer; many devices count nothing and say zero"),
    Column("sealed_name", LargeBinary, nullable=False),
    Column("created_at", _moment, nullable=False),
    Column("last_used_at", _moment),
    CheckConstraint("sign_count >= 0", name="sign_count"),
)

spent_challenges = Table(
    "spent_challenges", metadata,
    Column("hash", LargeBinary, primary_key=True, comment="what a passkey signed"),
    Column("expires_at", _moment, nullable=False, index=True),
)

recovery_codes = Table(
    "recovery_codes", metadata,
    Column("person_id", Uuid, ForeignKey("people.id"), primary_key=True),
    Column("hash", LargeBinary, primary_key=True, comment="keyed; the code itself is nowhere"),
    Column("used_at", _moment),
)

second_factor_tries = Table(
    "second_factor_tries", metadata,
    Column("id", Uuid, primary_key=True),
    Column("person_id", Uuid, ForeignKey("people.id"), nullable=False),
    Column("place_index", LargeBinary, nullable=False, comment="of person and address together"),
    Column("created_at", _moment, nullable=False, index=True),
    Index("ix_second_factor_tries_person", "person_id", "created_at"),
    Index("ix_second_factor_tries_place", "place_index", "created_at"),
)

device_kinds = Table(
    "device_kinds", metadata,
    Column("person_id", Uuid, ForeignKey("people.id"), primary_key=True),
    Column("kind", Text, CheckConstraint(
        "kind in ('wechat', 'android', 'apple', 'windows', 'mac', 'linux', 'other')", name="kind"
    ), primary_key=True),
    Column("seen_at", _moment, nullable=False, index=True),
)

refresh_tokens = Table(
    "refresh_tokens", metadata,
    Column("hash", LargeBinary, primary_key=True, comment="SHA-256 of the token; the token itself is nowhere"),
    Column("family_id", Uuid, nullable=False, index=True),
    Column("person_id", Uuid, ForeignKey("people.id"), nullable=False, index=True),
    *(Column(name, _moment, nullable=False) for name in ("created_at", "expires_at", "family_ends_at")),
    Column("used_at", _moment),
    Column("wrapped_successor", LargeBinary, comment="for fifteen seconds, so that a lost answer logs nobody out"),
    Column("revoked_at", _moment),
    Column("client_id", Text, nullable=False, server_default=text("'guohuai'"), comment="whose they are; our own sign-in's"),
    Column("scope", Text, nullable=False, server_default=text("''")),
    Column("methods", Text, nullable=False, server_default=text("''"), comment="how the person proved who they are (RFC 8176)"),
    Column("proved_at", _moment, comment="when; unknown of sessions older than this column"),
    Column("device", Text, comment="the kind, where it is known"),
    postgresql_with={"fillfactor": "70"},  # each is used up once, in its page
)

clients = Table(
    "clients", metadata,
    Column("id", Uuid, primary_key=True, comment="the subject of tokens in its own name"),
    Column("client_id", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("kind", Text, CheckConstraint("kind in ('public', 'confidential')", name="kind"), nullable=False),
    Column("life", Text, CheckConstraint("life in ('phone', 'screen', 'program')", name="life"), nullable=False),
    Column("owner", Text, nullable=False),
    *(Column(name, ARRAY(Text), nullable=False) for name in (
        "grants", "scopes", "redirect_uris", "signed_out_uris", "audiences",
    )),
    Column("jwks", JSONB(none_as_null=True)),
    *knowing(),
    Column("created_at", _moment, nullable=False),
    Column("expires_at", _moment),
    Column("ended_at", _moment),
    CheckConstraint("(kind = 'confidential') = (jwks is not null)", name="keys"),
)

authorization_codes = Table(
    "authorization_codes", metadata,
    Column("hash", LargeBinary, primary_key=True, comment="SHA-256 of the code; the code itself is nowhere"),
    Column("client_id", Text, ForeignKey("clients.client_id"), nullable=False),
    Column("person_id", Uuid, ForeignKey("people.id"), nullable=False, index=True),
    *(Column(name, Text, nullable=False) for name in ("redirect_uri", "challenge", "scope", "method")),
    Column("nonce", Text),
    Column("created_at", _moment, nullable=False),
    Column("expires_at", _moment, nullable=False, index=True),
    Column("used_at", _moment),
    Column("family_id", Uuid, comment="the session it gave"),
    CheckConstraint("(used_at is null) = (family_id is null)", name="used"),
)

client_assertions = Table(
    "client_assertions", metadata,
    Column("client_id", Uuid, ForeignKey("clients.id"), primary_key=True),
    Column("jti", Text, primary_key=True),
    Column("expires_at", _moment, nullable=False, index=True),
)

areas = Table(
    "areas", metadata,
    Column("id", Uuid, primary_key=True),
    Column("path", AreaPath, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("closed", Boolean, nullable=False),
    Index("ix_areas_path_gist", "path", postgresql_using="gist"),
)

units = Table(
    "units", metadata,
    Column("id", Uuid, primary_key=True),
    Column("area", AreaPath, nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("parent_id", Uuid, ForeignKey("units.id")),
    Column("serves", ARRAY(Text), nullable=False),
)

assignments = Table(
    "assignments", metadata,
    Column("id", Uuid, primary_key=True),
    Column("person_id", Uuid, ForeignKey("people.id"), nullable=False, index=True),
    Column("role", Text, nullable=False),
    Column("area", AreaPath, nullable=False),
    Column("unit_id", Uuid, ForeignKey("units.id")),
    Column("display_name", Text, nullable=False),
    Column("granted_by", Uuid),
    *resting(),
    Index("ix_assignments_area_gist", "area", postgresql_using="gist"),
    Index("uq_assignments_open", "person_id", "role", "area", unique=True, postgresql_where=text("ends_at is null")),
)

bindings = Table(
    "bindings", metadata,
    Column("id", Uuid, primary_key=True),
    Column("person_id", Uuid, ForeignKey("people.id"), nullable=False, index=True),
    Column("area", AreaPath, nullable=False),
    Column("kind", Text, CheckConstraint("kind in ('owner', 'tenant', 'family', 'helper')", name="kind"), nullable=False),
    Column("approved_by", Uuid),
    *(Column(name, _moment, nullable=name == "ends_at") for name in ("starts_at", "ends_at")), *agreeing(),
    CheckConstraint("kind <> 'helper' or coalesce(ends_at - starts_at <= interval '366 days', false)", name="helping"),
    Index("ix_bindings_area_gist", "area", postgresql_using="gist"),
    Index("uq_bindings_open", "person_id", "area", unique=True, postgresql_where=text("ends_at is null")),
)

registrations = Table(
    "registrations", metadata,
    Column("id", Uuid, primary_key=True),
    Column("person_id", Uuid, nullable=False, unique=True, comment="who is a person once it is confirmed, and nobody before"),
    Column("area", AreaPath, nullable=False),
    Column("kind", Text, CheckConstraint("kind in ('owner', 'tenant', 'family', 'helper')", name="kind"), nullable=False),
    Column("evidence", Text, nullable=False),
    Column("sealed_name", LargeBinary, comment="while it waits"),
    Column("name_index", LargeBinary, nullable=False, comment="of room and name together"),
    Column("registered_by", Uuid, nullable=False),
    Column("registered_at", _moment, nullable=False),
    Column("ends_at", _moment, comment="of the stay"),
    Column("state", Text, CheckConstraint("state in ('waiting', 'confirmed', 'refused', 'over')", name="state"), nullable=False),
    Column("decided_by", Uuid),
    Column("decided_at", _moment),
    Column("differed", Integer, CheckConstraint("differed between 0 and 5", name="differed"), nullable=False,
           server_default=text("0"), comment="second looks that read another name"),
    CheckConstraint("(state = 'waiting') = (sealed_name is not null)", name="named"),
    CheckConstraint("(state = 'waiting') = (decided_at is null)", name="decided"),
    CheckConstraint("state <> 'confirmed' or (decided_by is not null and decided_by <> registered_by)", name="two"),
    Index("ix_registrations_area_gist", "area", postgresql_using="gist"),
    Index("uq_registrations_waiting", "name_index", unique=True, postgresql_where=text("state = 'waiting'")),
)

_mapping = registry(metadata=metadata)
_mapping.map_imperatively(place.Area, areas)
_mapping.map_imperatively(place.Unit, units)
_mapping.map_imperatively(place.Assignment, assignments)
_mapping.map_imperatively(place.Binding, bindings)
_mapping.map_imperatively(Registration, registrations)
_mapping.map_imperatively(Client, clients)
