"""Access tokens as identity signs them, by a key of the bench's own, and the key set that publishes it."""

import json
import time
from uuid import UUID, uuid4

from joserfc import jwt
from joserfc.jwk import ECKey
from joserfc.util import urlsafe_b64decode

from chassis.auth import HALF_ORDER

KEY = ECKey.generate_key("P-256", {"kid": "bench", "use": "sig", "alg": "ES256"}, private=True)


def jwks() -> str:
    """The key set, as JSON."""
    return json.dumps({"keys": [KEY.as_dict(private=False)]})


def token(person: UUID, issuer: str) -> str:
    """Good for an hour."""
    now = int(time.time())
    said = {"iss": issuer, "sub": str(person), "aud": "guohuai", "iat": now, "exp": now + 3600, "jti": str(uuid4())}
    while True:
        made = jwt.encode({"alg": "ES256", "typ": "at+jwt", "kid": "bench"}, said, KEY, algorithms=["ES256"])
        if int.from_bytes(urlsafe_b64decode(made.rpartition(".")[2].encode())[32:], "big") <= HALF_ORDER:
            return made
