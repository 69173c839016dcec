"""Which proxy is used for the Bot API, and which are refused in words."""

import pytest

from bot.delivery.proxies import check_proxy, find_proxy
from bot.settings import SettingsError

URL = "https://api.telegram.org"


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy"])
@pytest.mark.parametrize(
    "proxy",
    [
        "socks5://127.0.0.1:1080",
        "socks5h://user:SECRET@proxy:1080",
        "socks://proxy",
        "proxy.example.org:3128",
        "proxy",
        "http://",
        "http://proxy:port",
        "http://[::1",
        "http://proxy:0",
    ],
)
def test_a_proxy_that_cannot_be_used_is_refused_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, name: str, proxy: str
) -> None:
    monkeypatch.setenv(name, proxy)
    with pytest.raises(SettingsError) as refused:
        check_proxy(URL)
    assert str(refused.value).startswith("Set HTTPS_PROXY to an address that begins with http://")
    assert "SECRET" not in str(refused.value)
    check_proxy("http://bot-api:8081")  # not the proxy for this address


@pytest.mark.parametrize(
    "proxy", ["http://proxy:3128", "http://user:p%40ss@proxy:3128", "https://proxy", "HTTP://proxy:3128"]
)
def test_an_http_proxy_is_used(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    check_proxy(URL)
    assert find_proxy(f"https://{abs(hash(proxy))}.example.org/x") == proxy


def test_the_proxy_for_http_is_named_by_its_own_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "socks5://proxy")
    check_proxy(URL)
    with pytest.raises(SettingsError, match=r"^Set HTTP_PROXY "):
        check_proxy("http://bot-api:8081")


@pytest.mark.parametrize("host", ["127.0.0.1:8081", "localhost:8081", "[::1]:8081", "127.9.9.9"])
def test_a_server_on_this_machine_is_reached_directly(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy:3128")
    assert find_proxy(f"http://{host}/bot1:x/getMe") is None


def test_hosts_of_no_proxy_are_reached_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "socks5://proxy")
    monkeypatch.setenv("NO_PROXY", "api.telegram.org")
    check_proxy(URL)
