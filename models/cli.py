"""`nevus models`: training, export, calibration, figures; what a command needs is imported when it runs."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

if TYPE_CHECKING:
    from models.training import TrainConfig

Number = TypeVar("Number", int, float)

_RELEASED = Path(__file__).parent / "released"
_MINUTES = 90.0
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


def _train(options: argparse.Namespace) -> None:
    from models.runs import find_teacher
    from models.teacher import Teacher
    from models.training import Trainer

    out = options.out or Path("runs") / options.network
    config = _configure(options, out)
    # a run that goes on has its weights in the checkpoint
    released = None if options.resume else options.start
    teacher = None
    if config.teacher is not None:
        teacher = Teacher(find_teacher(config.teacher, options.teacher or _RELEASED))
    Trainer(config, options.data, out, released=released, teacher=teacher).run(resume=options.resume)


def _configure(options: argparse.Namespace, out: Path) -> "TrainConfig":
    """A new run's config of the options, or that of the run in `out`, which they may not contradict."""
    from models.runs import check_asked, check_free, read_config, read_version
    from models.training import GOING_ON, RECIPES, TrainConfig

    asked = {
        "network": options.network,
        "minutes": options.minutes,
        "start": None if options.start is None else read_version(options.start, "--from"),
        "teacher": None if options.teacher is None else read_version(options.teacher, "--teacher"),
    }
    if options.resume:
        config = read_config(out)
        check_asked(config, asked)
        return config
    check_free(out)
    recipe = (RECIPES if options.start is None else GOING_ON)[options.network]
    given = {name: value for name, value in asked.items() if value is not None}
    return TrainConfig(**{"minutes": _MINUTES, **given, **recipe})


def _soup(options: argparse.Namespace) -> None:
    from models.runs import read_version
    from models.soup import mix_run

    read_version(options.start, "--from")
    run = options.run or Path("runs") / options.network
    print(mix_run(options.network, run, options.start, data=options.data, share=options.share))


def _export(options: argparse.Namespace) -> None:
    from models.exporting import ExportConfig, export_runs

    runs = {name: run for name, run in _runs(options).items() if options.only in (None, name)}
    export_runs(options.data, runs, options.out, version=options.version, config=ExportConfig())


def _calibrate(options: argparse.Namespace) -> None:
    from models.calibrating import CalibrateConfig, calibrate_release

    runs = _runs(options)
    calibrate_release(options.data, runs, options.out, version=options.version, config=CalibrateConfig())


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
    train = commands.add_parser("train", help="fine-tune one classifier for a stated time")
    train.add_argument("network", choices=["cnn", "vit"])
    train.add_argument("--out", type=Path, help="folder of the run (default: runs/NETWORK)")
    train.add_argument(
        "--minutes", type=_positive, help=f"wall clock; the schedule ends with it ({_MINUTES:g})"
    )
    train.add_argument(
        "--from", dest="start", type=Path, help="go on from the weights of a released pair (its folder)"
    )
    train.add_argument(
        "--teacher", type=Path, help="learn also from what a released pair's CNN says (its folder)"
    )
    train.add_argument(
        "--resume", action="store_true", help="go on from the folder's last checkpoint, as the run was begun"
    )
    soup = commands.add_parser("soup", help="average a run's weights with those it started from")
    soup.add_argument("network", choices=["cnn", "vit"])
    soup.add_argument("--run", type=Path, help="folder of the run (default: runs/NETWORK)")
    soup.add_argument("--from", dest="start", type=Path, required=True, help="the pair that it started from")
    soup.add_argument("--share", type=_share, default=0.5, help="of the run, 0 to 1 (0.5)")
    export = commands.add_parser("export", help="fit the domain probes and write graphs and cards")
    calibrate = commands.add_parser("calibrate", help="write pair.json: scales, thresholds, figures")
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
    export.add_argument("--only", choices=["cnn", "vit"], help="one of the two")
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
    for command in (train, soup, export, calibrate, reference, metrics, twins, labels, baselines):
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
