"""The chat: Telegram in, answers out. The only room that knows python-telegram-bot."""

import os

__version__ = "0.18.0"

# python-telegram-bot: durations as timedelta as in its next version, instead of a warning each time.
os.environ.setdefault("PTB_TIMEDELTA", "true")
