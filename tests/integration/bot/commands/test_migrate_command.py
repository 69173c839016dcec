"""`nevus migrate`: the step before several processes start."""

import pytest

from bot.cli import main
from storage.schema import current_revision, head_revision


@pytest.fixture(autouse=True)
def environment(empty_database_url, tmp_path, monkeypatch):
    monkeypatch.setenv("NEVUS_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("NEVUS_DATABASE_URL", empty_database_url)


def test_tables_and_key_are_made_once_and_a_second_time_changes_nothing(empty_database_url, tmp_path, capsys):
    assert main(["migrate"]) == 0
    key = (tmp_path / "data" / "nevus.key").read_bytes()
    assert main(["migrate"]) == 0
    assert current_revision(empty_database_url) == head_revision()
    assert (tmp_path / "data" / "nevus.key").read_bytes() == key
    assert head_revision() in capsys.readouterr().out


def test_an_address_that_is_none_is_refused_with_a_sentence(monkeypatch, capsys):
    monkeypatch.setenv("NEVUS_DATABASE_URL", "mysql://somewhere/else")
    assert main(["migrate"]) == 2
    assert capsys.readouterr().err.startswith("nevus: ")
