"""A run's folder read back: what it was begun with, so that it goes on as it began."""

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch

from models.networks.build import LearningRates
from models.training.sampling import SamplingConfig
from models.training.trainer import TrainConfig
from models.training.views import ViewConfig


class RunError(RuntimeError):
    """A run or pair is not there, or is not what the options say; the text says what to do."""


def read_config(run: Path) -> TrainConfig:
    """What the run in the folder was begun with.

    Raises:
        RunError: there is none, or it is not of training by this code.
    """
    path = run / "config.json"
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunError(
            f"{path} cannot be read: begin a run without --resume, or name its folder with --out"
        ) from error
    try:
        earlier = raw.pop("teacher", "")  # of runs before package 0.8.0
        parts = {
            "rates": LearningRates(**raw["rates"]),
            "sampling": SamplingConfig(**raw["sampling"]),
            "drawing": ViewConfig(**raw["drawing"]),
            "teachers": tuple(raw.get("teachers", [earlier] if earlier else [])),
        }
        return TrainConfig(**{**raw, **parts})
    except (KeyError, TypeError) as error:
        raise RunError(
            f"{path} is not what this training writes: it cannot go on, begin a new run"
        ) from error


def check_free(run: Path, file: str = "last.pt") -> None:
    """Let a new run overwrite none that stands there.

    Raises:
        RunError: there is one.
    """
    if (run / file).exists():
        raise RunError(
            f"{run} holds a run already: go on with it by --resume, or name another folder with --out"
        )


def check_device(name: str) -> None:
    """Refuse a device that torch cannot use on this machine.

    Raises:
        RunError: it cannot.
    """
    try:
        torch.empty(0, device=name)
    except (AssertionError, RuntimeError) as error:
        raise RunError(
            f"torch cannot use the device {name} here: name cpu, or cuda if there is a GPU, with --device"
        ) from error


def check_asked(config: TrainConfig, asked: Mapping[str, Any]) -> None:
    """Refuse options that say otherwise than the run's config; None is an option that was not given.

    Args:
        config: of the run.
        asked: by the name of the config's field.

    Raises:
        RunError: names the first that differs.
    """
    for name, value in asked.items():
        begun = getattr(config, name)
        if value is not None and value != begun:
            raise RunError(
                f"this run was begun with {name} {begun}, not {value}: a run goes on as it began. Leave the "
                "option out, or begin another run with another --out and without --resume"
            )


def read_version(released: Path, option: str) -> str:
    """The version of the pair in a folder that `option` named.

    Raises:
        RunError: there is no pair.
    """
    try:
        return str(json.loads((released / "pair.json").read_text(encoding="utf-8"))["version"])
    except (OSError, ValueError, KeyError) as error:
        raise RunError(
            f"{released} holds no pair.json that can be read: name a pair's folder with {option}"
        ) from error


def read_plain_config(run: Path) -> dict[str, Any]:
    """A run's config for a card: runs and checkpoints by their names, not by their folders.

    Raises:
        RunError: the config cannot be read, or is another program's.
    """
    config = read_config(run)
    teachers = tuple(Path(teacher).name for teacher in config.teachers)
    return asdict(replace(config, start=Path(config.start).name, teachers=teachers))


def name_start(source: Path) -> str:
    """What a run's config calls the weights that it starts from.

    Raises:
        RunError: there are none.
    """
    if source.is_dir():
        return read_version(source, "--from")
    if not source.is_file():
        raise RunError(f"{source} is not there: name a checkpoint or a pair's folder with --from")
    return source.name
