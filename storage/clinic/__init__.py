"""Clinics, members, referrals and verdicts."""
