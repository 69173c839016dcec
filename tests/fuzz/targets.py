"""What is fuzzed: the three readers that take in what strangers send."""

import contextlib
import resource
import time

import orjson
from telegram import CallbackQuery

from bot.conversation.callback_data import Press
from bot.delivery.updates import UpdateError, UpdateFilter, read_address
from inference.photos import PhotoError, read_photo

LONGEST_S = 2.0
MOST_MEMORY_BYTES = 600_000_000
DOORKEEPER = UpdateFilter(bot_id=1, username="nevus_bot")


class LimitError(AssertionError):
    """It ended, but took too much of the machine."""


def fuzz_photo(data: bytes) -> None:
    """Any bytes are a photo of whole pixels or a `PhotoError`."""
    with contextlib.suppress(PhotoError):
        photo = read_photo(data)
        assert photo.pixels.ndim == 3
        assert photo.pixels.shape[2] == 3
        assert photo.pixels.size > 0


def fuzz_update(data: bytes) -> None:
    """Any JSON object is addressed or refused, and the update_filter answers yes or no."""
    try:
        raw = orjson.loads(data)
    except orjson.JSONDecodeError:
        return
    if not isinstance(raw, dict):
        return
    with contextlib.suppress(UpdateError):
        address = read_address(raw)
        assert isinstance(address.chat_id, int)
        assert address.track in ("quick", "photo")
        assert DOORKEEPER.admits(raw) in (True, False)


def fuzz_callback(data: bytes) -> None:
    """Any button data are read into an action and arguments, or are none of ours."""
    words = data.decode("utf-8", "replace")
    message = {"message_id": 1, "date": 1, "chat": {"id": 1, "type": "private"}, "text": "x"}
    person = {"id": 1, "is_bot": False, "first_name": "x"}
    raw = {"id": "1", "from": person, "chat_instance": "1", "message": message, "data": words}
    query = CallbackQuery.de_json(raw, None)
    press = Press.read(query)
    assert press is None or isinstance(press.action, str)


TARGETS = {"photo": fuzz_photo, "update": fuzz_update, "callback": fuzz_callback}


def run_within_limits(target: str, data: bytes) -> None:
    """Run one input.

    Raises:
        LimitError: it took over two seconds, or the process over 600 MB.
    """
    began = time.process_time()
    TARGETS[target](data)
    if (took_s := time.process_time() - began) > LONGEST_S:
        raise LimitError(f"{took_s:.1f} s")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    if memory > MOST_MEMORY_BYTES:
        raise LimitError(f"{memory / 1e6:.0f} MB")
