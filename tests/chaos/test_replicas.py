"""Short runs of `python -m tests.chaos.replicas`: three bots, two inference servers, PostgreSQL."""

import asyncio

import pytest

from tests.chaos.__main__ import database_for
from tests.chaos.plan import Plan
from tests.chaos.replicas import FleetPlan, FleetResult, run
from tests.support.mlserver import MISSING, PROGRAM
from tests.support.postgres import find_programs

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]


def play(plan: FleetPlan) -> FleetResult:
    if find_programs() is None:
        pytest.skip("PostgreSQL's server is not installed (Debian: apt install postgresql)")
    if not PROGRAM.exists():
        pytest.skip(MISSING)
    with database_for(Plan(photos=1, chats=1, kills=0, seed=0, backend="postgresql")) as (folder, url):
        return asyncio.run(run(plan, folder, url))


@pytest.mark.parametrize(
    "plan",
    [
        FleetPlan(rate_per_s=3, seconds=6, chats=6, networks="tiny", source="webhook", how="kill"),
        FleetPlan(rate_per_s=3, seconds=3, chats=6, networks="tiny", source="polling", how="rolling"),
    ],
    ids=lambda plan: plan.name,
)
def test_a_lost_bot_and_a_lost_server_lose_no_photo_and_change_no_score(plan: FleetPlan) -> None:
    """Killed behind the webhook; restarted one by one where one of them polls.

    Where a photo stands among the answers is not asked: see docs/replicas.md on what a killed process leaves.
    """
    result = play(plan)
    assert result.verdict.problems == []
    assert result.leaks == []
    assert result.left_in_work == {}
    assert result.verdict.answered == result.verdict.photos == result.cases >= plan.rate_per_s * plan.seconds
    assert result.wrong == 0
    assert (result.verdict.lost, result.verdict.unmarked, result.verdict.out_of_order) == (0, 0, 0)
