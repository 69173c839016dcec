"""The average of two runs' weights.

Two runs from one start often lie in one basin, and a point between them does better on photos from elsewhere
than either (WiSE-FT, Wortsman 2022, arXiv:2109.01903). Nothing is trained.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import torch

from models.networks.build import NetworkName, load_checkpoint
from models.training.finder_training import FINDER_WEIGHTS
from models.training.runs import RunError, read_config


def mix_runs(name: NetworkName, run: Path, other: Path, *, share: float) -> Path:
    """Write a run whose weights are `share` of `run`'s and the rest those of `other`.

    Args:
        name: the network that both trained.
        run: folder of the first.
        other: folder of the second.
        share: 0 is `other`, 1 is `run`.

    Returns:
        The new run's folder, beside `run`.

    Raises:
        RunError: one of them trained another network, at another size, or the new folder exists.
        FileNotFoundError: one has no checkpoint.
    """
    configs = [read_config(folder) for folder in (run, other)]
    if any((config.network, config.size_px) != (name, configs[0].size_px) for config in configs):
        raise RunError(f"{run} and {other} are not two runs of the {name} at one size")
    out = _name_mixture(run)
    state = load_checkpoint(run)
    state["average"] = blend(state["average"], load_checkpoint(other)["average"], share)
    out.mkdir(parents=True)
    torch.save(state, out / "last.pt")
    _describe(out, run, other, share)
    return out


def mix_finders(run: Path, other: Path, *, share: float) -> Path:
    """As `mix_runs`, for two runs of the lesion finder.

    Raises:
        RunError: one of them left no finder, or the new folder exists.
    """
    if missing := [str(folder) for folder in (run, other) if not (folder / FINDER_WEIGHTS).is_file()]:
        raise RunError(f"{' and '.join(missing)} holds no {FINDER_WEIGHTS}: name runs that have ended")
    out = _name_mixture(run)
    first, second = (torch.load(folder / FINDER_WEIGHTS, weights_only=True) for folder in (run, other))
    out.mkdir(parents=True)
    torch.save(blend(first, second, share), out / FINDER_WEIGHTS)
    _describe(out, run, other, share)
    return out


def describe_run(run: Path) -> dict[str, Any]:
    """What a finder's card says of its run: its config, and what it was made of if it is a mixture.

    Raises:
        FileNotFoundError: the folder holds no run.
    """
    config = json.loads((run / "config.json").read_text(encoding="utf-8"))
    return {"config": config, **read_mixture(run)}


def read_mixture(run: Path) -> dict[str, Any]:
    """The key `mixture` of a card, if the run was made of two; else nothing."""
    path = run / "soup.json"
    return {"mixture": json.loads(path.read_text(encoding="utf-8"))} if path.is_file() else {}


def _name_mixture(run: Path) -> Path:
    out = run.with_name(f"{run.name}-soup")
    if out.exists():
        raise RunError(f"{out} exists already: move it away first")
    return out


def _describe(out: Path, run: Path, other: Path, share: float) -> None:
    shutil.copyfile(run / "config.json", out / "config.json")
    (out / "soup.json").write_text(json.dumps({"run": run.name, "other": other.name, "share": share}))


def blend(
    first: dict[str, torch.Tensor], second: dict[str, torch.Tensor], share: float
) -> dict[str, torch.Tensor]:
    """`share` of the first weights and the rest of the second; whole numbers are the first's."""
    return {
        key: torch.lerp(second[key], value, share) if value.dtype.is_floating_point else value
        for key, value in first.items()
    }
