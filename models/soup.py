"""Between where a run started and where it ended: weights of both, averaged.

A fine-tuned network and the one it came from often lie in one basin, and a point between them does better on
photos from elsewhere than either (WiSE-FT, Wortsman 2022, arXiv:2109.01903). Nothing is trained.
"""

import json
import shutil
from pathlib import Path

import torch

from models.classifier import Classifier
from models.networks import NetworkName, build_network, load_trained
from models.photos import read_photos, split_photos
from models.training import measuring_photos
from models.warm_start import load_released


def mix_run(name: NetworkName, run: Path, released: Path, *, data: Path, share: float) -> Path:
    """Write a run whose weights are `share` of the run's and the rest those of the released pair.

    Args:
        name: the network.
        run: trained from the released pair (`--from`).
        released: folder of that pair.
        data: the labelled photos, by which the released network's norms are taken apart.
        share: 0 is the released network, 1 the run as it is.

    Returns:
        The new run's folder, beside the old one.

    Raises:
        ValueError: the share is not between 0 and 1.
        FileNotFoundError: the run has no checkpoint.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"a share of {share} is not between 0 and 1")
    network, _ = load_trained(name, run)
    start = load_start(name, released, data)
    with torch.no_grad():
        for key, value in start.state_dict().items():
            own = network.state_dict()[key]
            # norms' statistics too: measured anew on training views they served photos worse
            if own.dtype.is_floating_point and not key.startswith("domain."):
                own.lerp_(value, 1 - share)
    out = run.with_name(f"{run.name}-{share:g}")
    out.mkdir(parents=True, exist_ok=True)
    shutil.copy(run / "config.json", out / "config.json")
    config = json.loads((out / "config.json").read_text())
    (out / "config.json").write_text(json.dumps({**config, "share_of_run": share}, indent=2))
    progress = torch.load(run / "last.pt", weights_only=True)["progress"]
    torch.save({"average": network.state_dict(), "progress": progress}, out / "last.pt")
    return out


def load_start(name: NetworkName, released: Path, data: Path) -> Classifier:
    """The released network as a run that starts from it has it."""
    start, spec = build_network(name)
    train, _, _ = split_photos(read_photos(data), folds=10, seed=20)
    load_released(start, released / f"{name}.onnx", photos=measuring_photos(train, spec))
    return start
