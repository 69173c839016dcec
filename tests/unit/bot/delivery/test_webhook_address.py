"""Which addresses Telegram calls, and what is said of one that it refuses."""

import pytest
from telegram.error import BadRequest, NetworkError, TelegramError

from bot.delivery.webhook_address import describe_refusal, find_address_fault


@pytest.mark.parametrize("port", ["", ":443", ":80", ":88", ":8443"])
def test_telegram_calls_four_ports(port: str) -> None:
    assert find_address_fault(f"https://127.0.0.1{port}/hook") is None


@pytest.mark.parametrize(
    ("url", "begin"),
    [
        ("http://127.0.0.1/hook", "Set NEVUS_WEBHOOK_URL to an address that begins with https://"),
        ("127.0.0.1/hook", "Set NEVUS_WEBHOOK_URL to an address that begins with https://"),
        ("https:///hook", "Set NEVUS_WEBHOOK_URL to an address that begins with https://"),
        ("https://[::1/hook", "Set NEVUS_WEBHOOK_URL to an address that begins with https://"),
        ("https://127.0.0.1:9443/hook", "Set NEVUS_WEBHOOK_URL to port 443, 80, 88 or 8443"),
        ("https://nowhere.invalid/hook", "Set NEVUS_WEBHOOK_URL to a host that can be resolved"),
        (f"https://{'x' * 64}.invalid/hook", "Set NEVUS_WEBHOOK_URL to a host that can be resolved"),
    ],
)
def test_other_addresses_are_refused_in_words(url: str, begin: str) -> None:
    fault = find_address_fault(url)
    assert fault is not None
    assert fault.startswith(begin)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (BadRequest("Bad webhook: failed to\nresolve host"), "Bad webhook: failed to resolve host"),
        (BadRequest("Bad Request: " + "x" * 9_000), "X" + "x" * 299),
        (NetworkError("https://api/bot1:TOKEN"), "NetworkError"),
        (TelegramError("anything"), "TelegramError"),
    ],
)
def test_telegrams_sentence_is_shown_and_no_other(error: TelegramError, said: str) -> None:
    assert describe_refusal(error) == said
