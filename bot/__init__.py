"""The chat: Telegram in, answers out. The only room that knows python-telegram-bot."""
