"""What the drift monitor compares with is measured by the product's own rules and read back by them."""

import json

import numpy as np
from PIL import Image

from inference.evaluation.drift_reference import read_reference
from models.release.reference import add_reference
from models.training.photos import LabelledPhoto, Source
from tests.support.drawn import draw_lesion
from tests.support.tiny_release import write_tiny_release


def save_lesions(folder, count):
    photos = []
    for seed in range(count):
        path = folder / f"{seed}.png"
        Image.fromarray(np.asarray(draw_lesion(seed, kind="naevus", size_px=128))).save(path)
        label = "melanoma" if seed % 2 else "benign"
        photos.append(LabelledPhoto(path=path, source=Source.HAM, label=label, group=str(seed)))
    return photos


def test_the_reference_counts_each_validation_photo_once_and_keeps_the_rest(tmp_path):
    write_tiny_release(tmp_path, quality={"min_side_px": 90})
    photos = save_lesions(tmp_path, 6)
    (tmp_path / "damaged.jpg").write_bytes(b"no photo")
    damaged = LabelledPhoto(path=tmp_path / "damaged.jpg", source=Source.HAM, label="benign", group="x")
    assert add_reference(tmp_path, [*photos, damaged]) == 6
    pair = json.loads((tmp_path / "pair.json").read_text())
    assert pair["quality"] == {"min_side_px": 90}
    reference = read_reference(pair)
    assert set(reference) == {
        *("cnn", "vit", "pair"),
        *("dermoscopic", "clinical", "other"),
        *("sharpness", "brightness", "contrast", "glare"),
    }
    for measure in reference.values():
        assert measure.counts.sum(axis=1).tolist() == [3, 3]
