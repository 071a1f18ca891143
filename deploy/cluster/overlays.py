"""`deploy/k8s/overlays`: local (all in one cluster, to try), staging and production (parts of an operator or managed).

What an installation decides is in the two tables below; `make generate` writes the rest.
"""

from dataclasses import dataclass

from deploy.cluster.arrows import BROKER, BROKER_ADMIN, POSTGRES, STORE, Arrow, arrows
from deploy.cluster.network import policy
from deploy.cluster.shape import Thing, kustomization, meta, text
from deploy.compose import CHECKS_ENDPOINTS, CHECKS_KEYS, PORT, PROVIDERS_ENDPOINTS, PROVIDERS_KEYS
from deploy.keys import PURPOSES
from deploy.processes import OWNERS

_VERSION = "0.1.0"
_PASSWORD = "local-only-local-only-local-only"  # noqa: S105 - of a cluster on somebody's desk; 32 letters, as long as a key


@dataclass(frozen=True)
class Installation:
    """A cluster for real people: its host name, and the networks in which its parts are."""

    host: str
    postgres: str
    rabbitmq: str
    store: str


INSTALLATIONS = {  # RFC 5737 addresses stand for those of the installation
    "staging": Installation("staging.guohuai.example", "192.0.2.0/28", "192.0.2.16/28", "192.0.2.32/28"),
    "production": Installation("guohuai.example", "198.51.100.0/28", "198.51.100.16/28", "198.51.100.32/28"),
}


def files() -> dict[str, str]:
    """File → text."""
    made = {f"local/{name}": said for name, said in _local().items()}
    for name, place in INSTALLATIONS.items():
        made |= {f"{name}/{file}": said for file, said in _installation(name, place).items()}
    return {f"overlays/{name}": said for name, said in made.items()}


def _local() -> dict[str, str]:
    one = {"target": {"kind": "Deployment"}, "patch": "- op: replace\n  path: /spec/replicas\n  value: 1\n"}
    whole = kustomization(
        namespace="guohuai-local", resources=["../../base", "namespace.yaml"],
        components=["../../components/network", "../../components/parts"],
        patches=[one, _origin("http://localhost:8080"), _configured("SECOND_FACTOR_ROLES", "''")], secretGenerator=_secrets(),
        generatorOptions={"disableNameSuffixHash": True},
    )
    return {"kustomization.yaml": whole, "namespace.yaml": text(_namespace("guohuai-local"))}


def _namespace(name: str) -> Thing:
    """Only pods that keep the strictest of Kubernetes' own standards come in."""
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def _origin(origin: str) -> Thing:
    return _configured("PUBLIC_ORIGIN", origin)


def _configured(name: str, value: str) -> Thing:
    target = {"kind": "ConfigMap", "name": "guohuai"}
    return {"target": target, "patch": f"- op: replace\n  path: /data/{name}\n  value: {value}\n"}


def _secrets() -> list[Thing]:
    """Every secret the base names, with one password for all: nothing of it may be used where people's data lies."""
    parts = {
        "POSTGRES_PASSWORD": _PASSWORD, "RABBITMQ_PASSWORD": _PASSWORD, "RCLONE_AUTH_KEY": f'"guohuai,{_PASSWORD}"',
        **dict.fromkeys((*PROVIDERS_KEYS, *CHECKS_KEYS), _PASSWORD),
    }
    passwords = {f"{kind}_PASSWORD_{owner.upper()}": _PASSWORD for kind in ("DATABASE", "OWNER", "BROKER") for owner in OWNERS}
    jobs = {
        "POSTGRES_URL": f"postgresql://postgres:{_PASSWORD}@postgres:{POSTGRES}/postgres",
        "RABBITMQ_MANAGEMENT_URL": f"http://rabbitmq:{BROKER_ADMIN}", "RABBITMQ_ADMIN": "guohuai",
        "RABBITMQ_ADMIN_PASSWORD": _PASSWORD, **passwords,
    }
    own = [_secret(f"guohuai-{owner}", _own(owner)) for owner in OWNERS]
    owners = [_secret(f"guohuai-{owner}-owner", {"DATABASE_OWNER_URL": _database(f"{owner}_owner", owner)}) for owner in OWNERS]
    keys = [_secret(f"guohuai-{owner}-keys", dict.fromkeys(PURPOSES, _PASSWORD)) for owner in OWNERS]
    return [_secret("guohuai-parts", parts), _secret("guohuai-jobs", jobs), *own, *owners, *keys]


def _database(role: str, name: str) -> str:
    return f"postgresql+asyncpg://{role}:{_PASSWORD}@postgres:{POSTGRES}/{name}"


def _own(owner: str) -> dict[str, str]:
    url = _database(owner, owner)
    said = {
        "DATABASE_URL": url, "DATABASE_DIRECT_URL": url, "RABBITMQ_URL": f"amqp://{owner}:{_PASSWORD}@rabbitmq:{BROKER}/",
        "S3_ENDPOINT": f"http://object-store:{STORE}", "S3_ACCESS_KEY": "guohuai", "S3_SECRET_KEY": _PASSWORD,
    }
    if owner == "identity":
        said |= dict.fromkeys(PROVIDERS_ENDPOINTS, f"http://providers:{PORT}") | dict.fromkeys(PROVIDERS_KEYS, _PASSWORD)
    if owner == "reports":
        said |= {name: f"http://providers:{PORT}/{path}" for name, path in CHECKS_ENDPOINTS.items()}
        said |= dict.fromkeys(CHECKS_KEYS, _PASSWORD)
    if owner == "edge":
        said["SMS_VIEW_URL"] = f"http://providers:{PORT}/messages"
    return said


def _secret(name: str, said: dict[str, str]) -> Thing:
    return {"name": name, "literals": [f"{key}={value}" for key, value in said.items()]}


def _installation(name: str, place: Installation) -> dict[str, str]:
    namespace = f"guohuai-{name}"
    images = [{"name": f"guohuai/{image}", "newTag": _VERSION} for image in (*OWNERS, "jobs")]
    whole = kustomization(
        namespace=namespace, resources=["../../base", "namespace.yaml", "ingress.yaml", "outside.yaml"],
        components=["../../components/network", "../../components/autoscaling"],
        patches=[_origin(f"https://{place.host}"), _spread()], images=images,
    )
    return {
        "kustomization.yaml": whole, "namespace.yaml": text(_namespace(namespace)), "ingress.yaml": text(_ingress(place.host)),
        "outside.yaml": text(*_outside(place)),
    }


def _spread() -> Thing:
    """Two of a kind never on one node, where there are two nodes."""
    constraint = (
        "- op: add\n  path: /spec/template/spec/topologySpreadConstraints\n  value:\n  - maxSkew: 1\n"
        "    topologyKey: kubernetes.io/hostname\n    whenUnsatisfiable: ScheduleAnyway\n"
        "    labelSelector:\n      matchLabels:\n        app.kubernetes.io/part-of: guohuai\n"
        "    matchLabelKeys:\n    - app.kubernetes.io/name\n"
    )
    return {"target": {"kind": "Deployment"}, "patch": constraint}


def _ingress(host: str) -> Thing:
    backend = {"service": {"name": "gateway", "port": {"name": "http"}}}
    return {
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": meta("gateway"),
        "spec": {
            "tls": [{"hosts": [host], "secretName": "guohuai-tls"}],
            "rules": [{"host": host, "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}],
        },
    }


def _outside(place: Installation) -> list[Thing]:
    """The same arrows again, to parts that are no pods: the network of each, and who may go there."""
    networks = {"postgres": place.postgres, "rabbitmq": place.rabbitmq, "object-store": place.store}
    drawn = [arrow for arrow in arrows() if arrow.target in networks]
    return [
        _to_network(target, port, networks[target], [one for one in drawn if (one.target, one.port) == (target, port)])
        for target, port in sorted({(arrow.target, arrow.port) for arrow in drawn})
    ]


def _to_network(target: str, port: int, network: str, along: list[Arrow]) -> Thing:
    sources = sorted(arrow.source for arrow in along)
    selected = {"matchExpressions": [{"key": "app.kubernetes.io/name", "operator": "In", "values": sources}]}
    going = [{"to": [{"ipBlock": {"cidr": network}}], "ports": [{"port": port, "protocol": "TCP"}]}]
    return policy(f"outside-{target}-{port}", selected, {"policyTypes": ["Egress"], "egress": going})
