"""Under Telegram's own limits: photos a second, by the calls that a photo needs.

The local Bot API server enforces 30 messages a second over all chats and one a second in a chat; the bot
keeps within them. A photo that is answered at once needs one message; one that is acknowledged first, two.
Prints a table and the machine; asserts nothing.
"""

import argparse
import asyncio

from accounts import at
from crowd import gather_crowd, press_on
from photos import draw_telegram_photos
from stage import NEVUS, Json, describe_machine, open_stage, print_columns

CASES = {"answered at once": "10", "acknowledged, then answered": "0"}


def describe(title: str, count: int, requests: list[Json], waits: list[float]) -> list[str]:
    """One line of the table, over the time in which messages went out."""
    sent = [each for each in requests if each["method"].startswith(("send", "edit"))][-2 * count :]
    span_s = max(each["at"] for each in sent) - min(each["at"] for each in sent) or 1e-9
    calls = sum(each["method"].startswith(("send", "edit", "getFile")) for each in requests)
    return [
        title,
        f"{count / span_s:.1f}",
        f"{len(sent) / span_s:.1f}",
        f"{calls / count:.1f}",
        f"{at(waits, 0.5):.0f} / {at(waits, 0.95):.0f}",
        str(sum(each["error_code"] == 429 for each in requests)),
    ]


async def main() -> None:
    """Both ways of answering, by a crowd of which each one waits for the answer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--senders", type=int, default=48)
    arguments = parser.parse_args()
    print(describe_machine())
    photos, rows = draw_telegram_photos(), []
    for title, after_s in CASES.items():
        async with open_stage(NEVUS, limits="on", NEVUS_ACKNOWLEDGE_AFTER_S=after_s) as stage:
            people = await gather_crowd(stage, arguments.senders)
            waits = await press_on(people, photos, seconds=arguments.seconds)
            requests = (await stage.ask("GET", "/api/transcript"))["requests"]
        rows.append(describe(title, len(waits.answer_s), requests, waits.answer_s))
    head = ["", "photos/s", "messages/s", "calls/photo", "answer p50 / p95 ms", "429s"]
    print_columns(f"{arguments.senders} senders, flood limits on", head, rows)


if __name__ == "__main__":
    asyncio.run(main())
