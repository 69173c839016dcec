"""Looks for what must not be in a log: token, keys, ids, names, captions, file names."""

import json
from collections.abc import Sequence
from pathlib import Path

from tests.chaos.stage import Stage


def list_secrets(stage: Stage, people: Sequence[int]) -> dict[str, str]:
    """What to look for, by what it is."""
    keys = json.loads((stage.folder / "data" / "nevus.key").read_text())["keys"]
    secrets = {f"person {number}": str(person) for number, person in enumerate(people)}
    secrets |= {f"key {number}": key["secret"] for number, key in enumerate(keys)}
    secrets |= {
        "token": stage.chat["token"],
        "token's secret": stage.chat["token"].partition(":")[2],
        "webhook secret": "secret-of-the-chaos-run",
        "name or caption": "Canary",
        "file on the server": "photos/file_",
    }
    return secrets


def find_in(text: str, secrets: dict[str, str]) -> list[str]:
    """Which of them stand in a text."""
    return sorted(what for what, secret in secrets.items() if secret in text)


def find_leaks(stage: Stage, people: Sequence[int]) -> list[str]:
    """Which of them stand in the bot's output."""
    log: Path = stage.bot.log
    return find_in(log.read_text(errors="replace"), list_secrets(stage, people))
