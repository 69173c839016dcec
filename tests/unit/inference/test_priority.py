"""Heavy threads step back; the event loop's does not."""

import itertools
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from inference.priority import NICENESS, open_threads, step_back


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere threads have no priority of their own")
def test_a_heavy_thread_steps_back_and_no_other_does() -> None:
    before = os.getpriority(os.PRIO_PROCESS, 0)

    def read() -> int:
        return os.getpriority(os.PRIO_PROCESS, 0)

    with ThreadPoolExecutor(1, initializer=step_back) as pool:
        assert pool.submit(read).result() == max(before, NICENESS)
    assert os.getpriority(os.PRIO_PROCESS, 0) == before


def test_a_pool_has_all_its_threads_before_work_comes() -> None:
    """A thread that begins later would wait for memory on the event loop."""
    before = threading.active_count()
    with open_threads(3, name="early") as pool:
        assert threading.active_count() == before + 3
        assert [pool.submit(pow, base, 2).result() for base in (2, 3, 4, 5)] == [4, 9, 16, 25]
        assert threading.active_count() == before + 3


def test_where_one_thread_cannot_begin_none_is_left_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process would wait for them at its end, for ever."""
    before, begin, starts = threading.active_count(), threading.Thread.start, itertools.count(1)

    def refuse_the_third(thread: threading.Thread) -> None:
        if next(starts) == 3:
            raise RuntimeError("can't start new thread")
        begin(thread)

    monkeypatch.setattr(threading.Thread, "start", refuse_the_third)
    with pytest.raises(RuntimeError, match="can't start new thread"):
        open_threads(4, name="early")
    deadline = time.monotonic() + 10
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threading.active_count() == before
