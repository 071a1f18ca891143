"""As whom a program knows a person: by the id all of ours share, or by one of its sector's own (OpenID Connect Core 1.0, 8)."""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from services.identity.domain.clients import Client

PUBLIC, PAIRWISE = "public", "pairwise"
TYPES = (PUBLIC, PAIRWISE)
_SECTOR = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")  # a host's name, or a program's where it has no address


def sector_of(redirect_uris: Sequence[str], client_id: str) -> str | None:
    """The one host of its addresses (section 8.1); a program without any is a sector by itself. None of several hosts."""
    hosts = {urlsplit(one).hostname or "" for one in redirect_uris} or {client_id}
    return hosts.pop() if len(hosts) == 1 else None


def faults(client: "Client") -> Iterator[str]:
    """What of a program's subjects cannot stand so."""
    if client.subject_type not in TYPES:
        yield "the subject type is public or pairwise"
    elif client.subject_type == PUBLIC:
        if client.sector is not None:
            yield "a sector is of pairwise subjects alone"
    else:
        yield from _of_pairwise(client)


def _of_pairwise(client: "Client") -> Iterator[str]:
    if client.is_internal:
        yield "a service of ours knows people by their own ids"
    if client.sector is None:
        yield "its addresses lie at several hosts: name the sector"
    elif not _SECTOR.fullmatch(client.sector):
        yield "a sector is a host's name"
