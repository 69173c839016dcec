"""Handlers: update to use case to answer. One file a conversation."""
