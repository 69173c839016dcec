"""Where an inference server is."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

SCHEMES: Final = ("grpc", "grpcs", "http", "https")


class AddressError(ValueError):
    """A server's address cannot be used; the text says how it is written."""


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """Where a server is: `grpc://host:port`, `grpcs://`, `http://` or `https://`."""

    scheme: str
    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> "ServerAddress":
        """Read an address.

        Raises:
            AddressError: scheme, host or port is missing, or there is more than those.
        """
        try:
            parts = urlsplit(text)
            port = parts.port
        except ValueError:
            parts, port = urlsplit(""), None
        if parts.scheme not in SCHEMES or not parts.hostname or port is None:
            raise AddressError("write addresses as grpc://host:port or http://host:port")
        if parts.path.rstrip("/") or parts.query or parts.fragment or parts.username:
            raise AddressError("an address is scheme, host and port only")
        return cls(parts.scheme, parts.hostname, port)

    @property
    def target(self) -> str:
        """Host and port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def is_encrypted(self) -> bool:
        """Whether the way is TLS."""
        return self.scheme.endswith("s")

    def __str__(self) -> str:
        return f"{self.scheme}://{self.target}"
