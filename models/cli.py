"""`nevus models`: training, export, calibration, figures; what a command needs is imported when it runs."""

import argparse
import json
import math
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

if TYPE_CHECKING:
    from models.training import TrainConfig

Number = TypeVar("Number", int, float)

_RELEASED = Path(__file__).parent / "released"
_VIEWS = 160_000
_DATA_HELP = "folder with labels.csv and the photos (default: NEVUS_DATA_DIR)"


def main(argv: Sequence[str] | None = None) -> int:
    """Run a subcommand.

    Returns:
        0 when it did its work, 1 when photos, run or graph are not as they should be, 2 for bad usage.
    """
    parser = _parser()
    options = parser.parse_args(argv)
    if options.command == "repository":
        return _write_repository(options)
    if options.command == "soup":
        options.data, options.threads = Path(), 1
    if options.data is None:
        parser.error("name the photos' folder with --data or NEVUS_DATA_DIR")
    import torch  # late: `--help` need not wait for it

    from inference.engine import EngineError
    from models.export import ExportError
    from models.photos import DataError
    from models.runs import RunError
    from models.warm_start import WarmStartError

    torch.set_num_threads(options.threads)
    try:
        _COMMANDS[options.command](options)
    except (DataError, EngineError, ExportError, RunError, WarmStartError, OSError, ValueError) as error:
        print(f"nevus models: {_explain(error)}", file=sys.stderr)
        return 1
    return 0


def _explain(error: Exception) -> str:
    """Our own sentences as they are; the system's without its number, and with what to look at."""
    if isinstance(error, OSError) and error.strerror is not None:
        return f"{error.filename}: {error.strerror}: see that it is there and may be read and written"
    return str(error)


def _write_repository(options: argparse.Namespace) -> int:
    from inference.engine import EngineError
    from models.repository import write_repository

    try:
        for place in write_repository(options.directory, options.models, instances=options.instances):
            print(place)
    except (EngineError, OSError) as error:
        print(f"nevus models: {_explain(error)}", file=sys.stderr)
        return 1
    print(f"MLServer: mlserver start {options.directory}")
    print(f"Triton: tritonserver --model-repository={options.directory.resolve()}")
    return 0


def _crops(options: argparse.Namespace) -> None:
    from models.crop_folder import write_crops
    from models.finder_release import POLICY, load_finder
    from models.release import hash_file

    about = {"finder_sha256": hash_file(options.finder / "finder.onnx"), "fill": POLICY.fill}
    find = load_finder(options.finder)
    print(write_crops(options.data, options.out, find, fill=POLICY.fill, about=about))


def _train(options: argparse.Namespace) -> None:
    if options.network == "finder":
        _train_finder(options)
        return
    from models.crop_folder import CropFolder
    from models.photos import split_photos
    from models.training import Trainer

    out = options.out or Path("runs") / options.network
    config = _configure(options, out)
    folder = CropFolder.open(options.data)
    train, validation, _ = split_photos(folder.photos, folds=config.folds, seed=config.seed)
    lesions = [photo for photo in validation if photo.label != "no_lesion"]
    trainer = Trainer(config, folder.take(train), folder.take(lesions), out, device=options.device)
    if options.start is not None and not options.resume:
        trainer.start_from(options.start)
    trainer.run(resume=options.resume, stop=_deadline(options.minutes))


def _train_finder(options: argparse.Namespace) -> None:
    from models.finder_training import FinderConfig, train_finder
    from models.photos import read_photos, split_photos
    from models.runs import check_free

    out = options.out or Path("runs/finder")
    check_free(out, "finder.pt")
    train, _, _ = split_photos(read_photos(options.data), folds=10, seed=20)
    train_finder(train, options.data, out, FinderConfig())


def _deadline(minutes: float | None) -> Callable[[], bool]:
    """Whether so many minutes have passed since now; never if None."""
    end = math.inf if minutes is None else time.monotonic() + 60 * minutes
    return lambda: time.monotonic() > end


def _configure(options: argparse.Namespace, out: Path) -> "TrainConfig":
    """A new run's config of the options, or that of the run in `out`, which they may not contradict."""
    from models.runs import check_asked, check_free, name_start, read_config
    from models.training import RECIPES, TrainConfig

    asked = {
        "network": options.network,
        "views": options.views,
        "size_px": options.size,
        "start": None if options.start is None else name_start(options.start),
        "start_view": options.at_view,
    }
    if options.resume:
        config = read_config(out)
        check_asked(config, asked)
        return config
    check_free(out)
    given = {name: value for name, value in asked.items() if value is not None}
    return TrainConfig(**{"views": _VIEWS, **RECIPES[options.network], **given})


def _soup(options: argparse.Namespace) -> None:
    from models.soup import mix_runs

    run = options.run or Path("runs") / options.network
    print(mix_runs(options.network, run, options.start, share=options.share))


def _export(options: argparse.Namespace) -> None:
    if options.only == "finder":
        _export_finder(options)
        return
    from models.exporting import ExportConfig, export_runs

    runs = {name: run for name, run in _runs(options).items() if options.only in (None, name)}
    export_runs(options.data, runs, options.out, version=options.version, config=ExportConfig())


def _export_finder(options: argparse.Namespace) -> None:
    from PIL import Image

    from models.finder_release import export_finder
    from models.finder_training import load_trained_finder
    from models.photos import read_photos, split_photos

    _, validation, _ = split_photos(read_photos(options.data), folds=10, seed=20)
    photos = [Image.open(photo.path).convert("RGB") for photo in validation[::40]]
    run = json.loads((options.finder / "config.json").read_text(encoding="utf-8"))
    options.out.mkdir(parents=True, exist_ok=True)
    export_finder(load_trained_finder(options.finder), options.out, photos, run={"config": run})


def _calibrate(options: argparse.Namespace) -> None:
    from models.calibrating import CalibrateConfig, calibrate_release

    runs = _runs(options)
    calibrate_release(
        options.data,
        runs,
        options.out,
        photos=options.photos,
        version=options.version,
        config=CalibrateConfig(),
    )


def _reference(options: argparse.Namespace) -> None:
    from models.calibrating import CalibrateConfig, renew_reference

    count = renew_reference(options.data, options.out, config=CalibrateConfig())
    print(f"reference of {count} validation photos written to {options.out / 'pair.json'}")


def _metrics(options: argparse.Namespace) -> None:
    from models.calibrating import CalibrateConfig, renew_metrics

    count = renew_metrics(options.data, options.out, config=CalibrateConfig())
    print(f"metrics of {count} photos with a lesion written to {options.out / 'pair.json'}")


def _twins(options: argparse.Namespace) -> None:
    from models.calibrating import CalibrateConfig
    from models.photos import TWINS, read_photos
    from models.twins import list_twins, write_twins

    split = CalibrateConfig()
    found = list_twins(read_photos(options.data), folds=split.folds, seed=split.seed)
    out = options.out or TWINS
    write_twins(found, out)
    print(f"{len(found)} photos of validation and held out show a shot that others have too: {out}")


def _labels(options: argparse.Namespace) -> None:
    from models.labels import write_labels

    print(write_labels(options.data, options.out))


def _baselines(options: argparse.Namespace) -> None:
    from models.baselines import BaselineConfig, run_baselines

    run_baselines(options.data, BaselineConfig(network_minutes=options.network_minutes))


def _runs(options: argparse.Namespace) -> dict[Literal["cnn", "vit"], Path]:
    return {"cnn": options.cnn, "vit": options.vit}


_COMMANDS = {
    "crops": _crops,
    "train": _train,
    "soup": _soup,
    "export": _export,
    "calibrate": _calibrate,
    "reference": _reference,
    "metrics": _metrics,
    "twins": _twins,
    "labels": _labels,
    "baselines": _baselines,
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="nevus models", description="Train, export, calibrate and lay out the classifiers."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    crops = commands.add_parser("crops", help="find the lesion on every photo and write a folder of crops")
    crops.add_argument(
        "--finder", type=Path, default=_RELEASED, help="folder with finder.onnx (models/released)"
    )
    crops.add_argument(
        "--out", type=Path, required=True, help="the folder to write; `train` reads it as --data"
    )
    train = commands.add_parser(
        "train", help="train the lesion finder, or one classifier on views of its crops"
    )
    train.add_argument(
        "network", choices=["finder", "cnn", "vit"], help="the finder needs the photos, the others crops"
    )
    train.add_argument("--out", type=Path, help="folder of the run (default: runs/NETWORK)")
    train.add_argument("--views", type=_count, help=f"of the whole schedule ({_VIEWS})")
    train.add_argument("--size", type=_count, help="side of the views in pixels (cnn 128, vit 112)")
    train.add_argument("--device", default="cpu", help="cpu or cuda (cpu)")
    train.add_argument("--minutes", type=_positive, help="stop after so long; --resume goes on from there")
    train.add_argument(
        "--from", dest="start", type=Path, help="start from a checkpoint, or from a released pair's folder"
    )
    train.add_argument("--at-view", type=_count, help="of the schedule, where the run begins (0)")
    train.add_argument(
        "--resume", action="store_true", help="go on from the folder's last checkpoint, as the run was begun"
    )
    soup = commands.add_parser("soup", help="average the weights of two runs")
    soup.add_argument("network", choices=["cnn", "vit"])
    soup.add_argument("--run", type=Path, help="folder of the run (default: runs/NETWORK)")
    soup.add_argument("--from", dest="start", type=Path, required=True, help="folder of the other run")
    soup.add_argument("--share", type=_share, default=0.5, help="of the run, 0 to 1 (0.5)")
    export = commands.add_parser("export", help="fit the domain probes and write graphs and cards")
    calibrate = commands.add_parser("calibrate", help="write pair.json: scales, thresholds, figures")
    calibrate.add_argument(
        "--photos", type=Path, required=True, help="folder of the photos that --data holds crops of"
    )
    reference = commands.add_parser(
        "reference", help="renew only what `nevus drift` compares with (calibrate writes it too)"
    )
    metrics = commands.add_parser("metrics", help="renew only the figures in pair.json; needs no run")
    for command in (reference, metrics):
        command.add_argument(
            "--out", type=Path, default=_RELEASED, help="folder of the pair (models/released)"
        )
    for command in (export, calibrate):
        command.add_argument("--cnn", type=Path, default=Path("runs/cnn"), help="run of the CNN (runs/cnn)")
        command.add_argument("--vit", type=Path, default=Path("runs/vit"), help="of the ViT (runs/vit)")
        command.add_argument(
            "--out", type=Path, default=_RELEASED, help="folder of the pair (models/released)"
        )
        command.add_argument("--version", required=True, help="of the pair, written into it")
    export.add_argument("--only", choices=["finder", "cnn", "vit"], help="one graph alone")
    export.add_argument(
        "--finder", type=Path, default=Path("runs/finder"), help="of the finder (runs/finder)"
    )
    twins = commands.add_parser(
        "twins", help="find shots that stand in two parts, and leave them out from then on"
    )
    twins.add_argument("--out", type=Path, help="the list to write (models/twins.csv)")
    labels = commands.add_parser("labels", help="write the photos and their splits for `nevus evaluate`")
    labels.add_argument("--out", type=Path, required=True, help="the table to write")
    baselines = commands.add_parser("baselines", help="what plain means reach on the same folds")
    baselines.add_argument(
        "--network-minutes", type=float, default=3, help="of the three-block CNN; 0 leaves it out (3)"
    )
    _add_repository(commands)
    data = os.environ.get("NEVUS_DATA_DIR")
    for command in (crops, train, export, calibrate, reference, metrics, twins, labels, baselines):
        command.add_argument("--data", type=Path, default=Path(data) if data else None, help=_DATA_HELP)
        command.add_argument("--threads", type=_count, default=1, help="of torch (1)")
    return parser


def _read(kind: type[Number], text: str) -> Number:
    try:
        return kind(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is no number") from None


def _share(text: str) -> float:
    share = _read(float, text)
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return share


def _positive(text: str) -> float:
    number = _read(float, text)
    if not number > 0:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return number


def _count(text: str) -> int:
    number = _read(int, text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is below 1")
    return number


def _add_repository(commands: Any) -> None:
    repository = commands.add_parser(
        "repository", help="lay the released pair out for MLServer and Triton (needs no torch)"
    )
    repository.add_argument("directory", type=Path, metavar="DIR", help="folder of the repository")
    models = os.environ.get("NEVUS_MODELS_DIR")
    repository.add_argument(
        "--models",
        type=Path,
        default=Path(models) if models else None,
        help="where the release lies (default: NEVUS_MODELS_DIR, else the installed pair)",
    )
    repository.add_argument(
        "--instances", type=_count, default=2, help="photos that Triton reads side by side: one a core (2)"
    )


if __name__ == "__main__":
    sys.exit(main())
