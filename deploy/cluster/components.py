"""`deploy/k8s/components`: what an overlay may add to the base."""

from deploy.cluster.arrows import arrows
from deploy.cluster.network import closed, opened
from deploy.cluster.parts import parts
from deploy.cluster.shape import Thing, kustomization, meta, text
from deploy.processes import OWNERS


def files() -> dict[str, str]:
    """File → text."""
    made = {"network": [*closed(), *opened(arrows())], "autoscaling": _scaled(), "parts": parts()}
    listed = {f"{name}.yaml": text(*things) for name, things in made.items()}
    patches = {"autoscaling": {"patches": [_unfixed()]}}
    components = {
        f"{name}/kustomization.yaml": kustomization("Component", resources=[f"{name}.yaml"], **patches.get(name, {}))
        for name in made
    }
    placed = {f"{file.partition('.')[0]}/{file}": said for file, said in listed.items()}
    return {f"components/{name}": said for name, said in {**placed, **components}.items()}


def _scaled() -> list[Thing]:
    """Apis and the gateway grow with their work; of workers two are enough: one relay leads, the other stands by."""
    return [_scaler(f"{owner}-api", 6) for owner in OWNERS] + [_scaler("gateway", 4)]


def _scaler(name: str, most: int) -> Thing:
    busy = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "AverageValue", "averageValue": "700m"}}}
    return {
        "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": meta(name),
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
            "minReplicas": 2, "maxReplicas": most, "metrics": [busy],
            "behavior": {"scaleDown": {"stabilizationWindowSeconds": 300}},
        },
    }


def _unfixed() -> Thing:
    """Who is scaled has no fixed number, or every `apply` would set it back."""
    target = {"kind": "Deployment", "labelSelector": "guohuai.dev/kind in (api,gateway)"}
    return {"target": target, "patch": "- op: remove\n  path: /spec/replicas\n"}
