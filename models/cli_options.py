"""The options of `nevus models`: nothing here needs torch."""

import argparse
import os
from pathlib import Path
from typing import Any, Final, TypeVar

Number = TypeVar("Number", int, float)

RELEASED: Final = Path(__file__).parent / "released"
VIEWS: Final = 160_000
_DATA: Final = "folder with labels.csv and the photos (default: NEVUS_DATA_DIR)"
_CROPS: Final = "folder that `crops` wrote (default: NEVUS_DATA_DIR)"
_FINDER: Final = "folder with finder.onnx (models/released)"
_PAIR: Final = "folder of the pair (models/released)"


def build_parser() -> argparse.ArgumentParser:
    """The command's parser, with `command` and the subcommand's options."""
    parser = argparse.ArgumentParser(
        prog="nevus models", description="Train, export, calibrate and lay out the classifiers."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    crops = commands.add_parser("crops", help="find the lesion on every photo and write a folder of crops")
    crops.add_argument("--finder", type=Path, default=RELEASED, help=_FINDER)
    crops.add_argument(
        "--out", type=Path, required=True, help="the folder to write; `train` reads it as --data"
    )
    _add_data(crops, _DATA)
    _add_train(commands)
    soup = commands.add_parser("soup", help="average the weights of two runs")
    soup.add_argument("network", choices=["finder", "cnn", "vit"])
    soup.add_argument("--run", type=Path, help="folder of the run (default: runs/NETWORK)")
    soup.add_argument("--from", dest="start", type=Path, required=True, help="folder of the other run")
    soup.add_argument("--share", type=_share, default=0.5, help="of the run, 0 to 1 (0.5)")
    _add_release(commands)
    _add_lists(commands)
    _add_repository(commands)
    for each in commands.choices.values():
        each.set_defaults(parser=each)  # an error shows its usage
    return parser


def find_unknown_to_finder(options: argparse.Namespace) -> str:
    """The options of a classifier's training that were given for the finder's, comma-separated."""
    if options.command != "train" or options.network != "finder":
        return ""
    given = {
        "--size": options.size,
        "--device": options.device != "cpu" or None,
        "--minutes": options.minutes,
        "--at-view": options.at_view,
        "--resume": options.resume or None,
        "--teacher": options.teacher,
        "--mix": options.mix,
    }
    return ", ".join(name for name, value in given.items() if value is not None)


def _add_train(commands: Any) -> None:
    train = commands.add_parser(
        "train", help="train the lesion finder, or one classifier on views of its crops"
    )
    train.add_argument(
        "network", choices=["finder", "cnn", "vit"], help="the finder needs the photos, the others crops"
    )
    train.add_argument("--out", type=Path, help="folder of the run (default: runs/NETWORK)")
    train.add_argument(
        "--views", type=_count, help=f"of the whole schedule ({VIEWS}); of the finder's second round"
    )
    train.add_argument("--size", type=_count, help="side of the views in pixels (cnn 128, vit 112)")
    train.add_argument("--device", default="cpu", help="cpu or cuda (cpu)")
    train.add_argument("--minutes", type=_positive, help="stop after so long; --resume goes on from there")
    train.add_argument(
        "--from",
        dest="start",
        type=Path,
        help="start from a checkpoint, or from a released pair's folder (the finder from a folder only)",
    )
    train.add_argument(
        "--teacher",
        type=Path,
        action="append",
        help="folder of a run whose scores are learnt, too; of several (given again) the mean",
    )
    train.add_argument(
        "--mix",
        type=_positive,
        help="mixup of views: both parameters of the beta distribution, mostly 0.2 to 1 (off)",
    )
    train.add_argument("--at-view", type=_count, help="of the schedule, where the run begins (0)")
    train.add_argument(
        "--resume", action="store_true", help="go on from the folder's last checkpoint, as the run was begun"
    )
    _add_data(train, "the photos' folder for the finder, else the one that `crops` wrote (NEVUS_DATA_DIR)")


def _add_release(commands: Any) -> None:
    export = commands.add_parser("export", help="fit the domain probes and write graphs and cards")
    calibrate = commands.add_parser("calibrate", help="write pair.json: scales, thresholds, figures")
    malignant = commands.add_parser(
        "malignant", help="fit only the malignant score's weights again; `calibrate --keep-gate` comes next"
    )
    reference = commands.add_parser(
        "reference", help="renew only what `nevus drift` compares with (calibrate writes it too)"
    )
    metrics = commands.add_parser("metrics", help="renew only the figures in pair.json; needs no run")
    figures = commands.add_parser("figures", help="let the chat say what `nevus evaluate --json` measured")
    figures.add_argument("evaluation", type=Path, metavar="FILE", help="the JSON of this pair")
    figures.add_argument("--out", type=Path, default=RELEASED, help=_PAIR)
    for command in (export, calibrate):
        command.add_argument("--cnn", type=Path, default=Path("runs/cnn"), help="run of the CNN (runs/cnn)")
        command.add_argument("--vit", type=Path, default=Path("runs/vit"), help="of the ViT (runs/vit)")
    for command in (export, malignant, calibrate):
        command.add_argument("--version", required=True, help="of the pair, written into it")
    calibrate.add_argument(
        "--keep-gate",
        action="store_true",
        help="keep what tells kinds of photo apart as it is in the folder's pair.json: no run is needed",
    )
    export.add_argument("--only", choices=["finder", "cnn", "vit"], help="one graph alone")
    export.add_argument("--finder", type=Path, default=Path("runs/finder"), help="its run (runs/finder)")
    calibrate.add_argument(
        "--photos", type=Path, help="the photos that the crops were made from, for what `drift` compares with"
    )
    for command in (export, malignant, calibrate, reference, metrics):
        command.add_argument("--out", type=Path, default=RELEASED, help=_PAIR)
        _add_data(command, _DATA if command is reference else _CROPS)


def _add_lists(commands: Any) -> None:
    boxes = commands.add_parser("boxes", help="what the finder reaches on photos that it never learnt from")
    boxes.add_argument("--finder", type=Path, default=RELEASED, help=_FINDER)
    twins = commands.add_parser(
        "twins", help="find shots that are in two parts, and leave them out from then on"
    )
    twins.add_argument("--out", type=Path, help="the list to write (models/training/twins.csv)")
    labels = commands.add_parser("labels", help="write the photos and their splits for `nevus evaluate`")
    labels.add_argument("--out", type=Path, required=True, help="the table to write")
    baselines = commands.add_parser("baselines", help="what plain means reach on the same folds")
    baselines.add_argument(
        "--network-minutes", type=float, default=3, help="of the three-block CNN; 0 leaves it out (3)"
    )
    for command in (boxes, twins, labels, baselines):
        _add_data(command, _DATA)


def _add_data(command: argparse.ArgumentParser, words: str) -> None:
    data = os.environ.get("NEVUS_DATA_DIR")
    command.add_argument("--data", type=Path, default=Path(data) if data else None, help=words)
    command.add_argument("--threads", type=_count, default=1, help="of torch (1)")


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
        help="folder of the release (default: NEVUS_MODELS_DIR, else the installed pair)",
    )
    repository.add_argument(
        "--instances", type=_count, default=2, help="photos that Triton reads side by side: one a core (2)"
    )


def _read(kind: type[Number], text: str) -> Number:
    try:
        return kind(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is not a number") from None


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
