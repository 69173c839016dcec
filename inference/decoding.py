"""Decoding in child processes with limits, so that a hostile photo takes down a worker and never the bot.

A worker is this interpreter running `inference.decoding_worker`: Pillow and little else, no environment, no
core dumps, with limits on memory and on time. The file goes in through a pipe; the pixels come back in memory
that both sides share, sealed so that the worker cannot shrink it under our feet. A worker ends by itself when
this process ends, however it ends.
"""

import contextlib
import fcntl
import mmap
import os
import queue
import select
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO

import numpy as np

from inference import decoding_worker as worker
from inference.photos import (
    MAX_SIDE_PX,
    DamagedPhotoError,
    DecodedPhoto,
    PhotoError,
    TooManyBytesError,
    TooManyPixelsError,
    UnsupportedFormatError,
    check_size,
    tell_format,
)

# 50 megapixels are 200 MB as Pillow holds them, and WebP and HEIC need as much again beside it
MAX_MEMORY_BYTES = 1 << 30
# A 50-megapixel HEIC takes about 1.5 s of one core (AMD Zen 4); what takes longer is made to
MAX_SECONDS = 5
_PIPE_BYTES = 1 << 20  # one write for nearly every photo
_LIMIT_SIGNALS = {-signal.SIGXCPU, -signal.SIGALRM}
_KEPT_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "PYTHONHOME")
# glibc: keep what a usual photo takes (5 MB) for the next one. Asking the system anew for each cost 900 page
# faults, 2 of 5.5 ms of a worker's time (measured 2026-11); larger pieces still go back at once.
_KEEP_PAGES = {"MALLOC_MMAP_THRESHOLD_": str(4 << 20), "MALLOC_TRIM_THRESHOLD_": str(16 << 20)}

_REFUSALS: dict[int, tuple[type[PhotoError], str]] = {
    worker.TOO_MANY_BYTES: (TooManyBytesError, "the file is too large"),
    worker.TOO_MANY_PIXELS: (TooManyPixelsError, "the photo has more than 50 megapixels"),
    worker.UNSUPPORTED: (UnsupportedFormatError, "the photo's kind of pixels cannot be read"),
    worker.DAMAGED: (DamagedPhotoError, "the photo is damaged or incomplete"),
}


class _WorkerLostError(Exception):
    """A worker died or hung; `at_limit` when by the photo's own doing."""

    def __init__(self, *, at_limit: bool) -> None:
        super().__init__("a decoding worker was lost")
        self.at_limit = at_limit


class DecodePool:
    """Decodes photos in up to `workers` child processes. Methods block; safe to call from many threads."""

    def __init__(
        self, *, workers: int = 2, max_memory_bytes: int = MAX_MEMORY_BYTES, max_seconds: int = MAX_SECONDS
    ) -> None:
        self._limits = (max_memory_bytes, max_seconds)
        self._slots: queue.LifoQueue[_Worker | None] = queue.LifoQueue()
        self._size = workers
        for _ in range(workers):
            self._slots.put(None)

    def start(self) -> None:
        """Start the workers that are missing; returns before they are ready."""
        taken = [self._slots.get() for _ in range(self._size)]
        for each in taken:
            self._slots.put(each or _Worker(*self._limits))

    def decode(self, data: bytes) -> DecodedPhoto:
        """One photo's pixels.

        A worker that dies is replaced and the photo tried once more, since the death may not be its doing.

        Raises:
            PhotoError: the bytes are no photo that can be read, or none that can be read within the limits.
        """
        check_size(data)
        tell_format(data)
        for _ in range(2):
            try:
                return self._decode_once(data)
            except _WorkerLostError as lost:
                if lost.at_limit:
                    break
        raise DamagedPhotoError("the photo cannot be decoded within the limits")

    def _decode_once(self, data: bytes) -> DecodedPhoto:
        slot = self._slots.get()
        kept: _Worker | None = None
        try:
            slot = slot or _Worker(*self._limits)
            photo, retires = slot.decode(data)
            kept = None if retires else slot
        except PhotoError:
            kept = slot
            raise
        else:
            return photo
        finally:
            if slot is not None and slot is not kept:
                slot.close()
            self._slots.put(kept)

    def stop(self) -> None:
        """Wait for what is under way and end the workers. The pool can be used again afterwards."""
        taken = [self._slots.get() for _ in range(self._size)]
        for each in taken:
            if each is not None:
                each.close()
            self._slots.put(None)

    def pids(self) -> list[int]:
        """Process ids of the workers, once none is at work: for tests and benchmarks."""
        taken = [self._slots.get() for _ in range(self._size)]
        for each in taken:
            self._slots.put(each)
        return [each.pid for each in taken if each is not None]


class _Worker:
    """One child process, for one photo at a time."""

    def __init__(self, max_memory_bytes: int, max_seconds: int) -> None:
        self._timeout_s = worker.WALL_FACTOR * max_seconds + 2.0  # the child's own alarm rings first
        shared_fd = _create_shared_memory(worker.SHARED_BYTES)
        try:
            self._shared = mmap.mmap(shared_fd, worker.SHARED_BYTES)
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-P", "-m", "inference.decoding_worker"),
                    *(str(shared_fd), str(max_memory_bytes), str(max_seconds)),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                pass_fds=(shared_fd,),
                env=_environment(),
                start_new_session=True,  # Ctrl-C is for the bot, which then ends its workers
            )
        finally:
            os.close(shared_fd)
        self._requests, self._replies = _descriptor(self._process.stdin), _descriptor(self._process.stdout)
        os.set_blocking(self._requests, False)
        with contextlib.suppress(OSError, AttributeError):
            fcntl.fcntl(self._requests, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)

    @property
    def pid(self) -> int:
        return self._process.pid

    def decode(self, data: bytes) -> tuple[DecodedPhoto, bool]:
        """The pixels, and whether the worker retires after them."""
        deadline = time.monotonic() + self._timeout_s
        try:
            self._send(memoryview(worker.REQUEST.pack(len(data))), deadline)
            self._send(memoryview(data), deadline)
            reply = self._receive(deadline)
        except OSError as error:
            raise self._lost() from error
        status, retires, width, height, file_width, file_height = worker.REPLY.unpack(reply)
        if status != worker.DONE:
            kind, text = _REFUSALS.get(status, _REFUSALS[worker.DAMAGED])
            raise kind(text)
        if not (0 < width <= MAX_SIDE_PX and 0 < height <= MAX_SIDE_PX):
            raise self._lost()  # no worker in its right mind says this
        pixels = np.frombuffer(self._shared, np.uint8, width * height * 3).reshape(height, width, 3).copy()
        return DecodedPhoto(pixels=pixels, width_px=file_width, height_px=file_height), bool(retires)

    def close(self) -> None:
        """End the process and free what it held."""
        process = self._process
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            process.wait(timeout=0.2)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._shared.close()

    def _send(self, rest: memoryview, deadline: float) -> None:
        while rest:
            self._wait(self._requests, select.POLLOUT, deadline)
            rest = rest[os.write(self._requests, rest) :]

    def _receive(self, deadline: float) -> bytes:
        reply = b""
        while len(reply) < worker.REPLY.size:
            self._wait(self._replies, select.POLLIN, deadline)
            part = os.read(self._replies, worker.REPLY.size - len(reply))
            if not part:
                raise self._lost()
            reply += part
        return reply

    def _wait(self, descriptor: int, event: int, deadline: float) -> None:
        poll = select.poll()
        poll.register(descriptor, event)
        if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
            raise _WorkerLostError(at_limit=True)

    def _lost(self) -> _WorkerLostError:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=0.2)
        return _WorkerLostError(at_limit=self._process.returncode in _LIMIT_SIGNALS)


def _descriptor(pipe: IO[bytes] | None) -> int:
    if pipe is None:
        raise OSError("the worker has no pipe")
    return pipe.fileno()


def _create_shared_memory(size: int) -> int:
    """A descriptor of anonymous memory that no one can resize (where the system has such a thing)."""
    if not hasattr(os, "memfd_create"):
        with tempfile.TemporaryFile() as file:
            file.truncate(size)
            return os.dup(file.fileno())
    descriptor = os.memfd_create("photo", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.ftruncate(descriptor, size)
    fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL)
    return descriptor


def _environment() -> dict[str, str]:
    """Nothing of ours: no token and no key for a decoder that is taken over."""
    kept = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
    root = str(Path(__file__).resolve().parents[1])
    return {**kept, "PYTHONPATH": root, "MALLOC_ARENA_MAX": "1", **_KEEP_PAGES}
