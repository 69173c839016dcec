"""Decoding in child processes with limits, so that a hostile photo takes down a worker and never the bot.

A worker is this interpreter running `inference.decoding_worker`: Pillow and little else, no environment, no
core dumps, with limits on memory and on time. The file goes in through a pipe; the pixels come back in memory
that both sides share, sealed so that the worker cannot shrink it under our feet. A worker ends by itself when
this process ends, however it ends.
"""

import contextlib
import fcntl
import logging
import mmap
import os
import queue
import select
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import astuple
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from inference import decoding_worker as worker
from inference.memory import MemoryBudget
from inference.photo_errors import DamagedPhotoError, PhotoError, TooLargeHereError
from inference.photo_formats import detect_format
from inference.photo_parts import Part
from inference.photos import DecodedPhoto, check_size, finish_photo

log = logging.getLogger(__name__)

Pixels = tuple[NDArray[np.uint8], int, int]
"""What a worker gives, and the width and height of the photo in its file."""

# Of addresses, for one worker: a WebP of 64 megapixels takes 870 MB. `MemoryBudget` bounds all together.
MAX_MEMORY_BYTES = 1 << 30
# A HEIC of 50 megapixels takes about 1.5 s of one core (AMD Zen 4); what takes longer is made to
MAX_SECONDS = 5
_PIPE_BYTES = 1 << 20  # one write for nearly every photo
_LIMIT_SIGNALS = {-signal.SIGXCPU, -signal.SIGALRM}
_KEPT_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "PYTHONHOME")
# glibc: keep what a usual photo takes (5 MB) for the next one. Asking the system for each again cost 900 page
# faults, 2 of 5.5 ms of a worker's time (measured 2026-11); larger pieces still go back at once.
_KEEP_PAGES = {"MALLOC_MMAP_THRESHOLD_": str(4 << 20), "MALLOC_TRIM_THRESHOLD_": str(16 << 20)}


class _WorkerLostError(Exception):
    """A worker died or hung."""

    def __init__(self, cause: str, *, is_too_large: bool = False, is_final: bool = False) -> None:
        super().__init__(cause)  # for the log
        self.is_too_large = is_too_large  # for want of memory or time, rather than a decoder's fault
        self.is_final = is_final  # by the photo's doing: another try would end the same


class DecodePool:
    """Decodes photos in up to `workers` child processes. Methods block; safe to call from many threads."""

    def __init__(
        self,
        *,
        workers: int = 2,
        max_memory_bytes: int = MAX_MEMORY_BYTES,
        max_seconds: int = MAX_SECONDS,
        budget: MemoryBudget | None = None,
    ) -> None:
        """No process is started yet.

        Args:
            workers: processes at most.
            max_memory_bytes: addresses that one of them may use.
            max_seconds: of CPU time for one photo.
            budget: what photos being decoded may take together; by the machine's memory if None.
        """
        self._limits = (max_memory_bytes, max_seconds)
        self._budget = budget or MemoryBudget()
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
            PhotoError: the bytes cannot be read as a photo, or not within the limits.
        """
        pixels, width, height = self._decode(data, None)
        return finish_photo(pixels, width_px=width, height_px=height)

    def decode_part(self, data: bytes, part: Part) -> NDArray[np.uint8]:
        """A part of a photo: (H, W, 3) upright sRGB, borders included.

        Raises:
            PhotoError: as for the whole.
        """
        pixels, _, _ = self._decode(data, part)
        return pixels

    def _decode(self, data: bytes, part: Part | None) -> Pixels:
        check_size(data)
        detect_format(data)
        for is_last in (False, True):
            try:
                return self._decode_once(data, part)
            except _WorkerLostError as lost:
                log.warning(
                    "a decoder was lost (%s)%s", lost, "" if is_last or lost.is_final else "; trying again"
                )
                if is_last or lost.is_final:
                    if lost.is_too_large:
                        raise TooLargeHereError from lost
                    raise DamagedPhotoError("the photo breaks the decoder") from lost
        raise AssertionError("unreachable")  # the last try returns or raises

    def _decode_once(self, data: bytes, part: Part | None) -> Pixels:
        slot = self._slots.get()
        kept: _Worker | None = None
        try:
            slot = slot or _Worker(*self._limits)
            photo, retires = slot.decode(data, part, self._budget)
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
            # Nothing of ours: no token and no key for a decoder that is taken over.
            kept = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
            root = str(Path(__file__).resolve().parents[1])
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
                env={**kept, "PYTHONPATH": root, "MALLOC_ARENA_MAX": "1", **_KEEP_PAGES},
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

    def decode(self, data: bytes, part: Part | None, budget: MemoryBudget) -> tuple[Pixels, bool]:
        """The photo, and whether the worker retires after it."""
        wanted = (0,) * 5 if part is None else astuple(part)
        try:
            self._send(memoryview(worker.REQUEST.pack(len(data), *wanted)))
            self._send(memoryview(data))
            status, retires, *sizes = worker.REPLY.unpack(self._receive())
            if status == worker.ASKS:
                status, retires, *sizes = worker.REPLY.unpack(self._finish_large(sizes[0], budget))
        except OSError as error:
            raise self._lost() from error
        if status != worker.DONE:
            kind = worker.REFUSALS[min(status - worker.FIRST_REFUSAL, len(worker.REFUSALS) - 1)]
            raise kind
        width, height, file_width, file_height = sizes
        if not 0 < width * height * 3 <= worker.SHARED_BYTES:
            raise self._lost()  # no sound worker says this
        pixels = np.frombuffer(self._shared, np.uint8, width * height * 3).reshape(height, width, 3).copy()
        return (pixels, file_width, file_height), bool(retires)

    def _finish_large(self, count: int, budget: MemoryBudget) -> bytes:
        """The final reply of a worker that asked for so many bytes."""
        try:
            with budget.hold(count):
                self._send(memoryview(worker.ADMITTED))
                return self._receive()
        except TooLargeHereError:
            self._send(memoryview(worker.REFUSED))
            return self._receive()

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

    def _send(self, rest: memoryview) -> None:
        deadline = time.monotonic() + self._timeout_s
        while rest:
            self._wait(self._requests, select.POLLOUT, deadline)
            rest = rest[os.write(self._requests, rest) :]

    def _receive(self) -> bytes:
        deadline = time.monotonic() + self._timeout_s
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
            raise _WorkerLostError("no answer in time", is_too_large=True, is_final=True)

    def _lost(self) -> _WorkerLostError:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=0.2)
        code = self._process.returncode
        if code is None or code >= 0:
            return _WorkerLostError("its pipe broke" if code is None else f"exit code {code}")
        cause = signal.Signals(-code).name if -code in {*signal.Signals} else f"signal {-code}"
        is_at_limit = code in _LIMIT_SIGNALS
        is_killed = code == -signal.SIGKILL  # the kernel, for want of memory; or somebody by hand
        return _WorkerLostError(cause, is_too_large=is_at_limit or is_killed, is_final=is_at_limit)


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
