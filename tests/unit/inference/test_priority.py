"""Heavy threads step back; the event loop's does not."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from inference.priority import NICENESS, step_back


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere threads have no priority of their own")
def test_a_heavy_thread_steps_back_and_no_other_does() -> None:
    before = os.getpriority(os.PRIO_PROCESS, 0)

    def read() -> int:
        return os.getpriority(os.PRIO_PROCESS, 0)

    with ThreadPoolExecutor(1, initializer=step_back) as pool:
        assert pool.submit(read).result() == max(before, NICENESS)
    assert os.getpriority(os.PRIO_PROCESS, 0) == before
