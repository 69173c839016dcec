"""Which requests a fault strikes, how often, and what the bot gets."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.localchat.errors import PersonApiError
from bot.localchat.faults import parse_fault


def test_a_fault_strikes_only_its_chat_and_only_as_often_as_its_count() -> None:
    fault = parse_fault({"method": "sendPhoto", "kind": 429, "count": 2, "chat_id": 5})
    hits = [fault.strikes("sendPhoto", chat) for chat in (5, 6, 5, 5)]
    assert hits == [True, False, True, False]
    assert not fault.strikes("sendMessage", 5)


def test_a_star_means_all_methods_but_no_downloads() -> None:
    fault = parse_fault({"method": "*", "kind": "500"})
    assert fault.strikes("sendMessage")
    assert not fault.strikes("file")


@pytest.mark.parametrize("method", ["getFile", "file"])
def test_a_fault_for_one_file_leaves_the_others_alone(method: str) -> None:
    fault = parse_fault({"method": method, "kind": "503", "file_id": "A"})
    assert [fault.strikes(method, None, {file_id}) for file_id in "ABA"] == [True, False, True]
    assert not fault.strikes(method)


def test_a_seeded_rate_repeats() -> None:
    faults = [parse_fault({"kind": "500", "rate": 0.3, "seed": 7}) for _ in range(2)]
    sequences = [[fault.strikes("getMe") for _ in range(200)] for fault in faults]
    assert sequences[0] == sequences[1]
    assert 30 < sum(sequences[0]) < 90


@pytest.mark.parametrize(
    ("raw", "status", "description"),
    [
        ({"kind": "400", "description": "Bad Request: IMAGE_PROCESS_FAILED"}, 400, "Bad Request: IMAGE_PROCESS_FAILED"),  # noqa: E501
        ({"kind": 401}, 401, "Unauthorized"),
        ({"kind": "409"}, 409, "Conflict"),
        ({"kind": "429", "retry_after": 7}, 429, "Too Many Requests: retry after 7"),
        ({"kind": "500"}, 500, "Internal Server Error"),
        ({"kind": "503"}, 503, "Service Unavailable"),
    ],
)  # fmt: skip
def test_a_status_becomes_a_refusal(raw: dict[str, Any], status: int, description: str) -> None:
    refusal = parse_fault(raw).refusal()
    assert refusal is not None
    assert (refusal.code, refusal.description) == (status, description)


@pytest.mark.parametrize("kind", ["cut_before", "cut_after", "slow", "truncate", "not_json"])
def test_the_other_kinds_are_not_refusals(kind: str) -> None:
    assert parse_fault({"kind": kind}).refusal() is None


@pytest.mark.parametrize(
    ("kind", "html"), [("400", False), ("500", False), ("502", True), ("504", True), ("not_json", True)]
)
def test_gateway_errors_and_unreadable_answers_are_html(kind: str, *, html: bool) -> None:
    assert parse_fault({"kind": kind}).answers_with_html is html


@pytest.mark.parametrize(
    ("raw", "complaint"),
    [
        ({"kind": "200"}, "kind must be an HTTP status from 400 to 599 or one of cut_after"),
        ({"kind": "999"}, "kind must"),
        ({"kind": "nonsense"}, "kind must"),
        ({}, "kind must"),
        ({"kind": "500", "nonsense": 1}, "nonsense"),
        ({"kind": "500", "rate": 2}, "rate"),
        ({"kind": "500", "count": "x"}, "count"),
        ({"kind": "short", "method": "sendPhoto"}, "only a download can be short"),
    ],
)
def test_other_faults_are_refused(raw: dict[str, Any], complaint: str) -> None:
    with pytest.raises(PersonApiError, match=complaint):
        parse_fault(raw)


def test_a_fault_survives_a_round_trip() -> None:
    fault = parse_fault({"kind": "slow", "delay_s": 2, "count": 3})
    assert parse_fault(json.loads(json.dumps(fault.describe()))).describe() == fault.describe()
