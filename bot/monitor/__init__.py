"""Monitoring: health, readiness, metrics, traces, drift. Off unless a setting turns it on."""
