"""PostgreSQL, RabbitMQ, an object store, SMS, WeChat and real names simulated, in the cluster: to try out, for nobody's data."""

from typing import Any

from deploy.cluster.arrows import BROKER, BROKER_ADMIN, POSTGRES, STORE, Arrow
from deploy.cluster.network import opened
from deploy.cluster.shape import Thing, hardened, labels, meta, pod, service, template
from deploy.compose import CHECKS_KEYS, PORT, POSTGRES_IMAGE, PROVIDERS_KEYS, RABBITMQ_IMAGE, STORE_IMAGE

ARROWS = (
    Arrow("identity-worker", "providers", PORT, "codes to simulated phones, names to the simulated register"),
    Arrow("identity-api", "providers", PORT, "asks the simulated WeChat who signs in"),
    Arrow("edge-api", "providers", PORT, "shows the simulated phones"),
    Arrow("reports-worker", "providers", PORT, "has contents looked at by the simulated provider"),
)
_POSTGRES_USER = _RABBITMQ_USER = 999  # of the official images


def parts() -> list[Thing]:
    """All of them."""
    return [*_postgres(), *_rabbitmq(), *_store(), *_providers()]


def _secret(name: str, key: str) -> Thing:
    return {"name": name, "valueFrom": {"secretKeyRef": {"name": "guohuai-parts", "key": key}}}


def _set(name: str, container: Thing, user: int, keeps: str = "1Gi") -> Thing:
    claim = {"metadata": {"name": "data"}, "spec": {
        "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": keeps}},
    }}
    return {
        "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": meta(name),
        "spec": {
            "serviceName": name, "replicas": 1, "selector": {"matchLabels": labels(name)},
            "template": template(name, pod([container], user=user)), "volumeClaimTemplates": [claim],
        },
    }


def _container(name: str, image: str, folder: str, ready: Thing, **rest: Any) -> Thing:
    mounted = [{"name": "data", "mountPath": folder}]
    probes = {"readinessProbe": ready, "livenessProbe": {**ready, "failureThreshold": 10}}
    return {
        "name": name, "image": image, "volumeMounts": mounted, **probes,
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
        "resources": {"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"memory": "1Gi"}}, **rest,
    }


def _runs(*command: str, seconds: int = 5) -> Thing:
    return {"exec": {"command": [*command]}, "periodSeconds": seconds, "timeoutSeconds": 5}


def _listens(port: int) -> Thing:
    return {"tcpSocket": {"port": port}, "periodSeconds": 5}


def _postgres() -> list[Thing]:
    container = _container(
        "postgres", POSTGRES_IMAGE, "/var/lib/postgresql/data", _runs("pg_isready", "-U", "postgres"),
        args=["postgres", "-c", "max_connections=300", "-c", "log_error_verbosity=terse"],
        env=[
            _secret("POSTGRES_PASSWORD", "POSTGRES_PASSWORD"), {"name": "POSTGRES_INITDB_ARGS", "value": "--data-checksums"},
            {"name": "PGDATA", "value": "/var/lib/postgresql/data/here"},
        ],
    )
    return [_set("postgres", container, _POSTGRES_USER), service("postgres", ("postgres", POSTGRES, POSTGRES))]


def _rabbitmq() -> list[Thing]:
    container = _container(
        "rabbitmq", RABBITMQ_IMAGE, "/var/lib/rabbitmq", _runs("rabbitmq-diagnostics", "-q", "check_running", seconds=15),
        env=[{"name": "RABBITMQ_DEFAULT_USER", "value": "guohuai"}, _secret("RABBITMQ_DEFAULT_PASS", "RABBITMQ_PASSWORD")],
    )
    reached = service("rabbitmq", ("amqp", BROKER, BROKER), ("management", BROKER_ADMIN, BROKER_ADMIN))
    return [_set("rabbitmq", container, _RABBITMQ_USER), reached]


def _store() -> list[Thing]:
    container = _container(
        "store", STORE_IMAGE, "/data", _listens(STORE), args=["serve", "s3", "--addr", f":{STORE}", "/data"],
        env=[_secret("RCLONE_AUTH_KEY", "RCLONE_AUTH_KEY"), {"name": "HOME", "value": "/data"}],
    )
    return [_set("object-store", container, 10001), service("object-store", ("s3", STORE, STORE))]


def _providers() -> list[Thing]:
    """The simulator, and the only ones who may reach it: who sends, who asks, and who shows the phones in the demo."""
    name = "providers"
    container = {
        "name": name, "image": "guohuai/jobs:latest", "args": ["simulators.providers"], **hardened(),
        "env": [
            {"name": "HOST", "value": "0.0.0.0"}, {"name": "PORT", "value": str(PORT)},  # noqa: S104 - inside its pod
            *(_secret(key, key) for key in (*PROVIDERS_KEYS, *CHECKS_KEYS)),
        ],
        "readinessProbe": {"httpGet": {"path": "/readyz", "port": PORT}}, "livenessProbe": _listens(PORT),
        "resources": {"requests": {"cpu": "20m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}},
    }
    deployment = {
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta(name),
        "spec": {"replicas": 1, "selector": {"matchLabels": labels(name)}, "template": template(name, pod([container]))},
    }
    return [deployment, service(name, ("http", PORT, PORT)), *opened(ARROWS, f"{name}-")]
