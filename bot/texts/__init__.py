"""Everything the bot says: Fluent files, one folder a language, read once at start."""

from bot.texts.catalogue import Html, TextError, Texts, join_lines

__all__ = ["Html", "TextError", "Texts", "join_lines"]
