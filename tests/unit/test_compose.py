"""The Compose files: every service locked down, secrets from files, grace enough, images pinned."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from bot.settings import Settings, iterate_variables

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "deploy").glob("compose*.yaml"))
VARIABLES = {variable.name for variable in iterate_variables()}
SECRET = {variable.name for variable in iterate_variables() if variable.is_secret}


def read(file: Path) -> dict:
    return yaml.safe_load(file.read_text(encoding="utf-8"))


SERVICES = [
    pytest.param(service, id=f"{file.stem}-{name}")
    for file in FILES
    for name, service in read(file)["services"].items()
]


def test_there_are_files_and_services_to_check():
    assert len(FILES) == 2
    assert len(SERVICES) == 6


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_can_write_only_where_it_says_and_gain_nothing(service):
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert not {"privileged", "cap_add", "network_mode", "pid"} & set(service)
    assert service["pids_limit"]
    assert service["mem_limit"]
    assert service["logging"]["options"]["max-size"], "logs must end"


@pytest.mark.parametrize("service", SERVICES)
def test_an_image_is_pinned(service):
    assert re.search(r":v?\d+\.\d+", service["image"])


@pytest.mark.parametrize("service", SERVICES)
def test_ports_are_opened_on_loopback_only(service):
    assert all(str(port).startswith("127.0.0.1:") for port in service.get("ports", []))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_secrets_come_from_files_and_no_other_way(file):
    """Compose cannot put one from the environment into a container with a read-only root."""
    content = read(file)
    assert all(set(secret) == {"file"} for secret in content["secrets"].values())
    for service in content["services"].values():
        assert set(service.get("secrets", [])) <= set(content["secrets"])
        environment = service.get("environment", {})
        assert not SECRET & set(environment)
        for name, value in environment.items():
            if name.endswith("_FILE") and name.removesuffix("_FILE") in SECRET:
                assert value.removeprefix("/run/secrets/") in service["secrets"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_bot_gets_the_settings_beside_the_makefile_where_there_are_any(file):
    bot = read(file)["services"]["bot"]
    assert [entry["required"] for entry in bot["env_file"]] == [False]
    assert (file.parent / bot["env_file"][0]["path"]).resolve() == ROOT / ".env"
    assert bot["environment"]["NEVUS_DATA_DIR"] in [volume.split(":")[1] for volume in bot["volumes"]]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_grace_of_the_container_covers_the_grace_of_the_product(file):
    bot = read(file)["services"]["bot"]
    assert int(bot["stop_grace_period"].removesuffix("s")) > Settings().work.grace_s


def test_what_holds_patients_numbers_has_no_way_out():
    content = read(ROOT / "deploy" / "compose.yaml")
    closed = {name for name, network in content["networks"].items() if network and network.get("internal")}
    for name in ("postgres", "engine", "prometheus"):
        assert set(content["services"][name]["networks"]) <= closed, name


@pytest.mark.parametrize("name", ["Dockerfile", "deploy/engine.Dockerfile"])
def test_an_image_of_ours_gives_root_to_nobody_checks_health_and_is_built_from_pinned_ones(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    last = text[text.rindex("\nFROM ") :]
    assert "\nUSER 10001:10001\n" in last
    assert "\nHEALTHCHECK " in last
    images = re.findall(r"^(?:FROM|ARG NEVUS_IMAGE=) ?([\w./-]+:\S+)", text, re.MULTILINE)
    assert len(images) >= 2
    assert all(re.search(r":\d+\.\d+\.\d+", image) for image in images)


def test_the_secrets_script_writes_what_compose_reads():
    script = (ROOT / "deploy" / "make-secrets").read_text(encoding="utf-8")
    written = set(re.findall(r"^ *keep (\w+) ", script, re.MULTILINE))
    assert written == set(read(ROOT / "deploy" / "compose.yaml")["secrets"])


def make_secrets(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    script = folder / "make-secrets"
    if not script.exists():
        shutil.copy(ROOT / "deploy" / "make-secrets", script)
    return subprocess.run(["/bin/sh", script, *arguments], capture_output=True, text=True, check=False)


def test_a_new_token_replaces_the_old_one_and_passwords_stay(tmp_path):
    assert "telegram_token: written" in make_secrets(tmp_path, "123:old").stdout
    password = (tmp_path / "secrets" / "postgres_password").read_text()
    replaced = make_secrets(tmp_path, "123:new").stdout
    assert "telegram_token: replaced" in replaced
    assert "postgres_password: kept" in replaced
    assert (tmp_path / "secrets" / "telegram_token").read_text() == "123:new"
    assert (tmp_path / "secrets" / "postgres_password").read_text() == password
    assert "telegram_token: kept" in make_secrets(tmp_path, "123:new").stdout
    assert "telegram_token: kept" in make_secrets(tmp_path).stdout
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("arguments", [(), ("",), ("no token",), ("123:",), ("123:a", "b")])
def test_what_is_not_a_token_is_refused(tmp_path, arguments):
    ended = make_secrets(tmp_path, *arguments)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "token" in ended.stderr.lower()
    assert not (tmp_path / "secrets" / "telegram_token").exists()
