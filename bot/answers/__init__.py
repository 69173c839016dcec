"""Use cases between an assessment and what is said about it. Knows texts, not Telegram."""
