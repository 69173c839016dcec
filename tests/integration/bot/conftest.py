"""What the tests of the bot share."""

from pathlib import Path

import pytest

from storage.database.keys import Keyring


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    return Keyring.open(tmp_path / "nevus.key")
