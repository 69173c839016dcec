"""`nevus models`: train, calibrate, export."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path


def main(argv: Sequence[str] | None = None) -> int:
    """Run a subcommand; 0 when it did its work, 2 for bad usage."""
    options = _parser().parse_args(argv)
    if options.data is None:
        print("name the photos' folder with --data or NEVUS_DATA_DIR", file=sys.stderr)
        return 2
    return _train(options)


def _train(options: argparse.Namespace) -> int:
    import torch

    from models.training import RECIPES, TrainConfig, Trainer

    torch.set_num_threads(options.threads)
    config = TrainConfig(network=options.network, minutes=options.minutes, **RECIPES[options.network])
    out = options.out or Path("runs") / options.network
    Trainer(config, options.data, out).run(resume=options.resume)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="nevus models", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    train = commands.add_parser("train", help="fine-tune one classifier")
    train.add_argument("network", choices=["cnn", "vit"])
    data = os.environ.get("NEVUS_DATA_DIR")
    train.add_argument("--data", type=Path, default=Path(data) if data else None)
    train.add_argument("--out", type=Path)
    train.add_argument("--minutes", type=float, default=95)
    train.add_argument("--threads", type=int, default=1)
    train.add_argument("--resume", action="store_true")
    return parser


if __name__ == "__main__":
    sys.exit(main())
