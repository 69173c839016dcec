"""Inbox, outbox, acknowledgements and leases."""
