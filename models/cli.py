"""`nevus models`: training, export, calibration, figures; what a command needs is imported when it runs."""

import argparse
import math
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from models.cli_options import VIEWS, build_parser, find_unknown_to_finder

if TYPE_CHECKING:
    from models.training.trainer import TrainConfig


def main(argv: Sequence[str] | None = None) -> int:
    """Run a subcommand.

    Returns:
        0 when it did its work, 1 when photos, run or graph are not as they should be, 2 for bad usage.
    """
    options, unknown = build_parser().parse_known_args(argv)
    parser: argparse.ArgumentParser = options.parser
    if unknown:
        parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    if options.command == "repository":
        return _write_repository(options)
    if options.command in ("soup", "figures"):
        options.data, options.threads = Path(), 1
    if given := find_unknown_to_finder(options):
        takes = "--data, --from, --out, --threads and --views"
        parser.error(f"the finder is trained without {given}: it takes {takes}")
    if options.data is None:
        parser.error("name the photos' folder with --data or NEVUS_DATA_DIR")
    if options.command == "labels":
        return _write_labels(options)
    try:
        import torch  # late: `--help` need not wait for it
    except ModuleNotFoundError:
        print(
            "nevus models: torch is not installed: `make training` installs what this needs", file=sys.stderr
        )
        return 1
    from inference.engine import EngineError
    from models.release.export import ExportError
    from models.training.photos import DataError
    from models.training.runs import RunError
    from models.training.warm_start import WarmStartError

    torch.set_num_threads(options.threads)
    try:
        _COMMANDS[options.command](options)
    except (DataError, EngineError, ExportError, RunError, WarmStartError, OSError, ValueError) as error:
        print(f"nevus models: {_explain(error)}", file=sys.stderr)
        return 1
    return 0


def _explain(error: Exception) -> str:
    """Our own sentences as they are; the system's without its number, naming a copy's target."""
    if isinstance(error, OSError) and error.strerror is not None:
        return f"{error.filename2 or error.filename}: {error.strerror}: check the path and its permissions"
    return str(error)


def _write_repository(options: argparse.Namespace) -> int:
    from inference.engine import EngineError
    from models.release.repository import write_repository

    try:
        for place in write_repository(options.directory, options.models, instances=options.instances):
            print(place)
    except (EngineError, OSError) as error:
        print(f"nevus models: {_explain(error)}", file=sys.stderr)
        return 1
    print(f"MLServer: mlserver start {options.directory}")
    print(f"Triton: tritonserver --model-repository={options.directory.resolve()}")
    return 0


def _write_labels(options: argparse.Namespace) -> int:
    """Write the table of photos and splits; needs no torch."""
    from models.training.labels import write_labels
    from models.training.photos import DataError

    try:
        print(write_labels(options.data, options.out))
    except (DataError, OSError) as error:
        print(f"nevus models: {_explain(error)}", file=sys.stderr)
        return 1
    return 0


def run_crops(options: argparse.Namespace) -> None:
    """Write a folder of lesion crops."""
    from models.release.files import hash_file
    from models.release.finder_export import POLICY, load_finder
    from models.training.crop_folder import write_crops

    about = {"finder_sha256": hash_file(options.finder / "finder.onnx"), "policy": asdict(POLICY)}
    find = load_finder(options.finder)
    print(write_crops(options.data, options.out, find, fill=POLICY.fill, about=about))


def run_train(options: argparse.Namespace) -> None:
    """Train the finder or a classifier."""
    if options.network == "finder":
        _train_finder(options)
        return
    from models.training.crop_folder import CropFolder
    from models.training.photos import split_photos
    from models.training.runs import check_device
    from models.training.trainer import Trainer

    check_device(options.device)
    out = options.out or Path("runs") / options.network
    config = _configure(options, out)
    folder = CropFolder.open(options.data)
    train, validation, _ = split_photos(folder.photos, folds=config.folds, seed=config.seed)
    lesions = [photo for photo in validation if photo.label != "no_lesion"]
    trainer = Trainer(config, folder.take(train), folder.take(lesions), out, device=options.device)
    if options.start is not None and not options.resume:
        trainer.start_from(options.start)
    end = math.inf if options.minutes is None else time.monotonic() + 60 * options.minutes
    trainer.run(resume=options.resume, stop=lambda: time.monotonic() > end)


def _train_finder(options: argparse.Namespace) -> None:
    from models.training.finder_training import FINDER_WEIGHTS, FinderConfig, train_finder
    from models.training.photos import read_photos, split_photos
    from models.training.runs import check_free

    out = options.out or Path("runs/finder")
    check_free(out, FINDER_WEIGHTS)
    train, _, _ = split_photos(read_photos(options.data), folds=10, seed=20)
    config = FinderConfig()
    if options.views is not None:
        config = replace(config, second_steps=math.ceil(options.views / config.batch))
    train_finder(train, options.data, out, config, start=options.start)


def _configure(options: argparse.Namespace, out: Path) -> "TrainConfig":
    """A new run's config of the options, or that of the run in `out`, which they may not contradict."""
    from models.training.runs import RunError, check_asked, check_free, name_start, read_config
    from models.training.trainer import RECIPES, TrainConfig, choose_precision

    asked = {
        "network": options.network,
        "views": options.views,
        "size_px": options.size,
        "start": None if options.start is None else name_start(options.start),
        "start_view": options.at_view,
        "teachers": None if options.teacher is None else tuple(map(str, options.teacher)),
        "mixing": options.mix,
    }
    if options.resume:
        config = read_config(out)
        check_asked(config, asked)
        return config
    check_free(out)
    given = {name: value for name, value in asked.items() if value is not None}
    recipe = {"views": VIEWS, **RECIPES[options.network], **given}
    config = TrainConfig(**{**recipe, "precision": choose_precision(recipe["precision"], options.device)})
    if config.start_view >= config.views:
        raise RunError(f"--at-view {config.start_view} is not below the schedule's {config.views} views")
    return config


def run_soup(options: argparse.Namespace) -> None:
    """Average the weights of two runs."""
    from models.training.soup import mix_finders, mix_runs

    run = options.run or Path("runs") / options.network
    mix = mix_finders if options.network == "finder" else partial(mix_runs, options.network)
    print(mix(run, options.start, share=options.share))


def run_export(options: argparse.Namespace) -> None:
    """Write graphs and cards."""
    if options.only == "finder":
        _export_finder(options)
        return
    from models.release.exporting import ExportConfig, export_runs

    runs = {name: run for name, run in _runs(options).items() if options.only in (None, name)}
    export_runs(options.data, runs, options.out, version=options.version, config=ExportConfig())


def _export_finder(options: argparse.Namespace) -> None:
    from PIL import Image

    from models.release.finder_export import export_finder
    from models.training.finder_training import load_trained_finder
    from models.training.photos import read_photos, split_photos
    from models.training.soup import describe_run

    _, validation, _ = split_photos(read_photos(options.data), folds=10, seed=20)
    photos = [Image.open(photo.path).convert("RGB") for photo in validation[::40]]
    options.out.mkdir(parents=True, exist_ok=True)
    export_finder(load_trained_finder(options.finder), options.out, photos, run=describe_run(options.finder))


def run_malignant(options: argparse.Namespace) -> None:
    """Fit the malignant heads of a pair again."""
    from models.release.malignant_head import HeadConfig, refit_heads

    found = refit_heads(options.data, options.out, version=options.version, config=HeadConfig())
    for name, about in found.items():
        print(f"{name}: mean AUC out of fold {about['auc_out_of_fold']:.3f}, ridge {about['ridge']:g}")


def run_calibrate(options: argparse.Namespace) -> None:
    """Write pair.json."""
    from models.release.calibrating import CalibrateConfig, calibrate_release

    runs = None if options.keep_gate else _runs(options)
    config = CalibrateConfig(photos=options.photos)
    calibrate_release(options.data, runs, options.out, version=options.version, config=config)


def run_reference(options: argparse.Namespace) -> None:
    """Renew the drift reference in pair.json."""
    from models.release.calibrating import CalibrateConfig, renew_reference

    count = renew_reference(options.data, options.out, config=CalibrateConfig())
    print(f"reference of {count} validation photos written to {options.out / 'pair.json'}")


def run_metrics(options: argparse.Namespace) -> None:
    """Renew the figures in pair.json."""
    from models.release.calibrating import CalibrateConfig, renew_metrics

    count = renew_metrics(options.data, options.out, config=CalibrateConfig())
    print(f"metrics of {count} photos with a lesion written to {options.out / 'pair.json'}")


def run_figures(options: argparse.Namespace) -> None:
    """Let pair.json say what an evaluation measured."""
    from models.release.adopting import adopt_figures

    count = adopt_figures(options.evaluation, options.out)
    print(f"figures of {count} sources written to {options.out / 'pair.json'}")


def run_boxes(options: argparse.Namespace) -> None:
    """Print what the finder reaches."""
    from models.release.finder_export import load_finder
    from models.release.finder_figures import measure_finder
    from models.training.photos import read_photos, split_photos

    _, validation, held = split_photos(read_photos(options.data), folds=10, seed=20)
    for figure in measure_finder(load_finder(options.finder), [*validation, *held], options.data):
        print(figure)


def run_twins(options: argparse.Namespace) -> None:
    """List the shots that are in two parts."""
    from models.release.calibrating import CalibrateConfig
    from models.training.photos import TWINS, read_photos
    from models.training.twins import list_twins, write_twins

    split = CalibrateConfig()
    found = list_twins(read_photos(options.data), folds=split.folds, seed=split.seed)
    out = options.out or TWINS
    write_twins(found, out)
    print(f"{len(found)} photos of validation and held out show a shot that others have too: {out}")


def run_baselines(options: argparse.Namespace) -> None:
    """Print what plain methods reach."""
    from models.training.baselines import BaselineConfig, run_baselines

    run_baselines(options.data, BaselineConfig(network_minutes=options.network_minutes))


def _runs(options: argparse.Namespace) -> dict[Literal["cnn", "vit"], Path]:
    return {"cnn": options.cnn, "vit": options.vit}


_COMMANDS = {
    "crops": run_crops,
    "train": run_train,
    "soup": run_soup,
    "export": run_export,
    "malignant": run_malignant,
    "calibrate": run_calibrate,
    "reference": run_reference,
    "metrics": run_metrics,
    "figures": run_figures,
    "boxes": run_boxes,
    "twins": run_twins,
    "baselines": run_baselines,
}


if __name__ == "__main__":
    sys.exit(main())
