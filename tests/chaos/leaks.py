"""Looks for what must not be in any output: token, keys, ids, names, captions, file names."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path


def list_secrets(key_file: Path, environment: Mapping[str, str], people: Sequence[int]) -> dict[str, str]:
    """What to look for, by what it is: of the bot's settings, its key file, and whoever wrote to it."""
    keys = json.loads(key_file.read_text())["keys"]
    token = environment["NEVUS_TELEGRAM_TOKEN"]
    secrets = {f"person {number}": str(person) for number, person in enumerate(people)}
    secrets |= {f"key {number}": key["secret"] for number, key in enumerate(keys)}
    secrets |= {"token": token, "token's secret": token.partition(":")[2]}
    secrets |= {"name or caption": "Canary", "file on the server": "photos/file_"}
    if webhook := environment.get("NEVUS_WEBHOOK_SECRET"):
        secrets["webhook secret"] = webhook
    return secrets


def find_in(text: str, secrets: Mapping[str, str]) -> list[str]:
    """Which of them stand in a text."""
    return sorted(what for what, secret in secrets.items() if secret in text)


def find_leaks(folder: Path, secrets: Mapping[str, str]) -> list[str]:
    """Which of them stand in what the processes of a run wrote: every log under its folder.

    Raises:
        FileNotFoundError: no bot wrote anything there, so that nothing was searched.
    """
    logs = sorted(folder.rglob("*.log"))
    if not any(log.name == "bot.log" and log.stat().st_size for log in logs):
        raise FileNotFoundError("no bot wrote anything: there is nothing to search")
    return sorted({what for log in logs for what in find_in(log.read_text(errors="replace"), secrets)})
