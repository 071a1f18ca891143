"""What strangers have: tokens that are nearly good, signed by identity's real key, and sockets that keep to no rule."""

import asyncio
import json
import socket
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

from builders.faults import fetch
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.jwk import ECKey
from joserfc.util import urlsafe_b64encode

from chassis import crypto
from chassis.auth import HALF_ORDER
from deploy.local.layout import Layout


async def real_key(layout: Layout) -> ECKey:
    """Identity's own signing key, which no stranger has: so that a token is wrong in one thing alone."""
    row = (await fetch(layout, "identity", "select kid, wrapped_private from signing_keys where state = 'active'"))[0]
    kek = Path(layout.key_file("identity", "kek")).read_bytes()
    clear = crypto.unseal(kek, crypto.Place("signing_keys", "private", row["kid"]), row["wrapped_private"])
    return ECKey.import_key(json.loads(clear))


def signed(key: ECKey, issuer: str, person: str, *, header: dict[str, Any] | None = None, **claims: Any) -> str:
    """A token as identity signs it, but for what is said otherwise; a claim given as None is left out."""
    now = int(time.time())
    said = {
        "iss": issuer, "sub": person, "aud": "guohuai", "iat": now, "exp": now + 600, "jti": str(uuid4()), "client_id": "guohuai",
        **claims,
    }
    head = {"alg": "ES256", "typ": "at+jwt", "kid": key.kid, **(header or {})}
    kept = {name: value for name, value in said.items() if value is not None}
    unsigned = ".".join(urlsafe_b64encode(json.dumps(part).encode()).decode() for part in (head, kept))
    while True:  # by hand: a library would not put its name to such headers
        r, s = decode_dss_signature(key.raw_value.sign(unsigned.encode(), ECDSA(SHA256())))  # type: ignore[union-attr]
        if s <= HALF_ORDER:
            return f"{unsigned}.{urlsafe_b64encode(r.to_bytes(32, 'big') + s.to_bytes(32, 'big')).decode()}"


async def raw(port: int, request: bytes, seconds: float = 5) -> bytes:
    """What comes back for these bytes, until the other side ends or falls silent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, family=socket.AF_INET)
    writer.write(request)
    answer = b""
    try:
        while part := await asyncio.wait_for(reader.read(65536), seconds if not answer else 0.5):
            answer += part
    except (TimeoutError, ConnectionError):
        pass
    writer.close()
    return answer
