"""`nevus stats`: counts cases, referrals and answers."""

import argparse
import json
from dataclasses import asdict
from typing import Any, Final

from bot.commands.arguments import output_path
from bot.commands.opened import run_on_record
from bot.commands.output_files import refuse_data_files, write_privately
from bot.errors import CommandRefused
from bot.settings import Settings
from storage.database.sessions import Database
from storage.statistics import Statistics, count_everything

DESCRIPTION: Final = (
    "Count cases, levels, referrals, times to claim and to answer, and how often the dermatologist's verdict "
    "was as urgent as the level, and what referred cases proved to be. Numbers only."
)


def add_parser(subparsers: Any) -> None:
    """Add the command to the front's parser."""
    parser = subparsers.add_parser("stats", help="count cases and referrals", description=DESCRIPTION)
    parser.add_argument("--json", action="store_true", help="as one JSON object")
    parser.add_argument("--chart", metavar="FILE", type=output_path, help="also draw the picture (PNG)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the figures; 0 when done."""

    async def work(database: Database, settings: Settings) -> int:
        if args.chart is not None:
            refuse_data_files(settings, [args.chart])
        async with database.read() as session:
            statistics = await count_everything(session)
        from bot.conversation.wording import Wording, plain
        from bot.routing.statistics import draw_chart, write_statistics
        from bot.texts import Texts

        wording = Wording(
            texts=Texts.load(),
            language=settings.language,
            prevalence=settings.prevalence,
            pathway=settings.pathway,
        )
        if args.chart is not None:
            try:
                with write_privately(args.chart) as draft:
                    draft.write_bytes(draw_chart(statistics, wording))
            except OSError:
                raise CommandRefused("the chart cannot be written there.") from None
        print(json.dumps(to_json(statistics)) if args.json else plain(write_statistics(statistics, wording)))
        return 0

    return run_on_record(work)


def to_json(statistics: Statistics) -> dict[str, object]:
    """The figures for a program; times in seconds."""
    verdicts = [
        {"level": level, "verdict": verdict, "count": count}
        for (level, verdict), count in sorted(statistics.verdicts.items())
    ]
    outcomes = [
        {"level": level, "outcome": outcome, "count": count}
        for (level, outcome), count in sorted(statistics.outcomes.items())
    ]
    agreement = asdict(statistics.agreement)
    return {
        "cases": dict(statistics.cases),
        "senders": statistics.senders,
        "referrals": dict(statistics.referrals),
        "to_claim_s": list(statistics.to_claim_s),
        "to_answer_s": list(statistics.to_answer_s),
        "verdicts": verdicts,
        "agreement": agreement,
        "outcomes": outcomes,
    }
