"""The dashboard can be laid out, and every alert is explained; queries are tested on a running product."""

import itertools
import json
import re
from pathlib import Path

import yaml

from bot.monitor.meters import STAGES

DEPLOY = Path(__file__).parents[2] / "deploy"
DASHBOARD = json.loads((DEPLOY / "grafana" / "dashboards" / "nevus.json").read_text(encoding="utf-8"))
PANELS = DASHBOARD["panels"]
WIDTH = 24


def test_every_panel_has_a_number_a_name_and_a_query():
    assert len(PANELS) > 20
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)
    for panel in PANELS:
        assert panel["title"]
        assert (panel["type"] == "row") is not bool(panel.get("targets")), panel["title"]
        for target in panel.get("targets", []):
            assert target["datasource"]["uid"] == "${datasource}"
            assert target["expr"]


def test_no_panel_lies_on_another_or_leaves_the_page():
    def overlap(a: dict[str, int], b: dict[str, int]) -> bool:
        beside = a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"]
        above = a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"]
        return not (beside or above)

    places = [panel["gridPos"] for panel in PANELS]
    assert all(place["x"] + place["w"] <= WIDTH for place in places)
    assert not any(overlap(*pair) for pair in itertools.combinations(places, 2))


def test_the_dashboard_asks_the_source_that_is_set_up():
    (variable,) = DASHBOARD["templating"]["list"]
    file = DEPLOY / "grafana" / "provisioning" / "datasources" / "prometheus.yml"
    (source,) = yaml.safe_load(file.read_text(encoding="utf-8"))["datasources"]
    assert variable["query"] == source["type"] == "prometheus"
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))["services"]
    assert source["url"] == "http://prometheus:9090"
    assert "prometheus" in services


def test_every_alert_is_told_in_the_operators_page_and_says_how_urgent_it_is():
    page = (DEPLOY.parent / "docs" / "operating.md").read_text(encoding="utf-8")
    groups = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert len(rules) > 10
    for rule in rules:
        urgency = rule["labels"]["severity"]
        assert f"| `{rule['alert']}` | {urgency} |" in page
        assert rule["annotations"]["summary"].endswith(".")


def test_the_tests_of_the_alerts_expect_the_summaries_that_the_rules_write():
    groups = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    summaries = {rule["alert"]: rule["annotations"]["summary"] for group in groups for rule in group["rules"]}
    tests = yaml.safe_load((DEPLOY / "prometheus" / "alerts.test.yml").read_text(encoding="utf-8"))["tests"]
    checks = [check for test in tests for check in test["alert_rule_test"]]
    expected = [(check["alertname"], each) for check in checks for each in check.get("exp_alerts", ())]
    assert expected
    for alert, each in expected:
        words = [re.escape(part) for part in re.split(r"\{\{.*?\}\}", summaries[alert])]
        assert re.fullmatch(".+".join(words), each["exp_annotations"]["summary"]), alert


def test_every_stage_is_named_in_the_operators_page():
    page = (DEPLOY.parent / "docs" / "operating.md").read_text(encoding="utf-8")
    (row,) = [line for line in page.splitlines() if line.startswith("| `nevus_stage_seconds` |")]
    assert [name for name in STAGES if not re.search(rf"\b{name}\b", row)] == []
