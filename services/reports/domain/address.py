"""Which addresses of others are called: an https one, at a public host; looked at when it is said and again when it is called.

The identity study's L01 to L03: loopback, private, link-local and metadata addresses, also mapped into IPv6 or written as
numbers.
"""

import re
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

_HOST = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
_PATH = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@/%?-]*")
_LOCAL = (".localhost", ".local", ".internal", ".lan", ".home.arpa")
_NAT64, _6TO4, _TEREDO = IPv6Network("64:ff9b::/96"), IPv6Network("2002::/16"), IPv6Network("2001::/32")
LONGEST = 512


def host_of(address: str) -> tuple[str, int, str] | None:
    """Host, port and the rest of an https address; None of any other: a user, a fragment, a bare number, a local name."""
    if len(address) > LONGEST or not address.isascii() or not address.startswith("https://") or "#" in address:
        return None
    try:
        parts = urlsplit(address)
        port = parts.port or 443
    except ValueError:
        return None
    host = parts.hostname or ""
    rest = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    is_plain = parts.netloc in {host, f"{host}:{port}"} and _HOST.fullmatch(host) and _PATH.fullmatch(rest)
    return (host, port, rest) if is_plain and not host.endswith(_LOCAL) else None


def is_public(said: str) -> bool:
    """Whether an address of the network is one of the open internet; one within another is judged by the inner one."""
    try:
        found = ip_address(said.partition("%")[0])
    except ValueError:
        return False
    inner = _inner(found) if isinstance(found, IPv6Address) else None
    return found.is_global and not found.is_multicast and (inner is None or (inner.is_global and not inner.is_multicast))


def _inner(found: IPv6Address) -> IPv4Address | None:
    if found in _NAT64:
        return IPv4Address(int(found) & 0xFFFFFFFF)
    if found in _TEREDO:
        return IPv4Address(~int(found) & 0xFFFFFFFF)
    return found.ipv4_mapped or found.sixtofour
