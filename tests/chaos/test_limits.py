"""Everything arrives, in order, within Telegram's limits; and when they are tighter than anyone says.

How fast, and that nothing is refused, `tests/unit/bot/delivery/test_limits_side_by_side.py` shows in played
time and `make limits` in real time: on a starved machine messages bunch together on their way.
"""

from pathlib import Path

import pytest

from tests.chaos.limits import count_allowed_s, flood, open_flood, share_out

pytestmark = pytest.mark.chaos


async def test_everything_arrives_in_order(tmp_path: Path) -> None:
    async with open_flood(tmp_path) as scene:
        flow = await flood(scene, messages=120, chats=12, groups=1)
    assert flow.arrived == flow.messages
    assert flow.in_order


async def test_where_the_limits_are_30_percent_tighter_everything_still_arrives(tmp_path: Path) -> None:
    async with open_flood(tmp_path) as scene:
        flow = await flood(scene, messages=60, chats=6, groups=1, tighter=True)
    assert flow.arrived == flow.messages
    assert flow.in_order
    assert flow.refused > 0, "it was not tighter, so nothing was tried"


def test_the_time_that_the_limits_allow() -> None:
    """30 at once, then 30 a second; a chat takes 3 at once, then one a second; a group 20 a minute."""
    assert sum(share_out(1000, 40, 3)) == 1000
    assert count_allowed_s([25] * 40, 40, 1.0) == 33
    assert count_allowed_s([63], 1, 1.0) == 60
    assert count_allowed_s([1, 21], 1, 1.0) == 60
