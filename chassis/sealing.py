"""The audit's chain: each row's hash holds the one before, and a signature every five minutes vouches for all of them.

    row:  hash = SHA-256(hash of the row before, 32 zero bytes before the first | the row as JSON)
          JSON, UTF-8, no spaces: [n, pos, at, actor_id, action, subject, reason, trace_id]; at in microseconds since 1970
    root: Ed25519 over "guohuai.audit.v1|<service>|<n>|<hash in hex>|<at in microseconds>"

A transaction does not chain its own row, for then all would wait for each other (a factor of fifteen, measured). Who verifies
(`deploy/verify_audit.py`) has these lines and shares no code with them.
"""

import hashlib
import json
import logging
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import BigInteger, LargeBinary, bindparam, insert, select, update

from chassis.audit import audit, audit_roots
from chassis.db import Work
from chassis.prepared import Prepared, Row
from chassis.process import Running
from chassis.telemetry import AUDIT_AGE

_BATCH = 500
_BEGIN = datetime(1970, 1, 1, tzinfo=UTC)
_TURN = b"audit"

_SAID = ("actor_id", "action", "subject", "reason", "trace_id")
_UNSEALED = Prepared(select(audit).where(audit.c.n.is_(None)).order_by(audit.c.pos).limit(bindparam("most", type_=BigInteger)))
_LAST = Prepared(select(audit.c.n, audit.c.hash).where(audit.c.n.is_not(None)).order_by(audit.c.n.desc()).limit(1))
_SEAL = Prepared(update(audit).where(audit.c.pos == bindparam("it", type_=BigInteger)).values(
    n=bindparam("place", type_=BigInteger), hash=bindparam("chained", type_=LargeBinary)
))
_ROOT = Prepared(select(audit_roots.c.n).order_by(audit_roots.c.n.desc()).limit(1))
_SIGN = Prepared(insert(audit_roots).inline(), "n", "hash", "at", "signature")

log = logging.getLogger(__name__)


async def seal(running: Running) -> None:
    """A job: chain what was written since, by one worker at a time; a row that commits late comes late, not between."""
    sealed = _BATCH
    while sealed == _BATCH:
        sealed = await running.database.do(_some)


async def _some(work: Work) -> int:
    waiting = await work.rows(_UNSEALED, most=1)
    AUDIT_AGE.labels(work.service).set((work.now - waiting[0].at).total_seconds() if waiting else 0)
    if not waiting:
        return 0
    await work.taking_turns(_TURN)
    last, waiting = await work.row(_LAST), await work.rows(_UNSEALED, most=_BATCH)  # anew: a twin may have chained them
    place, before = (last.n, last.hash) if last is not None else (0, bytes(32))
    for row in waiting:
        place, before = place + 1, _chained(before, place + 1, row)
        await work.rows(_SEAL, it=row.pos, place=place, chained=before)
    return len(waiting)


def _chained(before: bytes, place: int, row: Row) -> bytes:
    said = [str(row[name]) if row[name] is not None else None for name in _SAID]
    told = json.dumps([place, row.pos, _micros(row.at), *said], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(before + told.encode()).digest()


async def sign(running: Running) -> None:
    """A job: vouch for all that is chained. The root goes to the log as well, for a log is kept elsewhere."""
    key = Ed25519PrivateKey.from_private_bytes(running.settings.anchor_key_file.read_bytes())

    async def vouch(work: Work) -> None:
        await work.taking_turns(_TURN)
        last, signed = await work.row(_LAST), await work.value(_ROOT)
        if last is not None and last.n != signed:
            told = f"guohuai.audit.v1|{work.service}|{last.n}|{last.hash.hex()}|{_micros(work.now)}"
            signature = key.sign(told.encode())
            await work.rows(_SIGN, n=last.n, hash=last.hash, at=work.now, signature=signature)
            log.info("audit root", extra={"facts": {"root": told, "signature": signature.hex()}})

    await running.database.do(vouch)


def _micros(at: datetime) -> int:
    return (at - _BEGIN) // timedelta(microseconds=1)
