"""`deploy/k8s`, made from the table of processes and the table of arrows: base, components, overlays."""

from deploy.cluster import base, components, overlays


def files() -> dict[str, str]:
    """File below `deploy/k8s` → its text."""
    return {**base.files(), **components.files(), **overlays.files()}
