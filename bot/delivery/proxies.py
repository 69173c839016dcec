"""The proxy that the environment names for the Bot API (`HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`)."""

from functools import cache
from ipaddress import ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit
from urllib.request import getproxies, proxy_bypass

from bot.settings import SettingsError

_SCHEMES: Final = ("http", "https")  # of proxies that aiohttp can use


def find_proxy(url: str) -> str | None:
    """Return the proxy for an address; None if there is none. The environment is read once for each host."""
    parts = urlsplit(url)
    return _read_once(parts.scheme, parts.netloc, parts.hostname or "")


def check_proxy(url: str) -> None:
    """Check that the proxy for an address is one that can be used.

    Raises:
        SettingsError: it is not, for example because it speaks SOCKS. Its address, which may hold a password,
            is not quoted.
    """
    parts = urlsplit(url)
    proxy = _read_proxy(parts.scheme, parts.netloc, parts.hostname or "")
    if proxy is not None and not _is_usable(proxy):
        raise SettingsError(
            f"Set {parts.scheme.upper()}_PROXY to an address that begins with http://: other proxies, such "
            "as SOCKS, cannot be used (docs/proxies.md)."
        )


@cache
def _read_once(scheme: str, netloc: str, host: str) -> str | None:
    """By itself aiohttp reads the environment and ~/.netrc in a thread at each request."""
    return _read_proxy(scheme, netloc, host)


def _read_proxy(scheme: str, netloc: str, host: str) -> str | None:
    is_direct = _is_loopback(host) or proxy_bypass(netloc)
    return None if is_direct else getproxies().get(scheme)


def _is_loopback(host: str) -> bool:
    """Whether the server is on this machine, such as the local chat: no proxy can reach it."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_usable(proxy: str) -> bool:
    try:
        parts: SplitResult = urlsplit(proxy)
        return parts.scheme in _SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
