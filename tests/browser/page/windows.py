"""The windows that the page is tested in."""

from typing import Any

PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 640}, "has_touch": True, "is_mobile": True}
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
WINDOWS = {"phone": PHONE, "desktop": DESKTOP}
