"""Raw outputs of exported graphs on photos: what calibration and every figure are computed from."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from inference.preprocess import PreprocessSpec, prepare
from models.networks.build import NAMES, NetworkName
from models.release.artefacts import Photo
from models.release.export import INPUT_NAME, open_session
from models.training.photos import LabelledPhoto, load_rgb

View = Callable[[Photo, int], Photo]  # of a photo and its index, so that a random view can be repeated


@dataclass(frozen=True, slots=True, kw_only=True)
class RawOutputs:
    """One graph's outputs on N photos, before any calibration."""

    melanoma: NDArray[np.float64]  # (N,) logits
    malignant: NDArray[np.float64]  # (N,) logits
    domain: NDArray[np.float64]  # (N, 3) logits

    def join(self, other: Self) -> Self:
        """These outputs, then those of other photos."""
        return type(self)(
            melanoma=np.concatenate([self.melanoma, other.melanoma]),
            malignant=np.concatenate([self.malignant, other.malignant]),
            domain=np.concatenate([self.domain, other.domain]),
        )

    def take(self, index: NDArray[np.bool_]) -> Self:
        """The outputs of some of the photos."""
        return type(self)(
            melanoma=self.melanoma[index], malignant=self.malignant[index], domain=self.domain[index]
        )


PairOutputs = dict[NetworkName, RawOutputs]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """Photos and what both graphs said of them, in the same order."""

    photos: list[LabelledPhoto]
    outputs: PairOutputs

    @property
    def labels(self) -> NDArray[np.str_]:
        """(N,) as in `LabelledPhoto.label`."""
        return np.array([photo.label for photo in self.photos])

    @property
    def sources(self) -> NDArray[np.str_]:
        """(N,) values of `Source`."""
        return np.array([photo.source.value for photo in self.photos])

    @property
    def kinds(self) -> NDArray[np.str_]:
        """(N,) values of `Kind`."""
        return np.array([photo.kind.value for photo in self.photos])

    @property
    def groups(self) -> NDArray[np.str_]:
        """(N,) photos of one lesion share a name."""
        return np.array([photo.group for photo in self.photos])

    def take(self, index: NDArray[np.bool_]) -> Self:
        """Some of the photos."""
        photos = [photo for photo, taken in zip(self.photos, index, strict=True) if taken]
        return type(self)(
            photos=photos, outputs={name: part.take(index) for name, part in self.outputs.items()}
        )


class PairScorer:
    """Both released graphs, on as many threads as asked; each photo is one batch."""

    def __init__(self, directory: Path, *, workers: int = 2) -> None:
        self.sessions = {name: open_session(directory / f"{name}.onnx") for name in NAMES}
        self.specs = {name: read_spec(directory / f"{name}.json") for name in NAMES}
        self.workers = workers

    def score(self, photos: list[LabelledPhoto], view: View | None = None) -> Scored:
        """The photos as they are, or seen through `view`."""

        def score_one(item: tuple[int, LabelledPhoto]) -> dict[NetworkName, list[Any]]:
            index, photo = item
            pixels = load_rgb(photo.path)
            seen = pixels if view is None else view(pixels, index)
            return {
                name: session.run(None, {INPUT_NAME: prepare(seen, self.specs[name])[None]})
                for name, session in self.sessions.items()
            }

        with ThreadPoolExecutor(self.workers) as pool:
            rows = list(pool.map(score_one, enumerate(photos)))
        outputs = {}
        for name in NAMES:
            melanoma, malignant, _, domain = (
                np.concatenate(column).astype(np.float64)
                for column in zip(*(row[name] for row in rows), strict=True)
            )
            outputs[name] = RawOutputs(melanoma=melanoma, malignant=malignant, domain=domain)
        return Scored(photos=photos, outputs=outputs)


def read_spec(card: Path) -> PreprocessSpec:
    """How a released network's photos are prepared, from its card."""
    return PreprocessSpec.from_dict(json.loads(card.read_text(encoding="utf-8"))["preprocess"])
