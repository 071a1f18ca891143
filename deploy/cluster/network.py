"""Network policies from arrows: nothing is reached but along them."""

from collections import defaultdict

from deploy.cluster.arrows import ANYWHERE, INTERNET, MONITORING, Arrow
from deploy.cluster.shape import Thing, labels, meta

_OURS = {"matchLabels": {"app.kubernetes.io/part-of": "guohuai"}}
_PRIVATE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"]  # RFC 1918, and RFC 3927 where clouds keep secrets


def closed() -> list[Thing]:
    """Nobody reaches anybody, but everybody may ask the cluster what a name means."""
    return [policy("nothing-else", _OURS, {"policyTypes": ["Ingress", "Egress"]}), policy("names", _OURS, _names())]


def opened(drawn: tuple[Arrow, ...], prefix: str = "") -> list[Thing]:
    """A target has one policy for who comes in, a source one for where it goes."""
    coming: dict[str, list[Arrow]] = defaultdict(list)
    going: dict[str, list[Arrow]] = defaultdict(list)
    for arrow in drawn:
        if arrow.target != INTERNET:
            coming[arrow.target].append(arrow)
        if arrow.source not in {ANYWHERE, MONITORING}:
            going[arrow.source].append(arrow)
    return [
        *(_in(f"{prefix}to-{name}", name, along) for name, along in sorted(coming.items())),
        *(_out(f"{prefix}from-{name}", name, along) for name, along in sorted(going.items())),
    ]


def policy(name: str, selected: Thing, rules: Thing) -> Thing:
    """One of them."""
    return {
        "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": meta(name),
        "spec": {"podSelector": selected, **rules},
    }


def _names() -> Thing:
    resolver = {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
        "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
    }
    ports = [{"port": 53, "protocol": protocol} for protocol in ("UDP", "TCP")]
    return {"policyTypes": ["Egress"], "egress": [{"to": [resolver], "ports": ports}]}


def _in(name: str, target: str, along: list[Arrow]) -> Thing:
    rules = [
        {"ports": [{"port": port, "protocol": "TCP"}], **_peers("from", [arrow.source for arrow in same])}
        for port, same in _by_port(along)
    ]
    return policy(name, {"matchLabels": labels(target)}, {"policyTypes": ["Ingress"], "ingress": rules})


def _out(name: str, source: str, along: list[Arrow]) -> Thing:
    rules = [
        {"ports": [{"port": port, "protocol": "TCP"}], **_peers("to", [arrow.target for arrow in same])}
        for port, same in _by_port(along)
    ]
    return policy(name, {"matchLabels": labels(source)}, {"policyTypes": ["Egress"], "egress": rules})


def _by_port(along: list[Arrow]) -> list[tuple[int, list[Arrow]]]:
    return [(port, [one for one in along if one.port == port]) for port in sorted({one.port for one in along})]


def _peers(word: str, names: list[str]) -> Thing:
    return {} if ANYWHERE in names else {word: [_peer(name) for name in names]}


def _peer(name: str) -> Thing:
    if name == INTERNET:
        return {"ipBlock": {"cidr": "0.0.0.0/0", "except": _PRIVATE}}
    if name == MONITORING:
        return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}
    return {"podSelector": {"matchLabels": labels(name)}}
