"""A melanoma bot as one is usually written: everything in one python-telegram-bot handler, polling.

Download, open with Pillow, resize, both networks, answer with a line of text: no card, no record, no queue.
With `torch` the networks run eagerly (the same architectures, weights at random: that takes as long); with
`onnx` the released graphs run in ONNX Runtime with its default settings.
"""

import asyncio
import io
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps
from telegram import Update
from telegram.ext import Application, CommandHandler, ContextTypes, MessageHandler, filters

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from inference.preprocess import PreprocessSpec  # noqa: E402 - once the checkout is found

Network = Callable[[NDArray[np.uint8]], Sequence[Any]]


def load_torch() -> list[tuple[Network, PreprocessSpec]]:
    """Both networks, eager."""
    import torch

    from models.networks.build import NAMES, build_network

    def wrap(network: Any) -> Network:
        def run(photo: NDArray[np.uint8]) -> Sequence[Any]:
            with torch.inference_mode():
                return tuple(network(torch.from_numpy(photo[None])))

        return run

    built = [build_network(name, pretrained=False) for name in NAMES]
    return [(wrap(network.eval()), spec) for network, spec in built]


def load_onnx() -> list[tuple[Network, PreprocessSpec]]:
    """The released graphs, with the library's defaults."""
    import onnxruntime as ort

    from inference.policy import CLASSIFIERS
    from inference.release import load_release

    release = load_release(Path(os.environ["NEVUS_MODELS_DIR"]))

    def wrap(session: Any) -> Network:
        return lambda photo: session.run(None, {"photos": photo[None]})

    return [
        (wrap(ort.InferenceSession(str(release.graph_path(name)))), release.cards[name].preprocess)
        for name in CLASSIFIERS
    ]


def main() -> None:
    """Poll until stopped."""
    networks = load_torch() if sys.argv[1] == "torch" else load_onnx()

    async def start(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        if update.message is not None:
            await update.message.reply_text("Send a photo.")

    async def answer(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        if update.message is None:
            return
        file = await update.message.photo[-1].get_file()
        data = bytes(await file.download_as_bytearray())
        image = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
        said = []
        for network, spec in networks:
            small = np.array(image.resize((spec.size_px, spec.size_px), Image.Resampling.BILINEAR))
            said.append(float(np.asarray(network(small)[0]).ravel()[0]))
        await update.message.reply_text("melanoma: " + ", ".join(f"{logit:.2f}" for logit in said))

    application = (
        Application.builder()
        .token(os.environ["NEVUS_TELEGRAM_TOKEN"])
        .base_url(os.environ["NEVUS_TELEGRAM_API_URL"] + "/bot")
        .base_file_url(os.environ["NEVUS_TELEGRAM_API_URL"] + "/file/bot")
        .build()
    )
    application.add_handler(CommandHandler("start", start))
    application.add_handler(MessageHandler(filters.PHOTO, answer))
    asyncio.set_event_loop(asyncio.new_event_loop())
    application.run_polling()


if __name__ == "__main__":
    main()
