"""What an operator sees of an update names nobody."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.commands.inbox import SHOWN, redact

PHOTO = {
    "update_id": 91,
    "message": {
        "from": {"id": 4711, "is_bot": False, "first_name": "Ada", "username": "ada"},
        "chat": {"id": -4711, "type": "private"},
        "caption": "Mrs Smith, left calf",
        "photo": [{"file_id": "AgAC", "file_unique_id": "AQAD", "width": 90, "height": 90, "file_size": 1}],
        "document": {"file_name": "smith.jpg", "mime_type": "image/jpeg"},
    },
}


def test_the_shape_stays_and_nobody_is_named() -> None:
    shown = json.dumps(redact(PHOTO))
    assert not any(
        secret in shown for secret in ("4711", "Ada", "ada", "Smith", "smith", "AgAC", "AQAD", "91")
    )
    assert '"mime_type": "image/jpeg"' in shown
    assert '"width": 90' in shown
    assert '"caption": "(20 characters)"' in shown


def leaves(value: Any, name: str = "") -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return [leaf for key, inner in value.items() for leaf in leaves(inner, key)]
    if isinstance(value, list):
        return [leaf for inner in value for leaf in leaves(inner, name)]
    return [(name, value)]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(min_size=1),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=12,
    )
)
def test_no_number_or_string_outside_the_list_survives(value: Any) -> None:
    for name, leaf in leaves(redact(value)):
        assert name in SHOWN or leaf is None or isinstance(leaf, (bool, str))
        if name not in SHOWN and isinstance(leaf, str):
            assert leaf.endswith("characters)") or leaf == "(number)"
