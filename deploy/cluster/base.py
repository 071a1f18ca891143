"""`deploy/k8s/base`: our own processes, the gateway and the jobs; the same in every installation.

PostgreSQL, RabbitMQ and the object store are an operator's or managed: the base reads their addresses from one Secret
a service (`guohuai-<owner>`) and one for the jobs (`guohuai-jobs`); deploy/k8s/README.md lists their keys.
"""

from deploy.cluster.shape import Thing, hardened, kustomization, labels, meta, pod, service, template, text
from deploy.compose import PORT
from deploy.processes import ENVOY_IMAGE, OWNERS, PROCESSES, SERVICES, Process


def files() -> dict[str, str]:
    """File → text."""
    made = {f"{owner}.yaml": text(*_owner(owner)) for owner in OWNERS}
    made["jobs.yaml"] = text(_job("databases", "deploy.databases"), _job("topology", "deploy.topology"))
    made["gateway.yaml"] = text(_gateway(), service("gateway", ("http", 80, 8080)), _budget("gateway"))
    made["configmap.yaml"] = text(_configuration())
    made["kustomization.yaml"] = kustomization(resources=sorted(made))
    return {f"base/{name}": said for name, said in made.items()}


def _owner(owner: str) -> list[Thing]:
    mine = [process for process in PROCESSES if process.owner == owner]
    return [
        _migration(owner), *map(_deployment, mine), *(service(process.name, ("http", PORT, PORT)) for process in mine),
        *(_budget(process.name) for process in mine),
    ]


_MOST = {"reports-worker": "1Gi"}  # of memory: photos and recordings of strangers are opened beside it (decisions 0012, 0033)


def _environment(owner: str, port: int = PORT) -> Thing:
    return {
        "envFrom": [{"configMapRef": {"name": "guohuai"}}, _secret(owner)],
        "env": [{"name": "HOST", "value": "0.0.0.0"}, {"name": "PORT", "value": str(port)}],  # noqa: S104 - inside its pod
    }


def _secret(owner: str) -> Thing:
    return {"secretRef": {"name": f"guohuai-{owner}"}}


def _keys(owner: str) -> Thing:
    return {"volumes": [{"name": "keys", "secret": {"secretName": f"guohuai-{owner}-keys", "defaultMode": 0o440}}]}


def _container(owner: str, arguments: list[str]) -> Thing:
    return {
        "name": "main", "image": f"guohuai/{owner}:latest", "args": arguments, **_environment(owner), **hardened(),
        "volumeMounts": [{"name": "keys", "mountPath": "/keys", "readOnly": True}],
    }


def _probe(path: str, seconds: int) -> Thing:
    return {"httpGet": {"path": path, "port": PORT}, "periodSeconds": seconds, "timeoutSeconds": 3}


def _deployment(process: Process) -> Thing:
    most = _MOST.get(process.name, "512Mi")
    container = {
        **_container(process.owner, [process.module, process.kind]), "ports": [{"containerPort": PORT}],
        "readinessProbe": _probe("/readyz", 5), "livenessProbe": _probe("/livez", 10),
        "startupProbe": {**_probe("/livez", 2), "failureThreshold": 30},
        "resources": {"requests": {"cpu": "50m", "memory": "128Mi"}, "limits": {"memory": most}},
    }
    return _replicated(process.name, pod([container], terminationGracePeriodSeconds=30, **_keys(process.owner)), process.kind)


def _replicated(name: str, body: Thing, kind: str) -> Thing:
    return {
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta(name, **{"guohuai.dev/kind": kind}),
        "spec": {
            "replicas": 2, "selector": {"matchLabels": labels(name)},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
            "template": template(name, body),
        },
    }


def _migration(owner: str) -> Thing:
    container = _container(owner, [Process(owner, "api").module, "migrate"])
    container["envFrom"].append(_secret(f"{owner}-owner"))  # no other pod is told how to change the tables
    return _batch(f"{owner}-migrate", pod([container], restartPolicy="OnFailure", **_keys(owner)))


def _job(name: str, module: str) -> Thing:
    container = {"name": "main", "image": "guohuai/jobs:latest", "args": [module], **_environment("jobs"), **hardened()}
    return _batch(name, pod([container], restartPolicy="OnFailure"))


def _batch(name: str, body: Thing) -> Thing:
    spec = {"backoffLimit": 6, "ttlSecondsAfterFinished": 3600, "template": template(name, body)}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": meta(name), "spec": spec}


def _budget(name: str) -> Thing:
    """A node may be emptied, but the last of a kind stays until its successor is ready."""
    return {
        "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": meta(name),
        "spec": {"minAvailable": 1, "selector": {"matchLabels": labels(name)}},
    }


def _configuration() -> Thing:
    upstreams = ",".join(f"{name}=http://{name}-api:{PORT}" for name in SERVICES)
    workers = ",".join(f"{owner}=http://{owner}-worker:{PORT}" for owner in OWNERS)
    return {
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": meta("guohuai"),
        "data": {
            "PUBLIC_ORIGIN": "https://guohuai.example", "FORWARDED_ALLOW_IPS": "*",  # only the gateway reaches us
            "JWKS_URL": f"http://identity-api:{PORT}/.well-known/jwks.json",
            "SECOND_FACTOR_ROLES": "admin,community_officer",  # must have a second factor, identity sees to it
            "KEK_FILE": "/keys/kek", "INDEX_KEY_FILE": "/keys/index", "ANCHOR_KEY_FILE": "/keys/anchor",
            "UPSTREAMS": upstreams, "WORKERS": workers,
        },
    }


def _gateway() -> Thing:
    upstreams = ",".join(f"{name}=http://{name}-api:{PORT}" for name in (*SERVICES, "edge"))
    mount = [{"name": "envoy", "mountPath": "/envoy"}]
    rendering = {
        "name": "configuration", "image": "guohuai/edge:latest", "args": ["gateway", "envoy", "/envoy/envoy.json"],
        "envFrom": [{"configMapRef": {"name": "guohuai"}}], **hardened(), "volumeMounts": mount,
        "env": [{"name": "UPSTREAMS", "value": f"{upstreams},store=http://object-store:9000"}],
    }
    envoy = {
        "name": "envoy", "image": ENVOY_IMAGE, "ports": [{"containerPort": 8080}], **hardened(),
        "args": ["-c", "/envoy/envoy.json", "--log-level", "warning", "--drain-time-s", "20"], "volumeMounts": mount,
        "readinessProbe": {"httpGet": {"path": "/livez", "port": 8080}, "periodSeconds": 5},
        "livenessProbe": {"tcpSocket": {"port": 8080}, "periodSeconds": 10},  # an edge that is away is no reason to restart
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "1Gi"}},
    }
    body = pod([envoy], initContainers=[rendering], volumes=[{"name": "envoy", "emptyDir": {}}], terminationGracePeriodSeconds=40)
    return _replicated("gateway", body, "gateway")
