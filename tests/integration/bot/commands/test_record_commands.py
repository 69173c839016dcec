"""`nevus stats`, `nevus export` and `nevus audit`: figures, rows without names, and any change found."""

import asyncio
import csv
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bot.cli import main
from bot.clinic.sealed_forms import seal_comment
from storage.clinic.claims import claim_referral
from storage.clinic.referrals import NewReferral, add_referral
from storage.clinic.tables import ClinicRow
from storage.clinic.verdicts import NewVerdict, add_verdict
from storage.database.keys import Keyring
from storage.database.sessions import Database, WriteSession
from storage.record import people
from storage.record.cases import add_case
from tests.support.builders import RULES
from tests.support.drawn import draw_lesion, draw_spots, jpeg_bytes
from tests.support.records import NOON, at, new_case, new_photo
from tests.support.tiny_release import write_tiny_release

pytestmark = pytest.mark.backends("sqlite")  # the queries are tested on both databases elsewhere

LESION = jpeg_bytes(draw_lesion(2, kind="melanoma", size_px=300))
COMMENT = "=Mrs Smith, soon"
Write = Callable[[Callable[[WriteSession], Awaitable[Any]]], None]


@pytest.fixture
def write(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes to the database that the commands open."""
    monkeypatch.setenv("NEVUS_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("NEVUS_DATABASE_URL", database_url)

    def do(work: Callable[[WriteSession], Awaitable[Any]]) -> None:
        async def go() -> None:
            database = Database(database_url)
            async with database.write() as session:
                await work(session)
            await database.close()

        asyncio.run(go())

    return do


@pytest.fixture
def record(write: Write, tmp_path: Path) -> None:
    """Two cases; one was sent to a clinic and answered with a comment."""
    keyring = Keyring.open(tmp_path / "nevus.key")

    async def fill(session: WriteSession) -> None:
        await add_case(session, new_case("one", number="N-222222", level="high"), now=NOON)
        await add_case(session, new_case("two", number="N-333333", level="low"), now=at(1))
        clinic = ClinicRow(
            title=b"title", chat=b"chat", chat_ref=b"r" * 32, kind="group", language="en", created_at=NOON
        )
        session.add(clinic)
        await session.flush()
        asked = NewReferral(
            token="t" * 16,
            case_number="N-222222",
            subject="7K3M-92QF",
            clinic_id=clinic.id,
            level="high",
            language="en",
            due_at=at(900),
            reply_chat=b"sealed",
            details=b"sealed",
        )
        await add_referral(session, asked, now=NOON)
        await claim_referral(session, asked.token, claimer_ref=b"d" * 32, claimer=b"sealed", now=at(30))
        for kind, minutes in (("routine", 90), ("urgent", 100)):
            sealed = seal_comment(keyring, COMMENT)
            verdict = NewVerdict(kind=kind, comment=sealed, words=COMMENT)
            await add_verdict(session, asked.token, verdict, claimer_ref=b"d" * 32, now=at(minutes))

    write(fill)


@pytest.mark.usefixtures("record")
def test_figures_count_the_last_verdict(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["stats", "--json", "--chart", str(tmp_path / "chart.png")]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["cases"] == {"high": 1, "low": 1}
    assert shown["agreement"] == {"same": 1, "more_urgent": 0, "less_urgent": 0}
    assert (shown["to_claim_s"], shown["to_answer_s"]) == ([1800.0], [5400.0])
    assert (tmp_path / "chart.png").read_bytes().startswith(b"\x89PNG")
    assert main(["stats"]) == 0
    assert "2 cases of 1 sender" in capsys.readouterr().out


@pytest.mark.usefixtures("record")
def test_a_chart_that_cannot_be_written_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["stats", "--chart", str(tmp_path / "nowhere" / "chart.png")]) == 2
    assert capsys.readouterr() == ("", "nevus stats: the chart cannot be written there.\n")


@pytest.mark.parametrize(
    "command", ["stats", "inbox", "drift", "export rows.csv", "audit verify", "keys rotate"]
)
def test_a_database_that_is_not_there_is_not_called_old(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NEVUS_DATA_DIR", str(tmp_path / "new"))
    monkeypatch.delenv("NEVUS_DATABASE_URL", raising=False)
    assert main(command.split()) == 2
    assert capsys.readouterr().err == (
        f"nevus: There is no database in {tmp_path / 'new'}: is NEVUS_DATA_DIR right? `nevus run` or "
        "`nevus migrate` makes it.\n"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("record")
def test_an_export_holds_no_free_text_unless_asked_for(tmp_path: Path) -> None:
    rows, comments = tmp_path / "rows.csv", tmp_path / "comments.csv"
    assert main(["export", str(rows)]) == 0
    assert "Smith" not in rows.read_text()
    first, second = csv.DictReader(rows.read_text().splitlines())
    assert (first["case"], first["verdict"], first["corrections"]) == ("N-222222", "urgent", "1")
    assert (second["cnn"], second["vit"], second["verdict"]) == ("0.38", "0.44", "")
    assert rows.stat().st_mode & 0o077 == 0
    assert main(["export", str(rows), "--comments", str(comments)]) == 0
    assert "'=Mrs Smith, soon" in comments.read_text()


@pytest.mark.usefixtures("record")
def test_a_parquet_file_says_the_same_with_types(tmp_path: Path) -> None:
    from pyarrow import parquet

    rows, table, named = tmp_path / "rows.csv", tmp_path / "rows.parquet", tmp_path / "rows.data"
    table.write_text("an older export, open to all")
    table.chmod(0o644)
    assert main(["export", str(rows)]) == 0
    assert main(["export", str(table)]) == 0
    assert main(["export", str(named), "--format", "parquet"]) == 0
    read = parquet.read_table(table)
    assert read == parquet.read_table(named)
    assert table.stat().st_mode & 0o077 == 0
    written = list(csv.DictReader(rows.read_text().splitlines()))
    assert read.column_names == list(written[0])
    types = {field.name: str(field.type) for field in read.schema}
    assert (types["created_at"], types["cnn"], types["corrections"]) == (
        "timestamp[us, tz=UTC]",
        "double",
        "int32",
    )
    for row, line in zip(read.to_pylist(), written, strict=True):
        for name in ("case", "subject", "level", "reasons", "verdict"):
            assert (row[name] or "") == line[name]
        assert row["created_at"].isoformat(timespec="seconds") == line["created_at"]
        assert str(row["vit"]) == line["vit"]
    assert "Smith" not in str(read.to_pylist())


@pytest.mark.usefixtures("write")
def test_a_parquet_file_of_nothing_has_the_same_columns(tmp_path: Path) -> None:
    from pyarrow import parquet

    assert main(["export", str(tmp_path / "rows.parquet")]) == 0
    read = parquet.read_table(tmp_path / "rows.parquet")
    assert (read.num_rows, str(read.schema.field("answered_at").type)) == (0, "timestamp[us, tz=UTC]")


def test_without_pyarrow_it_says_what_to_install(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)  # as Python says of what is not installed
    assert main(["export", str(tmp_path / "rows.parquet")]) == 2
    assert "pip install '.[parquet]' in the checkout" in capsys.readouterr().err
    assert not (tmp_path / "rows.parquet").exists()


def test_an_export_to_an_unknown_kind_of_file_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "rows.xlsx"]) == 2
    assert ".csv" in capsys.readouterr().err


@pytest.mark.usefixtures("record")
def test_an_export_replaces_no_link_and_none_of_its_own_files(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    link, file = tmp_path / "link", tmp_path / "rows.csv"
    link.symlink_to("/dev/null")
    assert main(["export", str(link), "--format", "csv"]) == 2
    assert "name another one" in capsys.readouterr().err
    assert link.is_symlink()
    assert main(["export", str(file), "--comments", str(file)]) == 2
    assert "name two files" in capsys.readouterr().err
    assert not file.exists()


async def read_photo(models: Path, data: bytes) -> tuple[Any, dict[str, str]]:
    """The findings, and the versions that they depend on."""
    from bot.cases.view import version_names
    from inference.local_engine import LocalEngine

    engine = LocalEngine(models)
    await engine.start()
    reading = await engine.read(data)
    await engine.stop()
    return reading.findings, version_names(engine.versions)


@pytest.mark.parametrize("picked", [0, 1])
def test_a_picked_lesion_gives_the_same_scores_again(
    write: Write,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    picked: int,
) -> None:
    from bot.cases.view import SeenPhoto, stored_photo
    from inference.findings import choose_lesion
    from inference.readings import RiskLevel

    write_tiny_release(tmp_path / "models", finder=True)
    monkeypatch.setenv("NEVUS_MODELS_DIR", str(tmp_path / "models"))
    data = jpeg_bytes(draw_spots((150, 150, 60, 40), (430, 320, 60, 100)), quality=95)
    photo = tmp_path / "mole.jpg"
    photo.write_bytes(data)
    findings, versions = asyncio.run(read_photo(tmp_path / "models", data))
    assert len(findings.lesions) == 2
    print_hash = Keyring.open(tmp_path / "nevus.key").photo_hash(data)
    chosen = choose_lesion(findings, picked, is_picked=True)
    seen = SeenPhoto(place=1, photo_hash=print_hash, findings=chosen)
    stored = stored_photo(seen, RiskLevel.HIGH, RULES)

    async def fill(session: WriteSession) -> None:
        case = new_case("one", number="N-222222", photos=(stored,), versions=versions)
        await add_case(session, case, now=NOON)

    write(fill)
    assert main(["audit", "replay", "N-222222", str(photo)]) == 0
    assert "bit for bit" in capsys.readouterr().out


@pytest.mark.usefixtures("record")
def test_a_trail_holds_also_after_someone_was_forgotten(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    async def come(session: WriteSession) -> None:
        await people.record_consent(session, b"u" * 32, version="1", now=NOON)

    async def go(session: WriteSession) -> None:
        await people.forget_person(session, b"u" * 32)

    write(come)
    write(go)
    assert main(["audit", "verify"]) == 0
    told = capsys.readouterr().out
    assert "2 cases as noted" in told
    head = told.split()[-1]
    assert main(["audit", "verify", "--head", head]) == 0
    assert main(["audit", "verify", "--head", head.upper()]) == 0
    assert main(["audit", "verify", "--head", "0" * 63 + "1"]) == 1


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE opinions SET probability = 0.01 WHERE id = 1",
        "UPDATE photos SET photo_hash = 'x' WHERE id = 2",
        "UPDATE cases SET model_level = 'low' WHERE id = 1",
        "UPDATE cases SET level = 'moderate' WHERE id = 1",
        "UPDATE verdicts SET kind = 'benign' WHERE id = 2",
        "DELETE FROM cases WHERE id = 2",
        "DELETE FROM opinions WHERE id = 3",
        "DELETE FROM audit WHERE id = 2",
        "UPDATE audit SET payload = replace(payload, 'moderate', 'low') WHERE id = 2",
    ],
)
@pytest.mark.usefixtures("record")
def test_any_change_of_record_or_trail_is_found(
    write: Write, capsys: pytest.CaptureFixture[str], change: str
) -> None:
    async def tamper(session: WriteSession) -> None:
        await session.execute(text(change))

    write(tamper)
    assert main(["audit", "verify"]) == 1
    assert capsys.readouterr().out.startswith("BROKEN")


def test_a_photo_gives_the_same_scores_again(
    write: Write, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bit for bit with the same networks; another file is told apart by its fingerprint."""
    write_tiny_release(tmp_path / "models")
    monkeypatch.setenv("NEVUS_MODELS_DIR", str(tmp_path / "models"))
    photo, other = tmp_path / "mole.jpg", tmp_path / "other.jpg"
    photo.write_bytes(LESION)
    other.write_bytes(jpeg_bytes(draw_lesion(3, kind="melanoma", size_px=300)))

    from bot.cases.view import SeenPhoto, stored_photo
    from inference.readings import RiskLevel

    findings, versions = asyncio.run(read_photo(tmp_path / "models", LESION))
    print_hash = Keyring.open(tmp_path / "nevus.key").photo_hash(LESION)
    seen = SeenPhoto(place=1, photo_hash=print_hash, findings=findings)
    stored = stored_photo(seen, RiskLevel.HIGH, RULES)

    async def fill(session: WriteSession) -> None:
        same = new_case("one", number="N-222222", photos=(stored,), versions=versions)
        await add_case(session, same, now=NOON)
        forged = new_case(
            "two", number="N-333333", photos=(new_photo(photo_hash=print_hash),), versions=versions
        )
        await add_case(session, forged, now=NOON)

    write(fill)
    assert main(["audit", "replay", "N-222222", str(photo)]) == 0
    assert "bit for bit" in capsys.readouterr().out
    assert main(["audit", "replay", "N-222222", str(other)]) == 1
    assert "fingerprint" in capsys.readouterr().out
    assert main(["audit", "replay", "N-333333", str(photo)]) == 1
    assert main(["audit", "replay", "N-999999", str(photo)]) == 2
    assert main(["keys", "rotate"]) == 0
    capsys.readouterr()
    assert main(["audit", "replay", "N-222222", str(photo)]) == 0
    assert "bit for bit" in capsys.readouterr().out
