"""`nevus triage` from the command line: what it prints, in which order, and how it exits."""

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.cli import main
from tests.support.drawn import blur, draw_lesion, draw_object, draw_spots, jpeg_bytes
from tests.support.tiny_release import write_tiny_release

ROOT = Path(__file__).parents[4]
KEYS = {
    "photo",
    "level",
    "probability",
    "malignant_probability",
    "lesion_count",
    "lesions",
    "pair",
    "opinions",
    "domain",
    "reasons",
    "quality",
    "model_version",
    "elapsed_ms",
}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    place = tmp_path_factory.mktemp("photos")
    write_tiny_release(place / "models")
    lesion = draw_lesion(1)
    (place / "lesion.jpg").write_bytes(jpeg_bytes(lesion))
    (place / "mélanome 2.jpg").write_bytes(jpeg_bytes(draw_lesion(2, kind="melanoma")))
    (place / "mug.jpg").write_bytes(jpeg_bytes(draw_object(1)))
    (place / "blurred.jpg").write_bytes(jpeg_bytes(blur(lesion, radius_px=30)))
    (place / "broken.jpg").write_bytes(jpeg_bytes(lesion)[:900])
    (place / "notes.jpg").write_text("no photo")
    return place


@pytest.fixture(autouse=True)
def _environment(place, monkeypatch):
    monkeypatch.setenv("NEVUS_MODELS_DIR", str(place / "models"))
    monkeypatch.chdir(place)


def triage_with(*arguments):
    return main(["triage", *arguments])


@pytest.fixture
def triage_json(capsys):
    def call(*arguments):
        code = triage_with("--json", *arguments)
        return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return call


def test_each_photo_is_one_line_with_exactly_the_agreed_fields(triage_json):
    code, lines = triage_json("lesion.jpg", "mélanome 2.jpg")
    assert code == 0
    assert [line["photo"] for line in lines] == ["lesion.jpg", "mélanome 2.jpg"]
    for line in lines:
        assert set(line) == KEYS
        assert line["level"] in {"low", "moderate", "high"}
        assert 0 <= line["probability"] <= 1
        assert set(line["opinions"]) == {"cnn", "vit"}
        assert line["domain"] == "dermoscopic"
        assert line["quality"]["faults"] == []
        assert line["model_version"] == "tiny-1"


def test_a_gated_photo_counts_as_read_and_its_scores_are_null(triage_json):
    code, (mug, blurred) = triage_json("mug.jpg", "blurred.jpg")
    assert code == 0
    for line in (mug, blurred):
        assert (line["level"], line["probability"]) == ("not_assessable", None)
        assert line["opinions"] == {"cnn": None, "vit": None}
    assert (mug["domain"], mug["reasons"]) == ("other", ["no_lesion"])
    assert (blurred["domain"], blurred["reasons"]) == ("dermoscopic", ["quality"])
    assert blurred["quality"]["faults"] == ["blurred"]


def test_without_gate_the_scores_are_there_and_the_level_stays(triage_json):
    code, (mug,) = triage_json("--no-gate", "mug.jpg")
    assert (code, mug["level"]) == (0, "not_assessable")
    assert None not in (mug["probability"], *mug["opinions"].values())


def test_unreadable_photos_say_why_in_their_place_and_the_rest_go_on(triage_json):
    names = ["missing.jpg", "lesion.jpg", "broken.jpg", "notes.jpg", ".", "mug.jpg"]
    code, lines = triage_json(*names)
    assert code == 1
    assert [line["photo"] for line in lines] == names
    codes = [line.get("error", {}).get("code") for line in lines]
    assert codes == ["not_found", None, "damaged", "unsupported_format", "not_a_file", None]
    assert all(line["error"]["message"] for line in lines if "error" in line)


def test_a_folder_is_no_photo_and_says_what_to_name(triage_json):
    _, (line,) = triage_json(".")
    assert "name its photos" in line["error"]["message"]


@pytest.mark.timeout(60)
def test_a_named_pipe_is_refused_and_not_waited_for(triage_json, place):
    os.mkfifo(place / "pipe.jpg")
    code, lines = triage_json("pipe.jpg", "lesion.jpg")
    (place / "pipe.jpg").unlink()
    assert code == 1
    assert lines[0]["error"] == {"code": "cannot_open", "message": "not a regular file: name a photo file"}
    assert "level" in lines[1]


@pytest.mark.parametrize("as_json", [True, False])
def test_a_terminal_that_knows_ascii_only_shows_question_marks(place, as_json):
    environment = os.environ | {"LANG": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    command = [sys.executable, "-m", "bot", "triage", "mélanome 2.jpg", *(["--json"] if as_json else [])]
    done = subprocess.run(
        command, cwd=place, env=environment | {"PYTHONPATH": str(ROOT)}, capture_output=True, check=False
    )
    assert (done.returncode, b"Traceback" in done.stderr) == (0, False), done.stderr.decode()
    assert (b"m\\u00e9lanome" if as_json else b"m?lanome 2.jpg") in done.stdout


def test_a_list_is_read_after_the_photos_named(triage_json, place):
    (place / "list.txt").write_text("lesion.jpg\r\n\nmélanome 2.jpg\n", encoding="utf-8")
    code, lines = triage_json("mug.jpg", "--from", "list.txt")
    assert code == 0
    assert [line["photo"] for line in lines] == ["mug.jpg", "lesion.jpg", "mélanome 2.jpg"]


def test_a_list_may_come_by_standard_input(triage_json, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("lesion.jpg\n"))
    code, lines = triage_json("--from", "-")
    assert (code, len(lines)) == (0, 1)


def test_a_long_list_keeps_its_order_and_tells_progress_on_standard_error(capsys, place):
    names = ["lesion.jpg", "mug.jpg", "notes.jpg"] * 20
    (place / "long.txt").write_text("\n".join(names))
    assert triage_with("--json", "--from", "long.txt") == 1
    out, err = capsys.readouterr()
    assert [json.loads(line)["photo"] for line in out.splitlines()] == names
    assert "60/60 photos" in err


def test_a_short_list_says_nothing_on_standard_error(capsys):
    assert triage_with("lesion.jpg") == 0
    assert capsys.readouterr().err == ""


def test_for_people_each_photo_is_a_line_with_level_and_scores(capsys):
    assert triage_with("lesion.jpg", "mug.jpg", "notes.jpg") == 1
    heading, *lines = capsys.readouterr().out.splitlines()
    assert heading.split() == ["level", "pair", "cnn", "vit", "photo"]
    assert "lesion.jpg  (dermoscopic: " in lines[0]
    assert lines[1].startswith("not assessable")
    assert "no_lesion" in lines[1]
    assert lines[2].startswith("not read")


def test_a_card_of_a_photo_with_a_very_long_name_is_written(place, tmp_path, capsys):
    long = "é" * 120 + ".jpg"
    (place / long).write_bytes((place / "lesion.jpg").read_bytes())
    assert triage_with(long, "--card", str(tmp_path / "cards")) == 0
    (card,) = (tmp_path / "cards").iterdir()
    assert card.name.startswith("0001-éé")


@pytest.mark.parametrize("folder", [".", "cards/.."])
def test_no_card_replaces_a_photo_that_is_read(place, capsys, folder):
    photo, data = place / "0001-mug.jpg", (place / "lesion.jpg").read_bytes()
    photo.write_bytes(data)
    (place / "cards").mkdir(exist_ok=True)
    assert triage_with("mug.jpg", "0001-mug.jpg", "--card", folder) == 2
    assert "the card of mug.jpg would replace the photo 0001-mug.jpg" in capsys.readouterr().err
    assert photo.read_bytes() == data
    photo.unlink()


def test_a_card_that_cannot_be_written_ends_with_a_sentence(place, tmp_path, capsys):
    (tmp_path / "0001-lesion.jpg").mkdir()
    assert triage_with("lesion.jpg", "--card", str(tmp_path)) == 2
    assert "cards cannot be written" in capsys.readouterr().err


def test_cards_are_written_for_the_photos_that_were_read(place, tmp_path, capsys):
    assert triage_with("lesion.jpg", "notes.jpg", "mug.jpg", "--card", str(tmp_path / "cards")) == 1
    cards = sorted((tmp_path / "cards").iterdir())
    assert [card.name for card in cards] == ["0001-lesion.jpg", "0003-mug.jpg"]
    assert all(card.read_bytes().startswith(b"\xff\xd8\xff") for card in cards)
    assert all(card.stat().st_mode & 0o077 == 0 for card in cards)


def test_the_help_says_what_a_score_is(capsys):
    with pytest.raises(SystemExit):
        triage_with("--help")
    assert "Scores are probabilities at 50 % prevalence" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "name at least one photo"),
        (["--from", "nolist.txt"], "nolist.txt cannot be read"),
        (["lesion.jpg", "--card", "lesion.jpg"], "written to lesion.jpg"),
    ],
)
def test_bad_usage_is_code_2_and_one_sentence(arguments, says, capsys):
    assert triage_with(*arguments) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert says in err


def test_an_unknown_option_shows_the_commands_own_usage(capsys):
    with pytest.raises(SystemExit, match="2"):
        triage_with("lesion.jpg", "--wrong")
    err = capsys.readouterr().err
    assert err.startswith("usage: nevus triage")
    assert "--wrong" in err


def test_models_that_cannot_be_used_are_code_2_and_named(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("NEVUS_MODELS_DIR", str(tmp_path))
    assert triage_with("lesion.jpg") == 2
    assert "pair.json is missing" in capsys.readouterr().err


PROGRAM = "import sys; from bot.cli import main; sys.exit(main())"


def start(place, *arguments):
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", PROGRAM, "triage", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=place,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def test_ctrl_c_ends_quietly_with_the_shells_code(place):
    (place / "endless.txt").write_text("lesion.jpg\n" * 3000)
    with start(place, "--json", "--from", "endless.txt") as process:
        first = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert json.loads(first)["photo"] == "lesion.jpg"
    assert process.returncode == 130
    assert "Traceback" not in errors


def test_a_reader_that_leaves_ends_it_quietly(place):
    (place / "endless.txt").write_text("lesion.jpg\n" * 3000)
    with start(place, "--json", "--from", "endless.txt") as process:
        process.stdout.readline()
        process.stdout.close()
        process.stdout = None
        process.wait(timeout=60)
        errors = process.stderr.read()
    assert process.returncode == 141
    assert "Traceback" not in errors
    assert "Exception ignored" not in errors


@pytest.fixture
def finding(place, tmp_path, monkeypatch):
    """A release with a finder, and drawn skin with dark spots."""
    write_tiny_release(tmp_path, finder=True)
    monkeypatch.setenv("NEVUS_MODELS_DIR", str(tmp_path))


def save_skin(place, name, *spots):
    (place / name).write_bytes(jpeg_bytes(draw_spots(*spots), quality=95))


@pytest.mark.usefixtures("finding")
def test_lesions_stand_with_box_size_and_which_is_chosen(place, triage_json):
    save_skin(place, "two.jpg", (150, 150, 60, 40), (430, 320, 60, 100))
    code, (line,) = triage_json("two.jpg")
    assert code == 0
    assert (line["lesion_count"], [each["chosen"] for each in line["lesions"]]) == (2, [True, False])
    chosen, other = line["lesions"]
    assert chosen["box"] == pytest.approx([370, 260, 490, 380], abs=10)
    assert chosen["size_px"] == pytest.approx(120, abs=10)
    assert line["probability"] == chosen["probability"] < other["probability"]
    assert line["malignant_probability"] == chosen["malignant_probability"]
    assert line["level"] == "high", "of the other one"
    assert "several_lesions" in line["reasons"]


@pytest.mark.usefixtures("finding")
def test_without_gate_every_photo_has_scores_and_the_level_stays(place, triage_json):
    save_skin(place, "plain.jpg")
    save_skin(place, "tiny.jpg", (400, 300, 17, 60))
    for name, reason in (("plain.jpg", "quality"), ("tiny.jpg", "few_pixels")):
        _, (gated,) = triage_json(name)
        _, (asked,) = triage_json("--no-gate", name)
        assert (gated["level"], gated["probability"]) == ("not_assessable", None)
        assert reason in gated["reasons"]
        assert (asked["level"], asked["reasons"]) == (gated["level"], gated["reasons"])
        assert asked["probability"] is not None
        assert asked["malignant_probability"] is not None
        assert set(asked["opinions"].values()) - {None}


def test_a_pair_without_finder_names_no_lesions(triage_json):
    _, (line,) = triage_json("lesion.jpg")
    assert (line["lesion_count"], line["lesions"]) == (None, [])
    assert 0 <= line["malignant_probability"] <= 1


FUSION = {
    "weights": {"dermoscopic": 1, "clinical": 1},
    "scale": 1.0,
    "bias": 4.0,
    "thresholds": {"moderate": 0.5, "high": 0.6},
}


@pytest.fixture
def fusing(place, tmp_path, monkeypatch):
    """A pair that reads two photos together, and a photo of each kind with a score of about 0.5."""
    write_tiny_release(tmp_path, fusion=FUSION)
    monkeypatch.setenv("NEVUS_MODELS_DIR", str(tmp_path))
    for name, skin in (("close.jpg", (190, 235, 170)), ("dermoscopic.jpg", (235, 185, 175))):
        photo = draw_spots((150, 150, 60, 95), size=(300, 300), skin=skin)
        (place / name).write_bytes(jpeg_bytes(photo, quality=95))


@pytest.mark.usefixtures("fusing")
def test_a_pair_is_read_together_and_each_photo_keeps_its_own_score(triage_json):
    code, lines = triage_json("--pair", "close.jpg", "dermoscopic.jpg")
    assert code == 0
    assert [line["domain"] for line in lines] == ["clinical", "dermoscopic"]
    pair = lines[0]["pair"]
    assert pair == lines[1]["pair"]
    assert pair["photos"] == ["close.jpg", "dermoscopic.jpg"]
    assert pair["level"] == "high"
    assert pair["probability"] > 0.9 > max(line["probability"] for line in lines)
    assert [line["level"] for line in lines] == ["moderate", "moderate"]
    _, (alone,) = triage_json("close.jpg")
    assert alone["pair"] is None
    assert alone["probability"] == lines[0]["probability"]


@pytest.mark.usefixtures("fusing")
def test_a_pair_of_one_kind_has_no_score_together(triage_json):
    _, lines = triage_json("--pair", "close.jpg", "close.jpg")
    assert lines[0]["pair"]["probability"] is None
    assert lines[0]["pair"]["level"] == "moderate"


@pytest.mark.usefixtures("fusing")
def test_a_pair_is_a_third_line_for_people(capsys):
    assert triage_with("--pair", "close.jpg", "dermoscopic.jpg") == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4, "a heading, each photo, both together"
    assert lines[-1].startswith("HIGH")
    assert lines[-1].endswith("both together")


@pytest.mark.usefixtures("fusing")
def test_a_pair_with_an_unreadable_photo_is_told_as_it_is(triage_json):
    code, lines = triage_json("--pair", "close.jpg", "missing.jpg")
    assert code == 1
    assert lines[0]["pair"] is None
    assert lines[1]["error"]["code"] == "not_found"


def test_a_pair_takes_no_other_photos(capsys):
    assert triage_with("--pair", "lesion.jpg", "mug.jpg", "--json", "lesion.jpg") == 2
    assert "--pair takes its two photos alone" in capsys.readouterr().err
