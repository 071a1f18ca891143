"""The two ceremonies of Web Authentication, as py_webauthn holds them: what a browser is asked, and what its answer proves."""

import json
from dataclasses import dataclass
from typing import Any, cast

from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers.structs import (
    AttestationConveyancePreference,
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from services.identity.domain.passkeys import LONGEST, TICKET_LIFE, Party, PasskeyRefused, PasskeyUnfit

_PATIENCE = int(TICKET_LIFE.total_seconds() * 1000)  # ms that a browser waits for its person
_VERIFIED = UserVerificationRequirement.REQUIRED  # a PIN, a finger or a face: with it a passkey is two factors


@dataclass(frozen=True)
class Made:
    """A new passkey, as its device tells of it."""

    credential_id: bytes
    public_key: bytes
    count: int


def to_register(party: Party, challenge: bytes, *, handle: bytes, name: str, known: list[bytes]) -> dict[str, Any]:
    """Options of `navigator.credentials.create` (section 5.4): kept on the device, by who is verified, attested by nobody."""
    options = generate_registration_options(
        rp_id=party.id, rp_name="智惠国槐", user_id=handle, user_name=name, challenge=challenge, timeout=_PATIENCE,
        attestation=AttestationConveyancePreference.NONE,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=_VERIFIED,
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known],
    )
    return _as_json(options_to_json(options))


def to_prove(party: Party, challenge: bytes) -> dict[str, Any]:
    """Options of `navigator.credentials.get` (section 5.5): the browser finds out itself which passkeys there are."""
    options = generate_authentication_options(
        rp_id=party.id, challenge=challenge, timeout=_PATIENCE, user_verification=_VERIFIED,
    )
    return _as_json(options_to_json(options))


def made(party: Party, challenge: bytes, credential: dict[str, Any]) -> Made:
    """What registering proved (section 7.1); PasskeyUnfit."""
    try:
        told = verify_registration_response(
            credential=credential, expected_challenge=challenge, expected_rp_id=party.id, expected_origin=list(party.origins),
            require_user_verification=True,
        )
    except Exception:  # noqa: BLE001 - whatever the bytes of a stranger break in there, they are no passkey
        raise PasskeyUnfit from None
    if len(told.credential_id) > LONGEST:
        raise PasskeyUnfit
    return Made(told.credential_id, told.credential_public_key, told.sign_count)


def shown(party: Party, challenge: bytes, credential: dict[str, Any], public_key: bytes) -> int:
    """The counter of a passkey that was used just now (section 7.2); PasskeyRefused. Whether it went on is not asked here."""
    try:
        told = verify_authentication_response(
            credential=credential, expected_challenge=challenge, expected_rp_id=party.id, expected_origin=list(party.origins),
            credential_public_key=public_key, credential_current_sign_count=0, require_user_verification=True,
        )
    except Exception:  # noqa: BLE001 - whatever the bytes of a stranger break in there, they prove nothing
        raise PasskeyRefused from None
    return told.new_sign_count


def decoded(written: str) -> bytes:
    """The bytes of what browsers write in base64url; PasskeyRefused."""
    try:
        return base64url_to_bytes(written)
    except ValueError:
        raise PasskeyRefused from None


def _as_json(options: str) -> dict[str, Any]:
    return cast(dict[str, Any], json.loads(options))
