"""An update as an operator may see it: its shape, and no id, name, text or file in it."""

from collections.abc import Mapping
from typing import Any, Final

# Words of Telegram's own that tell what kind of update it is, and nothing about anyone.
SHOWN: Final = frozenset({"type", "mime_type", "is_bot", "file_size", "width", "height", "status"})


def redact(value: Any, name: str = "") -> Any:
    """The same structure; numbers and strings only where they cannot name anyone.

    >>> redact({"text": "Mrs Smith", "chat": {"id": 7, "type": "private"}})
    {'text': '(9 characters)', 'chat': {'id': '(number)', 'type': 'private'}}
    """
    if isinstance(value, Mapping):
        return {key: redact(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [redact(inner, name) for inner in value]
    if value is None or isinstance(value, bool) or name in SHOWN:
        return value
    return f"({len(value)} characters)" if isinstance(value, str) else "(number)"
