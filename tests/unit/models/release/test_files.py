"""What is written beside the weights, and the pair's decisions, read back by serving's own code."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from inference.policy import Policy
from inference.preprocess import PreprocessSpec
from inference.readings import RiskLevel
from inference.release import load_release
from models.networks.build import NAMES
from models.release import figures
from models.release.calibration import CLOSEUP_GOALS, ThresholdGoals
from models.release.export import ExportError, Parity
from models.release.files import Exported, add_metrics, check_version, hash_file, write_card, write_pair
from models.release.finder_export import POLICY, describe_finder
from models.release.pair import (
    Decisions,
    GateGoals,
    calibrate_pair,
    choose_gate,
    decide_kind,
    describe_pair,
    read_decisions,
)
from models.release.report import describe_scores, describe_sources
from models.release.scoring import RawOutputs, Scored
from models.training.photos import Kind, LabelledPhoto, Source

PARITY = Parity(
    photos=8,
    largest_logit_gap=0.001,
    largest_probability_gap=0.0002,
    label_agreement=1,
    batch_identical=False,
)


SOURCES = {
    Source.HAM: Kind.DERMOSCOPIC,
    Source.ISIC: Kind.DERMOSCOPIC,
    Source.MILK_CLOSEUP: Kind.CLINICAL,
}


def draw_scored(n: int = 900) -> Scored:
    """Photos whose logits mostly tell the truth; those of close-ups are lower and spread more."""
    rng = np.random.default_rng(4)
    labels = rng.choice(
        ["benign", "melanoma", "other_malignant", "indeterminate_AK"], n, p=[0.5, 0.3, 0.15, 0.05]
    )
    sources = [list(SOURCES)[at % 3] for at in range(n)]
    photos = [
        LabelledPhoto(
            path=Path(f"{at}"), source=source, label=str(label), group=f"g{at}", kind=SOURCES[source]
        )
        for at, (source, label) in enumerate(zip(sources, labels, strict=True))
    ]
    near = np.array([source is Source.MILK_CLOSEUP for source in sources])
    outputs = {}
    for name in NAMES:
        melanoma = np.where(labels == "melanoma", 2, -2) + rng.normal(0, 1.2, n)
        malignant = np.where(np.isin(labels, ["melanoma", "other_malignant"]), 2, -2) + rng.normal(0, 1.2, n)
        melanoma = np.where(near, melanoma * 0.5 - 1, melanoma)
        domain = np.where(near[:, None], [0, 5, -2], [5, 0, -2]) + rng.normal(0, 0.5, (n, 3))
        outputs[name] = RawOutputs(melanoma=melanoma, malignant=malignant, domain=domain)
    return Scored(photos=photos, outputs=outputs)


@pytest.fixture
def scored() -> Scored:
    return draw_scored()


@pytest.fixture
def decisions(scored: Scored) -> Decisions:
    rng = np.random.default_rng(5)
    domains = rng.integers(3, size=300)
    scenes = [np.eye(3)[domains] * 4 + rng.normal(0, 1, (300, 3)) for _ in NAMES]
    dermoscopic = scored.take(scored.kinds == Kind.DERMOSCOPIC)
    return Decisions(
        dermoscopic=decide_kind(dermoscopic, ThresholdGoals()),
        closeup=decide_kind(scored.take(scored.kinds == Kind.CLINICAL), CLOSEUP_GOALS),
        gate=choose_gate(scenes, domains, dermoscopic, GateGoals()),
    )


def write_release(directory: Path, spec: PreprocessSpec, values: dict[str, object]) -> None:
    for name in NAMES:
        (directory / f"{name}.onnx").write_bytes(name.encode())
        exported = Exported(spec=spec, parity=PARITY, storage="int8", run={"config": {}}, version="1")
        write_card(name, directory, exported)
        add_metrics(name, directory, {"ham": {"auc": 0.9}})
    write_pair(directory, values)


def test_serving_reads_what_is_written(
    tmp_path: Path, spec: PreprocessSpec, scored: Scored, decisions: Decisions
) -> None:
    """Hashes, cards and every decision."""
    write_release(tmp_path, spec, {"version": "1", **describe_pair(scored, decisions)})
    release = load_release(tmp_path)
    assert release.cards["cnn"].preprocess == spec
    assert release.cards["vit"].raw["metrics"] == {"ham": {"auc": 0.9}}
    policy = release.policy
    assert policy.thresholds.moderate == pytest.approx(decisions.dermoscopic.thresholds.moderate, abs=2e-5)
    assert policy.closeup is not None
    assert policy.closeup.thresholds.high == pytest.approx(decisions.closeup.thresholds.high, abs=2e-5)
    assert release.finder is None
    assert release.policy.domain.other_min == pytest.approx(decisions.gate.other_min, abs=1e-4)


def test_keys_of_others_are_kept(
    tmp_path: Path, spec: PreprocessSpec, scored: Scored, decisions: Decisions
) -> None:
    """A new calibration leaves the quality gate's numbers alone and renews the hashes."""
    described = describe_pair(scored, decisions)
    write_release(tmp_path, spec, {"version": "1", **described})
    pair = json.loads((tmp_path / "pair.json").read_text())
    (tmp_path / "pair.json").write_text(json.dumps({**pair, "quality": {"min_side_px": 90}}))
    (tmp_path / "cnn.onnx").write_bytes(b"other")
    write_pair(tmp_path, {"version": "2", **described})
    pair = json.loads((tmp_path / "pair.json").read_text())
    assert pair["quality"] == {"min_side_px": 90}
    assert pair["version"] == "2"
    assert pair["sha256"]["cnn.onnx"] == hash_file(tmp_path / "cnn.onnx")


def test_calibration_and_serving_agree_on_every_score(scored: Scored, decisions: Decisions) -> None:
    """The vectorised probabilities are those of the product's own rules."""
    policy = Policy.from_dict(describe_pair(scored, decisions))
    ours = decisions.probabilities(scored.outputs)["pair"]
    chances = decisions.gate.probabilities([part.domain for part in scored.outputs.values()])
    malignant = decisions.malignant_probabilities(scored.outputs)
    for at in range(0, 900, 25):
        found = figures._find(scored, at, policy)
        assert found.probability == pytest.approx(ours[at], abs=1e-3)
        assert found.malignant_probability == pytest.approx(malignant[at], abs=1e-3)
        assert list(found.domain_probabilities.values()) == pytest.approx(list(chances[at]), abs=1e-3)


def test_levels_are_counted_by_source_and_label(scored: Scored, decisions: Decisions) -> None:
    """Shares of one label add up to 1; few melanomas are low."""
    counted = figures.count_levels(scored, describe_pair(scored, decisions))
    assert sum(level["value"] for level in counted["ham/benign"].values()) == pytest.approx(1, abs=1e-3)
    assert counted["ham/melanoma"][RiskLevel.LOW.value]["value"] < 0.05
    assert counted["ham/benign"][RiskLevel.LOW.value]["value"] > 0.3


def test_the_gate_costs_what_it_may(scored: Scored, decisions: Decisions) -> None:
    """Few dermoscopic photos are taken for something else."""
    figures_of = figures.count_domains(scored, decisions)
    for source in ("ham", "isic"):
        assert figures_of[f"{source}_as_other"]["value"] < 0.02
        assert figures_of[f"{source}_uncertain"]["value"] < 0.06
    assert figures_of["milk_closeup_as_clinical"]["value"] > 0.95


def test_each_source_is_described_by_itself(scored: Scored, decisions: Decisions) -> None:
    """Melanoma against benign, with intervals, for each classifier and the pair."""
    scores = decisions.probabilities(scored.outputs)
    described = describe_sources(
        scored.labels,
        scored.sources,
        scores,
        groups=scored.groups,
        thresholds=decisions.dermoscopic.thresholds,
    )
    assert set(described) == {"ham", "isic", "milk_closeup"}
    pair = described["ham"]["pair"]
    assert pair["auc"]["low"] < pair["auc"]["value"] < pair["auc"]["high"]
    for name in ("ece", "specificity_at_95_sensitivity"):
        assert 0 <= pair[name]["low"] <= pair[name]["high"] <= 1
    assert "melanomas_at_or_above_moderate" not in described["ham"]["cnn"]


def test_photos_of_one_lesion_are_drawn_together() -> None:
    """Ten photos of one lesion say less than ten lesions: the intervals are wider, the figures the same."""
    rng = np.random.default_rng(6)
    truth = np.repeat(np.arange(80) % 2 == 0, 10)
    scores = 0.2 * truth + np.repeat(rng.uniform(0, 0.8, 80), 10)
    alone, together = (
        describe_scores(truth, scores, (np.arange(len(truth)) // size).astype(str)) for size in (1, 10)
    )
    for name in ("auc", "specificity_at_95_sensitivity"):
        width = [figures_of[name]["high"] - figures_of[name]["low"] for figures_of in (alone, together)]
        assert alone[name]["value"] == together[name]["value"]
        assert width[1] > 2 * width[0]


def test_one_class_alone_has_no_auc() -> None:
    described = describe_scores(np.zeros(3, bool), np.array([0.1, 0.2, 0.6]), np.array(["a", "b", "c"]))
    assert described["auc"]["value"] is None
    assert described["specificity_at_half"]["value"] == pytest.approx(2 / 3, abs=1e-3)


def test_decisions_are_read_back_as_served(scored: Scored, decisions: Decisions) -> None:
    """What is described of the ones read back is what was read."""
    described = describe_pair(scored, decisions)
    again = describe_pair(scored, read_decisions(described))
    assert again["domain"] == described["domain"]
    for kind, kind_again in ((described, again), (described["closeup"], again["closeup"])):
        for name in ("combination", "temperatures", "malignant"):
            assert kind_again[name] == kind[name]
        for name, value in kind["thresholds"].items():
            assert kind_again["thresholds"][name] == pytest.approx(value, abs=1.1e-5)  # rounded down, twice


def test_bcc_and_scc_scale_malignancy_alone(scored: Scored) -> None:
    """A melanoma score says melanoma or benign; the malignant score gets its own shares."""
    without = scored.take(scored.labels != "other_malignant")
    all_of_them, fewer = calibrate_pair(scored), calibrate_pair(without)
    assert all_of_them.melanoma == fewer.melanoma
    assert all_of_them.shares == fewer.shares
    assert all_of_them.malignant != fewer.malignant
    noise = np.random.default_rng(0).normal(0, 4, len(scored.photos))
    vague = replace(scored.outputs["vit"], malignant=noise + scored.outputs["vit"].malignant)
    changed = calibrate_pair(replace(scored, outputs={**scored.outputs, "vit": vague}))
    assert changed.malignant_shares != all_of_them.malignant_shares
    assert sum(changed.malignant_shares.values()) == pytest.approx(1)
    assert (changed.shares, changed.melanoma) == (all_of_them.shares, all_of_them.melanoma)


def test_a_close_up_gets_the_scales_and_thresholds_of_close_ups(scored: Scored, decisions: Decisions) -> None:
    """By what the gate takes a photo for, as in the product: what it is stays unknown there."""
    near, far = decisions.closeup, decisions.dermoscopic
    assert near.calibration.melanoma["pair"] != far.calibration.melanoma["pair"]
    scores, starts = decisions.probabilities(scored.outputs), decisions.starts(scored.outputs, "high")
    for kind, expected in ((Kind.CLINICAL, near), (Kind.DERMOSCOPIC, far)):
        part = scored.kinds == kind
        own = expected.calibration.probabilities(scored.outputs)
        for name in ("cnn", "vit", "pair"):
            assert np.isclose(scores[name][part], own[name][part]).mean() > 0.97, name
        assert (starts[part] == expected.thresholds.high).mean() > 0.97
        malignant = expected.calibration.malignant_probabilities(scored.outputs)
        assert (
            np.isclose(decisions.malignant_probabilities(scored.outputs)[part], malignant[part]).mean() > 0.97
        )


def test_an_older_pair_reads_close_ups_as_dermoscopic_photos(scored: Scored, decisions: Decisions) -> None:
    described = describe_pair(scored, decisions)
    del described["closeup"]
    older = read_decisions(described)
    assert older.closeup == older.dermoscopic


def test_thresholds_of_close_ups_reach_their_goals(scored: Scored, decisions: Decisions) -> None:
    """More benign close-ups may be `high`: a close-up is never `low`, so `high` is what it can say."""
    near = scored.take(scored.kinds == Kind.CLINICAL)
    scores = decisions.closeup.calibration.probabilities(near.outputs)["pair"]
    high = (scores[near.labels == "benign"] >= decisions.closeup.thresholds.high).mean()
    assert high <= 1 - CLOSEUP_GOALS.high_specificity + 0.01
    assert CLOSEUP_GOALS.high_specificity < ThresholdGoals().high_specificity


def write_finder(directory: Path, content: bytes = b"finder") -> None:
    (directory / "finder.onnx").write_bytes(content)
    preprocess = {"size_px": 192, "stride": 4, "fill_value": 127}
    (directory / "finder.json").write_text(json.dumps({"version": "f1", "preprocess": preprocess}))


def test_a_finder_beside_the_graphs_belongs_to_the_pair(
    tmp_path: Path, spec: PreprocessSpec, scored: Scored, decisions: Decisions
) -> None:
    """Its hashes, what counts as a lesion, and the schema that says so."""
    assert describe_finder(tmp_path) == {}
    write_finder(tmp_path)
    values = {"version": "1", **describe_pair(scored, decisions), **describe_finder(tmp_path)}
    write_release(tmp_path, spec, values)
    release = load_release(tmp_path)
    assert release.finder is not None
    assert release.policy.finder == POLICY
    assert release.pair["schema"] == 2
    assert release.hashes["finder.onnx"] == hash_file(tmp_path / "finder.onnx")


def test_another_finder_makes_another_pair(
    tmp_path: Path, spec: PreprocessSpec, scored: Scored, decisions: Decisions
) -> None:
    write_finder(tmp_path)
    values = {"version": "1", **describe_pair(scored, decisions), **describe_finder(tmp_path)}
    write_release(tmp_path, spec, values)
    check_version(tmp_path, "1", graphs_stay=True)
    write_finder(tmp_path, b"another")
    with pytest.raises(ExportError, match="version 1 already"):
        check_version(tmp_path, "1", graphs_stay=True)


def test_two_pairs_of_graphs_never_have_one_version(
    tmp_path: Path, spec: PreprocessSpec, scored: Scored, decisions: Decisions
) -> None:
    """The same graphs may be calibrated anew; other ones, or graphs yet to be written, need a new version."""
    values = {"version": "1", **describe_pair(scored, decisions)}
    check_version(tmp_path, "1", graphs_stay=False)
    write_release(tmp_path, spec, values)
    write_pair(tmp_path, values)
    with pytest.raises(ExportError, match="version 1 already"):
        check_version(tmp_path, "1", graphs_stay=False)
    check_version(tmp_path, "2", graphs_stay=False)
    (tmp_path / "vit.onnx").write_bytes(b"other")
    before = (tmp_path / "pair.json").read_bytes()
    with pytest.raises(ExportError, match="--version"):
        write_pair(tmp_path, values)
    assert (tmp_path / "pair.json").read_bytes() == before


def test_a_card_says_what_it_must(
    tmp_path: Path, spec: PreprocessSpec, scored: Scored, decisions: Decisions
) -> None:
    """Labels, shapes, licence, parity and hash; nothing of the machine it was made on."""
    write_release(tmp_path, spec, {"version": "1", **describe_pair(scored, decisions)})
    text = (tmp_path / "vit.json").read_text()
    card = json.loads(text)
    assert card["labels"] == ["melanoma", "malignant"]
    assert card["inputs"][0]["shape"] == ["N", 32, 32, 3]
    assert card["sha256"] == hash_file(tmp_path / "vit.onnx")
    assert card["licence"] == "CC BY-NC 4.0"
    assert str(tmp_path) not in text
