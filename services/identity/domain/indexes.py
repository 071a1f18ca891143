"""Versions of the key by which contacts are found again: which key a row rests on, and what its index is under each of them.

The service's index key gives a value its first index, which is never kept of contacts once a key of their own stands before it.
"""

import hashlib
import hmac

from chassis.crypto import Keyring, Keys

FIRST = bytes(32)  # no key of its own: the index is that of the service's index key, as before there were versions
FIRST_ID = "first"


class IndexKeyGone(Exception):
    """Rows rest on a key that the file of index keys has no more: put the file of before back (docs/runbooks/data-keys.md)."""


def id_of(key: bytes) -> str:
    """What rows say of the key they rest on; nothing of the key can be told from it."""
    return FIRST_ID if key == FIRST else hashlib.sha256(key).hexdigest()[:16]


def ids(keys: Keys) -> list[str]:
    """Of all versions, the one that is written first."""
    return [id_of(one) for one in _ring(keys)]


def versions(keys: Keys, index: bytes) -> list[bytes]:
    """A value's index under each version, in the order of `ids`."""
    return [index if one == FIRST else hmac.digest(one, index, hashlib.sha256) for one in _ring(keys)]


def _ring(keys: Keys) -> Keyring:
    """The first is written, each is read."""
    ring: Keyring = getattr(keys, "contacts", (FIRST,))  # `settings.py` has them; the domain knows no settings
    return ring
