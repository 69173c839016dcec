"""`nevus evaluate` on a folder of drawn lesions with the tiny release: tables, JSON, page, refusals."""

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.cli import REFUSED, main
from bot.commands import evaluate
from inference.evaluation.counterfactuals import MARKS
from inference.evaluation.model_card import render_model_card
from tests.support.drawn import draw_lesion, draw_object, draw_skin, jpeg_bytes
from tests.support.tiny_release import write_tiny_release

ROOT = Path(__file__).parents[4]
PHOTOS = 6  # of each class
SIZE = 160

# The first test draws the photos and runs everything, which takes its time on a busy machine.
pytestmark = pytest.mark.timeout(400)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    place = tmp_path_factory.mktemp("evaluate")
    write_tiny_release(place / "models")
    lines = ["file,label,source,group,split"]
    for at in range(PHOTOS):
        for kind, label in (("naevus", "benign"), ("melanoma", "melanoma")):
            name = f"secret-{label}-{at}.jpg"
            (place / name).write_bytes(jpeg_bytes(draw_lesion(at, size_px=SIZE, kind=kind)))
            source, split = ("ward", "validation") if at % 2 else ("clinic", "held_out")
            lines.append(f"{name},{label},{source},g{at},{split}")
    (place / "mug.jpg").write_bytes(jpeg_bytes(draw_object(1, size_px=SIZE)))
    (place / "skin.jpg").write_bytes(jpeg_bytes(draw_skin(1, size_px=SIZE)))
    lines += ["mug.jpg,no_lesion,things,,", "skin.jpg,no_lesion,things,,"]
    (place / "labels.csv").write_text("\n".join(lines) + "\n")
    return place


@pytest.fixture(autouse=True)
def _environment(place, monkeypatch):
    monkeypatch.setenv("NEVUS_MODELS_DIR", str(place / "models"))


def evaluate_with(*arguments):
    return main(["evaluate", *map(str, arguments)])


@pytest.fixture(scope="module")
def written(place):
    """The files that one whole run writes."""
    out = place / "out" / "deep"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NEVUS_MODELS_DIR", str(place / "models"))
        code = evaluate_with(
            place / "labels.csv", "--json", out / "e.json", "--html", out / "e.html", "--threads", "2"
        )
    assert code == 0
    return json.loads((out / "e.json").read_text()), (out / "e.html").read_text()


def test_each_source_and_all_together_are_described_for_each_score(written):
    report, _ = written
    assert set(report["sources"]) == {"clinic", "ward", "things"}
    for part in (report["sources"]["ward"], report["sources"]["clinic"], report["overall"]):
        assert set(part["scores"]) == {"cnn", "vit", "pair"}
        for figures in part["scores"].values():
            assert {"auc", "ece", "brier", "specificity_at_95_sensitivity", "cuts", "roc"} <= set(figures)
            assert set(figures["cuts"]["high"]["predictive_values"]) == {"0.03", "0.05", "0.08"}
    assert report["sources"]["things"]["scores"] == {}


def test_every_photo_has_one_level_and_refusals_are_counted_by_class(written):
    report, _ = written
    for label, levels in report["overall"]["levels"].items():
        assert sum(level["value"] for level in levels.values()) == pytest.approx(1, abs=1e-3), label
    assert report["sources"]["things"]["refusals"]["no_lesion"]["no_lesion"]["value"] >= 0.5
    assert report["overall"]["refusals"]["melanoma"]["any"]["n"] == PHOTOS


def test_every_mark_is_measured_on_both_classes(written):
    report, _ = written
    assert set(report["counterfactuals"]) == set(MARKS)
    for moved in report["counterfactuals"].values():
        for move in moved.values():
            assert move["n"] == PHOTOS
            assert (
                move["half"]["low"] < move["half"]["points"] < move["half"]["high"] or move["half"]["points"]
            )


def test_the_json_names_no_file(written, place):
    report, _ = written
    text = json.dumps(report)
    assert "secret" not in text
    assert str(place) not in text


def test_the_page_needs_nothing_from_elsewhere(written):
    _, page = written
    addresses = re.findall(r'(?:src|href)="([^"]{0,30})|url\(([^)]*)|@import', page)
    assert all(source.startswith("data:image/jpeg;base64,") for source, _ in addresses)
    assert "<script" not in page
    for words in (
        "In plain words",
        "Refused by a gate",
        "prefers-color-scheme: dark",
        "@media print",
        "<svg",
    ):
        assert words in page


def test_a_model_card_can_be_written_of_any_report(written):
    report, _ = written
    card = render_model_card(report)
    assert card.startswith("# Model card of pair tiny-1")
    assert "| aim | n | measured, with 95 % interval | reached |" in card
    widths = {len(rows) for rows in map(_column_counts, card.split("\n\n")) if rows}
    assert widths == {1}


def _column_counts(block):
    return {line.count("|") for line in block.splitlines() if line.startswith("|")}


def test_the_same_run_gives_the_same_json(place, tmp_path):
    arguments = (place / "labels.csv", "--limit", 2, "--no-counterfactuals")
    for name in ("a.json", "b.json"):
        assert evaluate_with(*arguments, "--json", tmp_path / name) == 0
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    assert json.loads((tmp_path / "a.json").read_text())["counterfactuals"] is None


def test_filters_choose_splits_and_sources(place, tmp_path):
    arguments = ("--split", "held_out", "--source", "clinic", "--no-counterfactuals")
    assert evaluate_with(place / "labels.csv", *arguments, "--json", tmp_path / "e.json") == 0
    report = json.loads((tmp_path / "e.json").read_text())
    assert list(report["sources"]) == ["clinic"]
    assert report["overall"]["splits"] == {"held_out": PHOTOS}


def test_what_cannot_be_read_is_counted_and_listed_and_the_rest_goes_on(place, tmp_path, capsys):
    table = tmp_path / "labels.csv"
    (place / "notes.txt").write_text("no photo")
    table.write_text("file,label\nsecret-benign-0.jpg,benign\ngone.jpg,melanoma\nnotes.txt,benign\n")
    code = evaluate_with(table, "--root", place, "--json", tmp_path / "e.json")
    assert code == evaluate.SOME_UNREAD
    counts = json.loads((tmp_path / "e.json").read_text())["photos"]
    assert counts == {"listed": 3, "read": 1, "missing": 1, "unread": {"unsupported_format": 1}}
    told = capsys.readouterr().err
    assert "2 photos were not read" in told
    assert "gone.jpg (missing)" in told


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("file,label\na.jpg,nice\n", "unknown labels 'nice' (1) in line 2"),
        ("file,label\na.jpg,benign\n", "--root must name the folder"),
        ("a,b\n1,2\n", "no column file"),
    ],
)
def test_a_bad_table_ends_with_one_sentence(tmp_path, capsys, table, said):
    (tmp_path / "labels.csv").write_text(table)
    assert evaluate_with(tmp_path / "labels.csv") == REFUSED
    told = capsys.readouterr().err
    assert said in told
    assert "Traceback" not in told


def test_the_command_loads_neither_torch_nor_matplotlib(place):
    program = (
        "import sys; from bot.cli import main; "
        f"code = main(['evaluate', {str(place / 'labels.csv')!r}, '--limit', '1', '--no-counterfactuals']); "
        "assert not {'torch', 'matplotlib', 'sklearn', 'telegram'} & set(sys.modules); sys.exit(code)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT, capture_output=True)


@pytest.mark.parametrize(
    ("outputs", "said"),
    [
        (("--json", "labels.csv"), "must be different files"),
        (("--json", "x", "--html", "models/../x"), "must be different files"),
        (("--html", "mug.jpg"), "is one of the photos"),
        (("--json", "var/nevus.sqlite"), "part of the bot's data"),
        (("--json", "models"), "is not a regular file"),
        (("--html", "mug.jpg/x.html"), "the report cannot be written"),
    ],
)
def test_an_output_that_cannot_be_is_refused_before_the_run(place, monkeypatch, capsys, outputs, said):
    monkeypatch.chdir(place)
    monkeypatch.setattr("inference.evaluation.run.evaluate", lambda *_, **__: pytest.fail("it ran"))
    before = {name: (place / name).read_bytes() for name in ("labels.csv", "mug.jpg")}
    assert evaluate_with("labels.csv", *outputs) == REFUSED
    assert said in capsys.readouterr().err
    assert {name: (place / name).read_bytes() for name in before} == before


def test_the_files_are_private_and_written_also_if_nobody_reads_the_summary(place, tmp_path, monkeypatch):
    def leave(_report):
        raise BrokenPipeError

    monkeypatch.setattr("inference.evaluation.report_text.format_summary", leave)
    files = [tmp_path / "e.json", tmp_path / "e.html"]
    arguments = parse(place / "labels.csv", "--limit", "1", "--json", files[0], "--html", files[1])
    with pytest.raises(BrokenPipeError):
        evaluate.run(arguments)
    assert [file.stat().st_mode & 0o777 for file in files] == [0o600, 0o600]
    assert all(file.stat().st_size > 0 for file in files)


def parse(*arguments):
    parser = argparse.ArgumentParser()
    evaluate.add_parser(parser.add_subparsers())
    return parser.parse_args(["evaluate", *map(str, arguments), "--no-counterfactuals"])
