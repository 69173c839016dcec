"""Health, readiness and metrics of a running product, over HTTP, as a probe and Prometheus see them."""

import asyncio
import json
import re
from collections.abc import Mapping
from pathlib import Path

import aiohttp
import pytest
import yaml
from aiohttp.test_utils import unused_port
from prometheus_client.parser import text_string_to_metric_families

from bot.lifecycle import StartError
from bot.monitor.probe import probe
from tests.support.served import DAMAGED, LESION, MUG, serve

GP = "Dr Taylor"
DEPLOY = Path(__file__).parents[4] / "deploy"


async def fetch(port: int, path: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}{path}") as reply:
        return reply.status, await reply.text()


def read_samples(text: str) -> dict[tuple[str, str], float]:
    """Values by name and the values of its labels, in the order of the labels' names."""
    return {
        (sample.name, ",".join(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def check_that_it_names_nobody(text: str, person: Mapping[str, object]) -> None:
    """No label but those of a fixed vocabulary: words, versions, bounds of buckets."""
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            for name, value in sample.labels.items():
                assert re.fullmatch(r"[a-z_]+|\+Inf|[\d.]+|tiny-1", value), (sample.name, name, value)
    for value in person.values():
        assert str(value) not in re.sub(r"_bucket\{.*|[\d.e+-]+$", "", text, flags=re.MULTILINE)


async def test_what_is_done_can_be_seen_and_names_nobody(tmp_path):
    port = unused_port()
    async with serve(tmp_path, "polling", NEVUS_MONITOR_PORT=str(port)) as served:
        person = await served.side.person(GP)
        await served.accept(person)
        await served.send(person, ("photo", "lesion.jpg", LESION))
        await served.send(person, ("photo", "mug.jpg", MUG))
        await served.send(person, ("document", "damaged.jpg", DAMAGED))
        assert await fetch(port, "/healthz") == (200, "ok")
        status, text = await fetch(port, "/metrics")
        readiness = await fetch(port, "/readyz")
    assert status == 200
    samples = read_samples(text)
    assert samples["nevus_cases_total", "high"] + samples["nevus_cases_total", "moderate"] == 1
    assert samples["nevus_cases_total", "not_assessable"] == 1
    assert samples["nevus_gate_refusals_total", "no_lesion"] == 1
    assert sum(value for (name, _), value in samples.items() if name == "nevus_unreadable_files_total") == 1
    assert samples["nevus_stage_seconds_count", "cnn"] == 2
    assert samples["nevus_stage_seconds_count", "download"] == 3
    assert samples["nevus_turns_total", "done,photo"] == 3
    assert samples["nevus_messages_total", "sent"] >= 3
    assert samples["nevus_inbox_updates", "ready"] == 0
    assert samples["nevus_ready", ""] == 1
    assert samples["nevus_engine_up", ""] == 1
    check_that_it_names_nobody(text, {"id": person, "name": GP})
    assert readiness[0] == 200
    assert '"ready": true' in readiness[1]


async def test_every_query_of_dashboard_and_alerts_refers_to_a_metric_that_is_there(tmp_path):
    port = unused_port()
    async with serve(tmp_path, "polling", NEVUS_MONITOR_PORT=str(port)):
        _, text = await fetch(port, "/metrics")
    there = read_metric_names(text) | {"up"}  # `up` is Prometheus' own
    queries = read_queries()
    assert len(queries) > 30
    for query in queries:
        used = set(
            re.findall(
                r"\b(?:nevus|process|up)\w*", re.sub(r"\{[^}]*\}|\b(?:by|ignoring) \([^)]*\)", "", query)
            )
        )
        assert used, query
        assert used <= there, query


def read_metric_names(text: str) -> set[str]:
    """Every name that a sample of /metrics can have; families without a sample yet are there, too."""
    names: set[str] = set()
    for name, kind in re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE):
        endings = ("_bucket", "_sum", "_count") if kind == "histogram" else ("",)
        names |= {name + ending for ending in endings}
    return names


def read_queries() -> list[str]:
    dashboard = json.loads((DEPLOY / "grafana" / "dashboards" / "nevus.json").read_text())
    alerts = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text())
    panels = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]
    return panels + [rule["expr"] for group in alerts["groups"] for rule in group["rules"]]


async def test_nothing_listens_unless_a_setting_says_so(tmp_path):
    async with serve(tmp_path, "polling") as served:
        assert served.product.monitor is None


async def test_the_probe_of_a_container_sees_health_and_its_end(tmp_path):
    port = unused_port()
    async with serve(tmp_path, "webhook", NEVUS_MONITOR_PORT=str(port)):
        assert await asyncio.to_thread(probe, port, "/readyz")
    assert not await asyncio.to_thread(probe, port, "/healthz")


async def test_a_port_that_is_taken_stops_the_start_with_one_sentence(tmp_path):
    port = unused_port()
    async with serve(tmp_path / "first", "polling", NEVUS_MONITOR_PORT=str(port)):
        with pytest.raises(StartError, match="NEVUS_MONITOR_PORT"):
            async with serve(tmp_path / "second", "polling", NEVUS_MONITOR_PORT=str(port)):
                pass
