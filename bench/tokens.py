"""Access tokens as identity signs them, by a key of the bench's own, and the key set that publishes it."""

import asyncio
import json
import time
from typing import Any
from uuid import UUID, uuid4

from joserfc import jwt
from joserfc.jwk import ECKey
from joserfc.util import urlsafe_b64decode

from bench.platform import rows
from chassis import crypto
from chassis.auth import HALF_ORDER
from chassis.rights import OWN
from deploy.local.layout import Layout

KEY = ECKey.generate_key("P-256", {"kid": "bench", "use": "sig", "alg": "ES256"}, private=True)


def jwks() -> str:
    """The key set, as JSON."""
    return json.dumps({"keys": [KEY.as_dict(private=False)]})


async def of_identity(layout: Layout) -> ECKey:
    """Identity's own key: a thousand people sign in in no time."""
    [row] = await rows(layout, "identity", "select kid, wrapped_private from signing_keys where state = 'active'")
    kek = await asyncio.to_thread(layout.key_file("identity", "kek").read_bytes)
    place = crypto.Place("signing_keys", "private", row["kid"])
    return ECKey.import_key(json.loads(crypto.unseal(kek, place, row["wrapped_private"])))


def token(
    person: UUID, issuer: str, *, life: int = 3600, key: ECKey = KEY, header: dict[str, Any] | None = None, **claims: Any
) -> str:
    """Good for so many seconds, by our own sign-in; a claim given as None is left out."""
    now = int(time.time())
    said = {
        "iss": issuer, "sub": str(person), "aud": "guohuai", "iat": now, "exp": now + life, "jti": str(uuid4()),
        "client_id": OWN, **claims,
    }
    head = {"alg": "ES256", "typ": "at+jwt", "kid": "bench", **(header or {})}
    while True:
        made = jwt.encode(head, {name: value for name, value in said.items() if value is not None}, key, algorithms=["ES256"])
        if int.from_bytes(urlsafe_b64decode(made.rpartition(".")[2].encode())[32:], "big") <= HALF_ORDER:
            return made
