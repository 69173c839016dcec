"""Settings: every one documented, every wrong one a sentence that says what to set."""

import subprocess
from pathlib import Path

import pytest

from bot.settings import Settings, SettingsError, find_unknown, iterate_variables, read_settings
from bot.settings_text import render_example, render_markdown

ROOT = Path(__file__).resolve().parents[3]
TOKEN = "123456:abcdefghijklmnop"


def test_no_environment_is_needed() -> None:
    assert read_settings({}) == Settings()


def test_example_and_documentation_list_every_setting_and_no_other() -> None:
    assert (ROOT / ".env.example").read_text() == render_example(), "run python -m bot.settings_text"
    assert (ROOT / "docs" / "configuration.md").read_text() == render_markdown()
    names = [variable.name for variable in iterate_variables()]
    assert len(names) > 20
    assert len(names) == len(set(names))
    assert all(variable.field.description for variable in iterate_variables())


def test_the_example_is_what_holds_without_it(tmp_path: Path) -> None:
    """Uncommented as it stands and read by a shell, it changes nothing."""
    file = tmp_path / "settings"
    file.write_text(render_example().replace("#NEVUS_", "NEVUS_"))
    script = 'set -eu; set -a; . "$1"; exec env -0'
    done = subprocess.run(["/bin/sh", "-c", script, "sh", str(file)], env={}, capture_output=True, check=True)
    assert not done.stderr
    entries = dict(entry.split("=", 1) for entry in done.stdout.decode().split("\0") if entry)
    environment = {name: value for name, value in entries.items() if name.startswith("NEVUS_")}
    assert len(environment) == len(list(iterate_variables()))
    written = read_settings(environment)
    assert written.model_copy(update={"models_dir": Settings().models_dir}) == Settings()


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"NEVUS_ENV": "production"}, "NEVUS_TELEGRAM_TOKEN"),
        ({"NEVUS_WORK_REMEMBER_DAYS": "1000000"}, "NEVUS_WORK_REMEMBER_DAYS"),
        ({"NEVUS_WORK_REMEMBER_DAYS": "inf"}, "NEVUS_WORK_REMEMBER_DAYS"),
        ({"NEVUS_WORK_HELD_HOURS": "1e300"}, "NEVUS_WORK_HELD_HOURS"),
        ({"NEVUS_RETENTION_DAYS": "1000000"}, "NEVUS_RETENTION_DAYS"),
        ({"NEVUS_ENGINE": "oip"}, "NEVUS_OIP_ADDRESSES"),
        ({"NEVUS_OIP_ADDRESSES": "grpc://engine:8081,engine:8082"}, "NEVUS_OIP_ADDRESSES"),
        ({"NEVUS_WEBHOOK_URL": "https://example.org/hook"}, "NEVUS_TELEGRAM_TOKEN"),
        ({"NEVUS_TELEGRAM_TOKEN": "no-token-at-all"}, "NEVUS_TELEGRAM_TOKEN"),
        ({"NEVUS_TELEGRAM_TOKEN": TOKEN, "NEVUS_WEBHOOK_SECRET": "a b"}, "NEVUS_WEBHOOK_SECRET"),
        ({"NEVUS_PREVALENCE": "2"}, "NEVUS_PREVALENCE"),
        ({"NEVUS_DATABASE_URL": "sqlite:nevus.db"}, "NEVUS_DATABASE_URL"),
        ({"NEVUS_DATABASE_URL": "sqlite:///file:nevus.db?uri=true"}, "NEVUS_DATABASE_URL"),
        ({"NEVUS_DATA_DIR": "/srv/what?/nevus"}, "NEVUS_DATA_DIR"),
        ({"NEVUS_DATA_DIR": "~/nevus"}, "NEVUS_DATA_DIR"),
        ({"NEVUS_KEY_FILE": "~/nevus.key"}, "NEVUS_KEY_FILE"),
        ({"NEVUS_DATABASE_URL": "sqlite:///~/nevus.db"}, "NEVUS_DATABASE_URL"),
        ({"NEVUS_WEBHOOK_PORT": "high"}, "NEVUS_WEBHOOK_PORT"),
        ({"NEVUS_TELEGRAM_TOKEN_FILE": "/nowhere/token"}, "NEVUS_TELEGRAM_TOKEN_FILE"),
    ],
)
def test_a_wrong_value_stops_the_start_with_one_sentence(environment: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsError) as raised:
        read_settings(environment)
    assert named in str(raised.value)
    assert "\n" not in str(raised.value)
    assert all(value not in str(raised.value) for value in environment.values() if "token" in value)


@pytest.mark.parametrize("value", ["bob", "4711, bob", "@bob", "4.5"])
def test_what_is_no_list_of_ids_is_said_without_places_in_it(value: str) -> None:
    with pytest.raises(SettingsError) as raised:
        read_settings({"NEVUS_ADMINS": value})
    assert str(raised.value) == ("Set NEVUS_ADMINS to Telegram user ids (numbers) with commas between them.")
    assert read_settings({"NEVUS_ADMINS": "1, -2 3"}).admins == (1, -2, 3)


def test_a_secret_in_both_places_is_refused_and_not_shown(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(TOKEN + "\n")
    with pytest.raises(SettingsError) as raised:
        read_settings({"NEVUS_TELEGRAM_TOKEN": TOKEN, "NEVUS_TELEGRAM_TOKEN_FILE": str(file)})
    assert str(raised.value) == "Set NEVUS_TELEGRAM_TOKEN or NEVUS_TELEGRAM_TOKEN_FILE, not both."
    empty = read_settings({"NEVUS_TELEGRAM_TOKEN": " ", "NEVUS_TELEGRAM_TOKEN_FILE": str(file)})
    assert empty.telegram.token is not None


def test_a_secret_may_stand_in_a_file_and_is_never_shown(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(TOKEN + "\n")
    settings = read_settings(
        {"NEVUS_TELEGRAM_TOKEN_FILE": str(file), "NEVUS_DATABASE_URL": "postgresql://u:pw@h/d"}
    )
    assert settings.telegram.token is not None
    assert settings.telegram.token.get_secret_value() == TOKEN
    assert TOKEN not in repr(settings)
    assert "pw" not in repr(settings)


def test_inference_servers_are_a_list_with_commas() -> None:
    environment = {"NEVUS_ENGINE": "oip", "NEVUS_OIP_ADDRESSES": "grpc://one:8081, http://two:8080"}
    assert read_settings(environment).oip.addresses == ("grpc://one:8081", "http://two:8080")


def test_an_empty_value_counts_as_not_set() -> None:
    assert read_settings({"NEVUS_TELEGRAM_TOKEN": "", "NEVUS_LANGUAGE": " "}) == Settings()


def test_a_misspelt_name_is_found_with_the_one_that_was_meant() -> None:
    found = find_unknown({"NEVUS_TELEGRAM_TOKN": "x", "NEVUS_LANGUAGE": "fr", "HOME": "/"})
    assert found == [("NEVUS_TELEGRAM_TOKN", "NEVUS_TELEGRAM_TOKEN")]
