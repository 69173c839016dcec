"""The Kubernetes manifests: restricted pods, probes that exist, grace, settings that are settings."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.settings import Settings, iterate_variables, read_settings

FOLDER = Path(__file__).parents[2] / "deploy" / "kubernetes"
OBJECTS = [
    one
    for file in sorted(FOLDER.glob("*.yaml"))
    for one in yaml.safe_load_all(file.read_text(encoding="utf-8"))
]
PATHS = {"/healthz", "/readyz"}


def find(kind: str, name: str) -> dict[str, Any]:
    (found,) = [one for one in OBJECTS if one["kind"] == kind and one["metadata"]["name"] == name]
    return found


def pod_of(kind: str) -> dict[str, Any]:
    if kind == "Deployment":
        return find("Deployment", "nevus")["spec"]["template"]["spec"]
    return find("InferenceService", "nevus-engine")["spec"]["predictor"]


PODS = ("Deployment", "InferenceService")


def containers_of(pod: dict[str, Any]) -> list[dict[str, Any]]:
    return [*pod.get("initContainers", []), *pod["containers"]]


def test_every_file_is_applied():
    listed = yaml.safe_load((FOLDER / "kustomization.yaml").read_text(encoding="utf-8"))["resources"]
    assert set(listed) == {file.name for file in FOLDER.glob("*.yaml")} - {"kustomization.yaml"}


@pytest.mark.parametrize("kind", PODS)
def test_pods_keep_to_the_restricted_standard(kind):
    pod = pod_of(kind)
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    for container in containers_of(pod):
        context = container["securityContext"]
        assert context["allowPrivilegeEscalation"] is False
        assert context["readOnlyRootFilesystem"] is True
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert container["resources"]["limits"]["memory"]
        assert ":" in container["image"]


def test_the_grace_of_the_pod_covers_the_wait_and_the_grace_of_the_product():
    pod = pod_of("Deployment")
    wait_s = int(pod["containers"][0]["lifecycle"]["preStop"]["exec"]["command"][1])
    assert pod["terminationGracePeriodSeconds"] > wait_s + Settings().work.grace_s


def test_the_bots_probes_ask_what_the_monitor_answers():
    (bot,) = pod_of("Deployment")["containers"]
    ports = {port["name"]: port["containerPort"] for port in bot["ports"]}
    settings = find("ConfigMap", "nevus")["data"]
    assert ports == {
        "webhook": int(settings["NEVUS_WEBHOOK_PORT"]),
        "monitor": int(settings["NEVUS_MONITOR_PORT"]),
    }
    for name in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert bot[name]["httpGet"]["path"] in PATHS
        assert bot[name]["httpGet"]["port"] == "monitor"
    for name in ("startupProbe", "livenessProbe"):
        path = bot[name]["httpGet"]["path"]
        assert path == "/healthz", "a restart does not bring back a database, or Telegram"


def test_the_settings_are_read_by_the_product(tmp_path):
    data = dict(find("ConfigMap", "nevus")["data"])
    known = {variable.name for variable in iterate_variables()}
    files = {
        name: value
        for name, value in data.items()
        if name.removesuffix("_FILE") in known and name not in known
    }
    assert {name.removesuffix("_FILE") for name in data} <= known
    secrets = {
        "NEVUS_TELEGRAM_TOKEN_FILE": "1234567:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw",
        "NEVUS_DATABASE_URL_FILE": "postgresql://nevus@database/nevus",
    }
    for name in files:
        (tmp_path / name).write_text(secrets.get(name, "secret"))
        data[name] = str(tmp_path / name)
    settings = read_settings(data)
    assert settings.engine == "oip"
    assert settings.webhook.url


def test_the_webhooks_path_is_the_ingress_path():
    (rule,) = find("Ingress", "nevus")["spec"]["rules"]
    (path,) = rule["http"]["paths"]
    assert find("ConfigMap", "nevus")["data"]["NEVUS_WEBHOOK_URL"] == f"https://{rule['host']}{path['path']}"


def test_the_networks_are_found_by_the_address_that_the_bot_has():
    (port,) = find("Service", "nevus-networks")["spec"]["ports"]
    address = find("ConfigMap", "nevus")["data"]["NEVUS_OIP_ADDRESSES"]
    assert address == f"grpc://nevus-networks.nevus.svc.cluster.local:{port['port']}"


def test_nothing_is_allowed_but_what_is_said():
    policies = [one for one in OBJECTS if one["kind"] == "NetworkPolicy"]
    closed = find("NetworkPolicy", "nothing")["spec"]
    assert closed == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    assert all(set(one["spec"]["policyTypes"]) == {"Ingress", "Egress"} for one in policies)
    assert find("NetworkPolicy", "engine")["spec"]["egress"] == []


def test_a_node_can_go_without_the_last_replica():
    budget, scaler = find("PodDisruptionBudget", "nevus"), find("HorizontalPodAutoscaler", "nevus")
    assert scaler["spec"]["minReplicas"] > budget["spec"]["minAvailable"] >= 1
