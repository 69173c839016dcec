"""The answer to a button press: it stops the spinner of the button, and may show a notice."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

from telegram import CallbackQuery
from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError

from bot.delivery.supervisor import Supervisor

MOST_UNITS: Final = 200  # of a notice at a button
PAUSES_S: Final = (0.2, 0.6, 1.8)  # before each retry
ANSWER_WITHIN_S: Final = 15.0  # Telegram refuses to answer a press that is older
TURN_WAITS_S: Final = 1.0  # for an answer


async def answer_button(
    query: CallbackQuery,
    text: str | None = None,
    *,
    alert: bool = False,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Stop the button's spinner, and show a notice. Never raises for Telegram's sake.

    An answer may be lost with a connection that the server closes while it is being sent. It is then sent
    again: Telegram ignores a second answer. It refuses one for a press that is too old: nobody waits then.
    """
    with contextlib.suppress(TelegramError, TimeoutError):
        async with asyncio.timeout(ANSWER_WITHIN_S):
            for pause_s in (*PAUSES_S, None):
                try:
                    await query.answer(text=text[:MOST_UNITS] if text else None, show_alert=alert)
                except (NetworkError, RetryAfter) as error:
                    if pause_s is None or isinstance(error, BadRequest):
                        raise
                    wish = error.retry_after if isinstance(error, RetryAfter) else 0
                    wish_s = wish.total_seconds() if isinstance(wish, timedelta) else wish
                    await sleep(max(pause_s, wish_s))
                else:
                    return


async def answer_in_turn(
    supervisor: Supervisor,
    query: CallbackQuery,
    text: str | None = None,
    *,
    alert: bool = False,
    wait_s: float = TURN_WAITS_S,
) -> None:
    """As `answer_button`, but wait for it a moment only: a slow server must not hold up other chats' turns.

    What takes longer goes on without the turn, until the process stops.
    """
    answer = supervisor.spawn(answer_button(query, text, alert=alert), name="press-answer")
    await asyncio.wait([answer], timeout=wait_s)
