"""The statistics in words and as a picture, in one language."""

import asyncio
from dataclasses import replace

from bot.cards.palette import SOFT_INK, STYLES
from bot.cards.statistics import Bar, BarGroup, draw_statistics
from bot.cases.caption import CAPTION_UNITS
from bot.conversation.request import Reply, Request
from bot.conversation.wording import Wording, count_units, dashed, plain
from bot.texts import Html, join_lines
from inference.evaluation.metrics import share_with_interval
from inference.readings import RiskLevel
from storage.statistics import Statistics, count_everything, find_quantile

LEVELS = (RiskLevel.HIGH, RiskLevel.MODERATE, RiskLevel.LOW, RiskLevel.NOT_ASSESSABLE)
STATES = ("open", "claimed", "answered", "withdrawn")


def write_statistics(statistics: Statistics, wording: Wording) -> Html:
    """Cases, levels, referrals, times, and how verdicts compare with levels."""
    total = sum(statistics.cases.values())
    levels = [
        wording.say(
            "stats-level",
            mark=wording.mark(level),
            level=wording.level(level),
            count=statistics.cases.get(level, 0),
        )
        for level in LEVELS
    ]
    cases = join_lines((wording.say("stats-cases", count=total, senders=statistics.senders), *levels))
    rows = [wording.say("stats-referrals", count=sum(statistics.referrals.values()))]
    rows += [
        wording.say(f"stats-state-{state}", count=statistics.referrals.get(state, 0)) for state in STATES
    ]
    for name, seconds in (("claim", statistics.to_claim_s), ("answer", statistics.to_answer_s)):
        middle, most = find_quantile(seconds, 0.5), find_quantile(seconds, 0.9)
        if middle is not None and most is not None:
            rows.append(
                wording.say(
                    f"stats-time-{name}", middle=_write_time(middle, wording), most=_write_time(most, wording)
                )
            )
    blocks = (wording.say("stats-title"), cases, join_lines(rows))
    return join_lines(
        (*blocks, _write_agreement(statistics, wording), _write_outcomes(statistics, wording)), gap="\n\n"
    )


def draw_chart(statistics: Statistics, wording: Wording) -> bytes:
    """The picture (PNG)."""
    agreement = statistics.agreement
    levels = [
        Bar(
            name=plain(wording.say(f"card-level-{dashed(level)}")),
            count=statistics.cases.get(level, 0),
            colour=STYLES[level].strong,
        )
        for level in LEVELS
    ]
    verdicts = [
        Bar(name=plain(wording.say(f"stats-verdict-{name}")), count=count, colour=colour)
        for name, count, colour in (
            ("same", agreement.same, STYLES[RiskLevel.LOW].strong),
            ("more", agreement.more_urgent, STYLES[RiskLevel.HIGH].strong),
            ("less", agreement.less_urgent, SOFT_INK),
        )
    ]
    groups = (
        BarGroup(title=plain(wording.say("stats-chart-levels")), bars=levels),
        BarGroup(title=plain(wording.say("stats-chart-verdicts")), bars=verdicts),
    )
    return draw_statistics(plain(wording.say("stats-title")), groups)


def _write_time(seconds: float, wording: Wording) -> Html:
    """A duration, rounded up to its unit."""
    for name, size_s, last in (("minutes", 60, 120), ("hours", 3_600, 48), ("days", 86_400, None)):
        amount = -int(-seconds // size_s)
        if last is None or amount <= last:
            return wording.say(f"stats-{name}", count=amount)
    raise AssertionError


def _write_agreement(statistics: Statistics, wording: Wording) -> Html:
    agreement = statistics.agreement
    if not agreement.compared:
        return wording.say("stats-agreement-none")
    return wording.say(
        "stats-agreement",
        count=agreement.compared,
        same=agreement.same,
        share=wording.percent(round(agreement.same / agreement.compared, 2)),
        more=agreement.more_urgent,
        less=agreement.less_urgent,
    )


def _write_outcomes(statistics: Statistics, wording: Wording) -> Html:
    """What each level meant here; at `low` the melanomas only, because most low cases are not referred."""
    lines = []
    for level in LEVELS:
        melanomas, known = statistics.count_outcomes(level)
        if not known:
            continue
        if level is RiskLevel.LOW:
            lines.append(wording.say("stats-outcome-low", count=melanomas))
            continue
        interval = share_with_interval(melanomas, known)
        lines.append(
            wording.say(
                "stats-outcome",
                level=wording.level(level),
                count=melanomas,
                known=known,
                low=wording.percent(round(interval.low, 2)),
                high=wording.percent(round(interval.high, 2)),
            )
        )
    return join_lines((wording.say("stats-outcomes"), *lines)) if lines else Html()


async def show_stats(request: Request) -> Reply:
    """One picture with the figures under it, or after it; the figures alone until there is a case."""
    async with request.services.database.read() as session:
        statistics = await count_everything(session)
    sent = request.message(write_statistics(statistics, request.wording))
    if not statistics.cases:
        return Reply(messages=(sent,))
    chart = await asyncio.to_thread(draw_chart, statistics, request.wording)
    if count_units(sent.text or "") <= CAPTION_UNITS:
        return Reply(messages=(replace(sent, photo=chart),))
    picture = replace(request.message(request.say("stats-title"), name="chart"), photo=chart)
    return Reply(messages=(picture, sent))
