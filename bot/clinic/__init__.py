"""Referrals to a dermatology team: form, card, answers, members and upkeep."""
