"""Drawn lesions and small networks: no file, no pretrained weights."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from inference.boxes import Box
from inference.lesions import FoundLesion
from inference.preprocess import PreprocessSpec
from models.networks.classifier import Classifier
from models.training.crop_folder import CropFolder, write_crops

torch.set_num_threads(1)

ROWS = [
    ("m10k", "melanoma", "same photo as HAM10000 ISIC_1"),
    ("m10k", "melanoma", ""),
    ("m10k", "benign", ""),
    ("ham10000", "benign", "histopathology"),
    ("imagenet_samples", "no_lesion", ""),
    ("normal_skin_30", "no_lesion", ""),
]


class TinyBackbone(nn.Module):
    """One convolution: a map of 4 x 4 places."""

    def __init__(self) -> None:
        super().__init__()
        self.channels, self.summary_channels = 6, 6
        self.conv = nn.Conv2d(3, 6, 8, stride=8)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        features = torch.relu(self.conv(x))
        return features, features.mean(dim=(2, 3))


@pytest.fixture(scope="session")
def spec() -> PreprocessSpec:
    return PreprocessSpec(
        size_px=32,
        resize="squash",
        interpolation="bilinear",
        mean=(0.5, 0.5, 0.5),
        std=(0.25, 0.25, 0.25),
        aperture_radius=0.9,
        aperture_softness=0.1,
    )


@pytest.fixture
def classifier(spec: PreprocessSpec) -> Classifier:
    torch.manual_seed(3)
    network = Classifier(TinyBackbone(), spec)
    for layer in (network.head, network.domain):
        nn.init.normal_(layer.weight)
        nn.init.normal_(layer.bias)
    return network.eval()


@pytest.fixture
def lesion() -> np.ndarray:
    """A brown disc on fair skin, (96, 96, 3)."""
    axis = np.linspace(-1, 1, 96)
    inside = np.hypot(axis[:, None], axis[None, :]) < 0.4
    photo = np.full((96, 96, 3), (225, 185, 160), np.uint8)
    photo[inside] = (95, 60, 40)
    return photo


@pytest.fixture
def data(tmp_path: Path, lesion: np.ndarray) -> Path:
    """Drawn photos of every source, enough of them for each to be trained on."""
    lines = ["file,source,split,label,diagnosis,group,note"]
    for number in range(4 * len(ROWS)):
        source, label, note = ROWS[number % len(ROWS)]
        Image.fromarray(np.roll(lesion, number * 5, axis=1)).save(tmp_path / f"{number}.png")
        lines.append(f"{number}.png,{source},train,{label},,g{number},{note}")
    (tmp_path / "labels.csv").write_text("\n".join(lines))
    return tmp_path


def find_dark(image: Image.Image) -> tuple[FoundLesion, ...]:
    """Stands in for a finder: the box around what is dark, if anything is."""
    rows, columns = np.nonzero(np.asarray(image.convert("L")) < 110)
    if not len(rows):
        return ()
    box = Box(float(columns.min()), float(rows.min()), float(columns.max() + 1), float(rows.max() + 1))
    return (FoundLesion(box=box, outline=(), area_cells=9, peak=0.9),)


@pytest.fixture
def crops(data: Path, tmp_path: Path) -> Path:
    """The crops of the drawn photos."""
    write_crops(data, tmp_path / "crops", find_dark, fill=0.7, about={"fill": 0.7})
    return tmp_path / "crops"


@pytest.fixture
def folder(crops: Path) -> CropFolder:
    return CropFolder.open(crops)
