"""Whether a service's audit is what it was: `python -m deploy.verify_audit SERVICE --database URL --public-key FILE`.

It needs the rows and the public key alone, and shares no code with who wrote them: the rules are those at the head of
`chassis/sealing.py`. Who holds the database and the anchor key can write another history; roots that were kept elsewhere
(`--kept FILE`, one JSON object a line, which `--keep FILE` adds to) show it.
"""

import argparse
import asyncio
import hashlib
import json
import sys
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_LATE = timedelta(seconds=60)
_UNSIGNED = timedelta(minutes=15)  # a root comes every five
_SHOWN = 20

Connection = Any  # asyncpg's, which is generic in what nobody needs


@dataclass
class Verdict:
    """What was looked at, and all that is not as it was."""

    rows: int = 0
    roots: int = 0
    newest: str = ""  # the newest root as a line for a file of kept ones
    findings: list[str] = field(default_factory=list)


async def verify(service: str, database: str, public: Ed25519PublicKey, kept: str = "", *, shows: bool = False) -> Verdict:
    """Look at every row and every root in one snapshot."""
    connection = await asyncpg.connect(database)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            return await _Audit(service, connection, public, shows=shows).whole(kept)
    finally:
        await connection.close()


class _Audit:
    def __init__(self, service: str, connection: Connection, public: Ed25519PublicKey, *, shows: bool) -> None:
        self._service = service
        self._connection = connection
        self._public = public
        self._shows = shows
        self._verdict = Verdict()

    async def whole(self, kept: str) -> Verdict:
        roots = {row["n"]: row for row in await self._connection.fetch("select * from audit_roots order by n")}
        hashes = await self._chain(set(roots))
        for n, root in roots.items():
            self._check_root(n, root, hashes.get(n))
        if roots:
            self._verdict.newest = _line(self._service, roots[max(roots)])
        self._check_kept(kept, roots)
        await self._check_times()
        return self._verdict

    async def _chain(self, wanted: set[int]) -> dict[int, bytes]:
        """The hashes at the places that roots vouch for, reckoned anew from the first row on."""
        before, reckoned, shown = bytes(32), dict[int, bytes](), time.monotonic()
        async for row in self._connection.cursor("select * from audit where n is not null order by n", prefetch=2000):
            self._verdict.rows += 1
            if row["n"] != self._verdict.rows:
                self._find(f"row {self._verdict.rows} of the chain is not there: the next one is {row['n']} (pos {row['pos']})")
                return reckoned
            before = hashlib.sha256(before + _told(row)).digest()
            if before != row["hash"]:
                self._find(f"row {row['n']} (pos {row['pos']}) is not what was chained: changed, or put there")
                return reckoned
            if row["n"] in wanted:
                reckoned[row["n"]] = before
            if self._shows and time.monotonic() - shown > 1:
                shown = time.monotonic()
                print(f"  {self._service}: {self._verdict.rows:,} rows …", file=sys.stderr)
        return reckoned

    def _check_root(self, n: int, root: Any, reckoned: bytes | None) -> None:
        self._verdict.roots += 1
        told = f"guohuai.audit.v1|{self._service}|{n}|{root['hash'].hex()}|{_micros(root['at'])}"
        try:
            self._public.verify(root["signature"], told.encode())
        except InvalidSignature:
            self._find(f"root {n} is not signed by this key")
        if reckoned is None:
            self._find(f"root {n} vouches for a row that cannot be reached")
        elif reckoned != root["hash"]:
            self._find(f"root {n} vouches for another history")

    def _check_kept(self, kept: str, roots: dict[int, Any]) -> None:
        for line in kept.splitlines():
            said = json.loads(line)
            if said["service"] == self._service and (said["n"] not in roots or _line(self._service, roots[said["n"]]) != line):
                self._find(f"root {said['n']} was kept elsewhere and is another here, or gone")

    async def _check_times(self) -> None:
        late = await self._connection.fetchval("select count(*) from audit where n is null and at < now() - $1::interval", _LATE)
        if late:
            self._find(f"{late} rows are not chained for over 60 seconds: does the worker run?")
        unsigned = await self._connection.fetchval("""select count(*) from audit where at < now() - $1::interval
            and n > coalesce((select max(n) from audit_roots), 0)""", _UNSIGNED)
        if unsigned:
            self._find(f"no root vouches for {unsigned} rows that are older than 15 minutes")

    def _find(self, finding: str) -> None:
        self._verdict.findings.append(finding)


def _told(row: Any) -> bytes:
    names = ("actor_id", "action", "subject", "reason", "trace_id")
    said = [None if row[name] is None else str(row[name]) for name in names]
    return json.dumps([row["n"], row["pos"], _micros(row["at"]), *said], ensure_ascii=False, separators=(",", ":")).encode()


def _micros(at: datetime) -> int:
    return (at - datetime.fromtimestamp(0, at.tzinfo)) // timedelta(microseconds=1)


def _line(service: str, root: Any) -> str:
    said = {"hash": root["hash"].hex(), "at": root["at"].isoformat(), "signature": root["signature"].hex()}
    return json.dumps({"service": service, "n": root["n"], **said})


def public_of(anchor_key: bytes) -> Ed25519PublicKey:
    """The public half of an anchor key, as the holder of the key makes it."""
    return Ed25519PrivateKey.from_private_bytes(anchor_key).public_key()


def say(service: str, verdict: Verdict) -> None:
    """One line, and one for each finding."""
    good = "✓" if not verdict.findings else "✗"
    print(f"{good} {service}: rows in the chain: {verdict.rows:,}; roots: {verdict.roots:,}")
    for finding in verdict.findings[:_SHOWN]:
        print(f"    {finding}")


def main() -> int:
    """Verify one service's audit; 1 if anything is not as it was."""
    parser = argparse.ArgumentParser(prog="python -m deploy.verify_audit", description="Is a service's audit what it was?")
    parser.add_argument("service")
    parser.add_argument("--database", required=True, help="postgresql://…, of a role that may read `audit` and `audit_roots`")
    parser.add_argument("--public-key", type=Path, required=True, help="what `python -m deploy.keys public FILE` says")
    parser.add_argument("--kept", type=Path, help="roots that were kept elsewhere")
    parser.add_argument("--keep", type=Path, help="add the newest root to this file, if nothing is wrong")
    asked = parser.parse_args()
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(asked.public_key.read_text().strip()))
    kept = asked.kept.read_text() if asked.kept else ""
    verdict = asyncio.run(verify(asked.service, asked.database, public, kept, shows=True))
    say(asked.service, verdict)
    if asked.keep and verdict.newest and not verdict.findings:
        with asked.keep.open("a") as file:
            print(verdict.newest, file=file)
    return 1 if verdict.findings else 0


if __name__ == "__main__":
    sys.exit(main())
