"""The page without a key has the language that the browser prefers."""

import pytest

from bot.localchat.unauthorized_page import choose_language


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("fr", "fr"),
        ("FR-ch;q=0.5", "fr"),
        ("en;q=0.3, fr;q=0.7", "fr"),
        ("en, fr", "en"),
        ("fr;q=0", "en"),
        ("fr;q=x", "en"),
        ("de, *;q=0.5", "en"),
    ],
)
def test_french_is_chosen_where_it_is_preferred(accepted: str, language: str) -> None:
    assert choose_language(accepted) == language
