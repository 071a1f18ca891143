"""What browsers and devices say to each other, in the form browsers write it (Web Authentication Level 3 section 5.1)."""

from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from chassis.service import Body
from services.identity.actions.passkeys import Asked, Shown
from services.identity.api.sign_in import Challenge
from services.identity.domain.passkeys import Party

Bytes = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$", max_length=8192, examples=["AAAA"])]


class _Wire(BaseModel):
    """Members that we do not read are left aside: browsers add some as the standard grows."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel)


class _Attestation(_Wire):
    client_data_json: Annotated[Bytes, Field(alias="clientDataJSON")]
    attestation_object: Bytes


class Registered(_Wire):
    """What `navigator.credentials.create` gave: RegistrationResponseJSON."""

    id: Bytes
    raw_id: Bytes
    type: Literal["public-key"]
    response: _Attestation


class _Assertion(_Wire):
    client_data_json: Annotated[Bytes, Field(alias="clientDataJSON")]
    authenticator_data: Bytes
    signature: Bytes
    user_handle: Bytes | None = None


class Answered(_Wire):
    """What `navigator.credentials.get` gave: AuthenticationResponseJSON."""

    id: Bytes
    raw_id: Bytes
    type: Literal["public-key"]
    response: _Assertion


class PasskeyProof(Body):
    """The ticket of the question, and what the browser answered."""

    ticket: Challenge
    credential: Answered


class QuestionView(BaseModel):
    """`options` for the browser's `parseCreationOptionsFromJSON` or `parseRequestOptionsFromJSON`; `ticket` comes back along."""

    ticket: str
    options: dict[str, Any]


def party(request: Request) -> Party:
    """Whom passkeys are made for: the domain of the installation, and the pages of its origin unless others are named."""
    settings = request.app.state.running.settings
    domain = settings.passkey_domain or urlsplit(settings.public_origin).hostname or ""
    return Party(domain, tuple((settings.passkey_origins or settings.public_origin).split(",")))


def asked(question: Asked) -> QuestionView:
    """The question as the client gets it."""
    return QuestionView(ticket=question.ticket, options=question.options)


def shown(ticket: str, credential: Registered | Answered) -> Shown:
    """What the browser answered, as the ceremonies take it."""
    return Shown(ticket, credential.model_dump(by_alias=True, exclude_none=True))
