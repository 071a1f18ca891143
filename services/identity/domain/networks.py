"""From where the admins of an area sign in: its list of networks (GB/T 22239-2019 8.1.3.2 a: who may come from where)."""

from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from chassis.errors import Conflict, Forbidden, Invalid
from contracts.area import Role

MOST = 50  # of one area
BOUND = frozenset({Role.ADMIN})  # whoever administers a community, or what holds it


class NotANetwork(Invalid):
    """Each entry is an IPv4 or IPv6 network in CIDR form (RFC 4632, RFC 4291 section 2.3), without bits beyond its prefix."""

    zh = "地址须写成网段，例如 203.0.113.0/24 或 2001:db8::/32，前缀之后不能有多余的位"


class OwnAddressMissing(Conflict):
    """The list leaves out the address from which it is changed: whoever changes it would shut themselves out."""

    zh = "名单中没有您当前使用的网络地址，保存后您自己将无法登录；请先把它加入名单"


class AddressRefused(Forbidden):
    """This person administers an area whose list has not the address they come from: sign in from there.

    Whoever cannot any more asks the operator, who takes the list away by command (docs/runbooks/admin-networks.md).
    """

    zh = "您管理的区域只允许从登记的网络登录；请在登记的网络内登录，或联系平台运维人员"


def normal(said: list[str]) -> list[str]:
    """Each network once, spelled one way, in order; NotANetwork."""
    return list(dict.fromkeys(str(_network(one)) for one in said))


def holds(networks: list[str], address: str) -> bool:
    """Whether one of them has the address; of what is no address none has it."""
    try:
        known = ip_address(address)
    except ValueError:
        return False
    if isinstance(known, IPv6Address):
        known = known.ipv4_mapped or known  # as a socket for both kinds says it (RFC 4291 section 2.5.5.2)
    return any(known in _network(one) for one in networks)


def must_have(networks: list[str], address: str) -> None:
    """OwnAddressMissing of a list that would shut out who sets it; an empty one shuts out nobody."""
    if networks and not holds(networks, address):
        raise OwnAddressMissing


def _network(said: str) -> IPv4Network | IPv6Network:
    if "/" not in said or "%" in said:
        raise NotANetwork
    try:
        return ip_network(said, strict=True)
    except ValueError:
        raise NotANetwork from None
