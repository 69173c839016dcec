"""`python -m bot.monitor.probe`: is the product healthy? For a container's health check."""

import http.client
import os
import sys
from typing import Final

TIMEOUT_S: Final = 5.0


def probe(port: int, path: str) -> bool:
    """Whether the monitor on loopback answers 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def main() -> int:
    """0 when healthy; 1 when not, or when no port is set."""
    port = os.environ.get("NEVUS_MONITOR_PORT", "")
    path = sys.argv[1] if len(sys.argv) > 1 else "/healthz"
    return 0 if port.isdecimal() and probe(int(port), path) else 1


if __name__ == "__main__":
    sys.exit(main())
