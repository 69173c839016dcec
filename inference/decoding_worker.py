"""The child process that decodes: reads files from its standard input, writes pixels into shared memory.

Started by `inference.decoding`, never by hand. It loads Pillow alone (no numpy, no ONNX Runtime) so that it
starts in a tenth of a second and stays near 20 MB. A signal ends it when a photo takes too long, and the end
of its input when the bot is gone.
"""

import mmap
import os
import resource
import signal
import struct
import sys
from pathlib import Path
from typing import BinaryIO

from inference.photo_errors import (
    DamagedPhotoError,
    DicomError,
    HdrPhotoError,
    OtherFormatError,
    PhotoError,
    RawPhotoError,
    TooLargeHereError,
    TooManyBytesError,
    TooManyPixelsError,
    UnsupportedFormatError,
)
from inference.photo_parts import Part
from inference.photos import Admit, open_upright
from inference.priority import offer_to_kernel, step_back
from inference.working_size import MAX_DECODED_PIXELS

# Bytes of the file that follows, and which part of it is wanted: its edges and factor; factor 0 is the whole.
REQUEST = struct.Struct("<QIIIII")
# status, 1 when this worker retires, width and height of the pixels, width and height in the file. With the
# status `ASKS`, the third number is the memory in bytes that decoding will take; `ADMITTED` or `REFUSED` is
# the answer to it.
REPLY = struct.Struct("<BBIIII")
SHARED_BYTES = MAX_DECODED_PIXELS * 3

WALL_FACTOR = 4  # a busy machine is not the photo's fault

DONE, ASKS = 0, 1
ADMITTED, REFUSED = b"\x01", b"\x00"
# The status of each refusal is its place here, from 2 on.
REFUSALS: tuple[type[PhotoError], ...] = (
    DamagedPhotoError,
    TooManyBytesError,
    TooManyPixelsError,
    TooLargeHereError,
    UnsupportedFormatError,
    OtherFormatError,
    RawPhotoError,
    HdrPhotoError,
    DicomError,
)
FIRST_REFUSAL = 2
# Photos that take less are decoded without asking: a phone's JPEG among them.
UNASKED_BYTES = 32_000_000
# A worker that keeps the pages of a large photo answers, then makes room for a new one. (The system's own
# figure of the highest use will not do: it starts at what the parent used.)
RETIRE_ABOVE_BYTES = 100_000_000


def main(arguments: list[str]) -> int:
    """Serve until the input ends.

    Args:
        arguments: descriptor of the shared memory, limit of memory in bytes, limit of CPU time in seconds.
    """
    shared_fd, max_memory, max_seconds = int(arguments[0]), int(arguments[1]), int(arguments[2])
    # A descriptor for replies alone: what a library prints goes nowhere.
    replies = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    requests = os.fdopen(0, "rb", buffering=1 << 16)
    offer_to_kernel()
    resource.setrlimit(resource.RLIMIT_AS, (max_memory, max_memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would hold a patient's photo
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    step_back()
    signal.signal(signal.SIGALRM, signal.SIG_DFL)

    def admit(count: int) -> None:
        if count <= UNASKED_BYTES:
            return
        signal.alarm(0)  # waiting for other photos is not this one's time
        os.write(replies, REPLY.pack(ASKS, 0, min(count, 0xFFFFFFFF), 0, 0, 0))
        if requests.read(1) != ADMITTED:
            raise TooLargeHereError
        _allow_seconds(max_seconds)

    with mmap.mmap(shared_fd, SHARED_BYTES) as shared:
        while request := _next_request(requests):
            _allow_seconds(max_seconds)
            reply = _answer(*request, shared, admit)
            signal.alarm(0)
            os.write(replies, reply)
    return 0


def _allow_seconds(seconds: int) -> None:
    """So much CPU, and four times as much on the clock: past either the kernel ends this process."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = int(usage.ru_utime + usage.ru_stime) + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (used + seconds, hard))
    signal.alarm(WALL_FACTOR * seconds)


def _next_request(requests: BinaryIO) -> tuple[bytes, Part | None] | None:
    """The next file's bytes and the part that is wanted of it; None when the input has ended."""
    head = requests.read(REQUEST.size)
    if len(head) < REQUEST.size:
        return None
    length, *part = REQUEST.unpack(head)
    data = requests.read(length)
    if len(data) < length:
        return None
    return data, Part(*part) if part[-1] else None


def _answer(data: bytes, part: Part | None, shared: mmap.mmap, admit: Admit) -> bytes:
    try:
        photo = open_upright(data, admit, part=part)
        status = DONE
        width, height = photo.image.size
        shared[: width * height * 3] = photo.image.tobytes()
        size = width, height, photo.width_px, photo.height_px
    except PhotoError as error:
        kind = type(error) if type(error) in REFUSALS else DamagedPhotoError
        status, size = FIRST_REFUSAL + REFUSALS.index(kind), (0, 0, 0, 0)
    return REPLY.pack(status, _resident_bytes() > RETIRE_ABOVE_BYTES, *size)


def _resident_bytes() -> int:
    """Memory that this process holds now; 0 if the system does not say."""
    try:
        return int(Path("/proc/self/statm").read_bytes().split()[1]) * mmap.PAGESIZE
    except OSError:
        return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
