"""A device that keeps passkeys, in software: it answers what a browser would have it answer, or something else."""

import hashlib
import json
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

from builders.factors import Staff
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import base64url_to_bytes, encode_cbor

DOOR = "/api/v1/people/me/passkeys"
PRESENT, VERIFIED, ATTESTED = 1, 4, 64  # flags of the authenticator's data, section 6.1


def _written(said: bytes) -> str:
    return urlsafe_b64encode(said).rstrip(b"=").decode()


@dataclass
class Device:
    """One passkey and its device; `counts` says what it adds to its counter each time, zero as most do."""

    origin: str
    domain: str = "localhost"
    counts: int = 0
    count: int = 0
    flags: int = PRESENT | VERIFIED
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: EllipticCurvePrivateKey = field(default_factory=lambda: generate_private_key(SECP256R1()))
    handle: str | None = None

    def _client(self, kind: str, options: dict[str, Any]) -> bytes:
        said = {"type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": False}
        return json.dumps(said).encode()

    def _data(self, flags: int) -> bytes:
        self.count += self.counts
        return hashlib.sha256(self.domain.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def make(self, options: dict[str, Any]) -> dict[str, Any]:
        """What `navigator.credentials.create` gives."""
        self.handle = options["user"]["id"]
        numbers = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        kept = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + encode_cbor(cose)
        made = {"fmt": "none", "attStmt": {}, "authData": self._data(self.flags | ATTESTED) + kept}
        client = _written(self._client("webauthn.create", options))
        response = {"clientDataJSON": client, "attestationObject": _written(encode_cbor(made)), "transports": ["internal"]}
        return self._credential(response)

    def use(self, options: dict[str, Any]) -> dict[str, Any]:
        """What `navigator.credentials.get` gives."""
        client, data = self._client("webauthn.get", options), self._data(self.flags)
        signed = self.key.sign(data + hashlib.sha256(client).digest(), ECDSA(SHA256()))
        response = {"clientDataJSON": _written(client), "authenticatorData": _written(data), "signature": _written(signed)}
        return self._credential(response | ({"userHandle": self.handle} if self.handle else {}))

    def _credential(self, response: dict[str, str]) -> dict[str, Any]:
        return {
            "id": _written(self.id), "rawId": _written(self.id), "type": "public-key", "response": response,
            "clientExtensionResults": {}, "authenticatorAttachment": "platform",
        }


async def registered(staff: Staff, device: Device, **claims: Any) -> dict[str, Any]:
    """The device keeps a passkey of theirs; what the door answered."""
    question = await staff.posts(f"{DOOR}/options", {"password": staff.password}, **claims)
    assert question.status_code == 200, question.text
    said = {"ticket": question.json()["ticket"], "name": "办公室电脑", "credential": device.make(question.json()["options"])}
    answer = await staff.posts(DOOR, said, **claims)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def asked(staff: Staff, path: str = "passkey/options", **body: str) -> dict[str, Any]:
    """A question at the sign-in."""
    answer = await staff.sign_in(path, **body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def proof(question: dict[str, Any], device: Device) -> dict[str, Any]:
    """The device's answer to it."""
    return {"ticket": question["ticket"], "credential": device.use(question["options"])}


def handle_of(options: dict[str, Any]) -> bytes:
    """Whom the device is to keep it for."""
    return base64url_to_bytes(options["user"]["id"])



