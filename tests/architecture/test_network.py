"""The network lets through the arrows of the architecture and nothing else; the arrows are those of the contracts."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from contracts.event import EVENTS
from contracts.subscriptions import QUEUES
from deploy.cluster import components
from deploy.cluster.arrows import ANYWHERE, INTERNET, MONITORING, arrows
from deploy.cluster.overlays import INSTALLATIONS
from deploy.cluster.parts import ARROWS
from deploy.processes import OWNERS, PROCESSES, SERVICES

K8S = Path(__file__).resolve().parents[2] / "deploy" / "k8s"
OVERLAYS = sorted(folder.name for folder in (K8S / "overlays").iterdir())
NAME = "app.kubernetes.io/name"
ELSEWHERE: dict[str, Any] = {
    ANYWHERE: {"namespace": "elsewhere", "labels": {}}, MONITORING: {"namespace": "monitoring", "labels": {}},
}


def objects(folder: str) -> list[dict[str, Any]]:
    """What the files of a folder hold."""
    files = [file for file in (K8S / folder).glob("*.yaml") if file.name != "kustomization.yaml"]
    return [one for file in files for one in yaml.safe_load_all(file.read_text())]


POLICIES = [*objects("components/network"), *(one for one in objects("components/parts") if one["kind"] == "NetworkPolicy")]
PODS = {
    one["metadata"]["name"]: one["spec"]["template"]["metadata"]["labels"]
    for one in [*objects("base"), *objects("components/parts")] if "template" in one.get("spec", {})
}
PORTS = sorted({arrow.port for arrow in (*arrows(), *ARROWS)} | {22, 53, 80})


def chosen(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    """Whether a selector takes these labels (Kubernetes, "Labels and Selectors")."""
    return selector.get("matchLabels", {}).items() <= labels.items() and all(
        rule["operator"] == "In" and labels.get(rule["key"]) in rule["values"] for rule in selector.get("matchExpressions", [])
    )


def is_peer(peer: dict[str, Any], who: dict[str, Any]) -> bool:
    if "ipBlock" in peer:
        return False
    if "namespaceSelector" in peer:
        in_space = chosen(peer["namespaceSelector"], {"kubernetes.io/metadata.name": who["namespace"]})
        return in_space and chosen(peer.get("podSelector", {}), who["labels"])
    return who["namespace"] == "ours" and chosen(peer["podSelector"], who["labels"])


def allows(way: str, mine: dict[str, Any], other: dict[str, Any], port: int) -> bool:
    """Whether the policies on one side let a connection pass (Kubernetes, "Network Policies")."""
    kind, word = ("Ingress", "from") if way == "in" else ("Egress", "to")
    of_mine = [one["spec"] for one in POLICIES if chosen(one["spec"]["podSelector"], mine["labels"])]
    of_kind = [spec for spec in of_mine if kind in spec["policyTypes"]]
    if not of_kind:
        return True
    rules = [rule for spec in of_kind for rule in spec.get(kind.lower(), [])]
    return any(
        any(one["port"] == port and one["protocol"] == "TCP" for one in rule["ports"])
        and (word not in rule or any(is_peer(peer, other) for peer in rule[word])) for rule in rules
    )


def place(name: str) -> dict[str, Any]:
    return ELSEWHERE[name] if name in ELSEWHERE else {"namespace": "ours", "labels": PODS[name]}


def passes(source: str, target: str, port: int) -> bool:
    """From source to target; a policy on either side can refuse."""
    there, here = place(source), place(target)
    leaves = source in ELSEWHERE or allows("out", there, here, port)
    return leaves and allows("in", here, there, port)


def test_the_policies_in_the_tree_are_those_of_the_arrows() -> None:
    made = yaml.safe_load_all(components.files()["components/network/network.yaml"])
    assert list(made) == objects("components/network")


def test_exactly_the_arrows_pass() -> None:
    wanted = {(one.source, one.target, one.port) for one in (*arrows(), *ARROWS) if one.target != INTERNET}
    anywhere = {(MONITORING, target, port) for source, target, port in wanted if source == ANYWHERE}
    found = {
        (source, target, port) for source in (*PODS, *ELSEWHERE) for target in PODS for port in PORTS
        if passes(source, target, port)
    }
    assert found == wanted | anywhere


def test_every_arrow_begins_and_ends_at_something_that_runs() -> None:
    for arrow in (*arrows(), *ARROWS):
        assert arrow.source in {*PODS, *ELSEWHERE}, arrow
        assert arrow.target in {*PODS, INTERNET}, arrow


def test_who_publishes_or_consumes_reaches_the_broker_and_nobody_else_does() -> None:
    publishers = {topic.partition(".")[0] for topic in EVENTS}
    consumers = {queue.partition(".")[0] for queue in QUEUES}
    workers = {f"{owner}-worker" for owner in publishers | consumers}
    reaching = {arrow.source for arrow in arrows() if arrow.target == "rabbitmq"}
    assert reaching == workers | {"edge-api", "health-api", "topology"}


def test_services_talk_by_events_alone_but_for_the_public_keys() -> None:
    names = {process.name: process.owner for process in PROCESSES}
    calls = {
        (names[one.source], names[one.target]) for one in arrows()
        if one.source in names and one.target in names and names[one.source] in SERVICES
    }
    assert calls == {(owner, "identity") for owner in SERVICES}
    assert {one.why for one in arrows() if one.target == "identity-api" and one.source in names} == {"public keys of tokens"}


def test_each_reaches_the_database_and_only_who_keeps_files_the_store() -> None:
    keeping, looking = {"reports-api", "reports-worker"}, {"gateway", "edge-api"}
    assert {one.source for one in arrows() if one.target == "object-store"} == keeping | looking
    with_data = {process.name for process in PROCESSES} | {f"{owner}-migrate" for owner in OWNERS} | {"databases"}
    assert {one.source for one in arrows() if one.target == "postgres"} == with_data


@pytest.mark.parametrize("name", sorted(INSTALLATIONS))
def test_parts_outside_the_cluster_are_reached_by_the_same_and_at_their_networks_alone(name: str) -> None:
    said = INSTALLATIONS[name]
    networks = {"postgres": said.postgres, "rabbitmq": said.rabbitmq, "object-store": said.store}
    found = {
        (source, rule["to"][0]["ipBlock"]["cidr"], rule["ports"][0]["port"])
        for one in objects(f"overlays/{name}") if one["kind"] == "NetworkPolicy" for rule in one["spec"]["egress"]
        for source in one["spec"]["podSelector"]["matchExpressions"][0]["values"]
    }
    assert found == {(one.source, networks[one.target], one.port) for one in arrows() if one.target in networks}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_an_overlay_names_only_what_is_there(overlay: str) -> None:
    folder = K8S / "overlays" / overlay
    said = yaml.safe_load((folder / "kustomization.yaml").read_text())
    assert set(said["resources"]) >= {"../../base", "namespace.yaml"}
    assert "../../components/network" in said["components"]
    for named in (*said["resources"], *said["components"]):
        found = (folder / named).resolve()
        assert (found / "kustomization.yaml").is_file() or found.is_file(), named


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_a_built_overlay_is_whole(overlay: str) -> None:
    """As `kubectl kustomize` builds it, where there is one; without, the files it is made from are all that is looked at."""
    if shutil.which("kubectl") is None:
        return
    built = subprocess.run(["kubectl", "kustomize", K8S / "overlays" / overlay], capture_output=True, text=True, check=True)
    found = [one for one in yaml.safe_load_all(built.stdout) if one]
    for one in found:
        kubernetes_validate.validate(one, "1.33", strict=True)
    kinds = {kind: {one["metadata"]["name"] for one in found if one["kind"] == kind} for kind in {one["kind"] for one in found}}
    assert kinds["PodDisruptionBudget"] == {"gateway", *(process.name for process in PROCESSES)}
    scaled = {"gateway", *(f"{owner}-api" for owner in OWNERS)} if overlay in INSTALLATIONS else set()
    assert kinds.get("HorizontalPodAutoscaler", set()) == scaled
    for one in found:
        if one["kind"] == "Deployment" and one["metadata"]["name"] in scaled:
            assert "replicas" not in one["spec"], one["metadata"]["name"]
    wanted = {reference for one in found for reference in secrets_of(one)}
    assert overlay in INSTALLATIONS or wanted <= kinds["Secret"], wanted - kinds["Secret"]
    assert len({one["metadata"].get("namespace") for one in found if one["kind"] != "Namespace"}) == 1


def secrets_of(thing: Any) -> set[str]:
    """The secrets an object names, wherever."""
    if isinstance(thing, list):
        return {name for one in thing for name in secrets_of(one)}
    if not isinstance(thing, dict):
        return set()
    own = {str(thing["secretName"])} if "secretName" in thing else set()
    own |= {str(thing[key]["name"]) for key in ("secretRef", "secretKeyRef") if key in thing}
    return own | {name for one in thing.values() for name in secrets_of(one)}
