"""The picture of a result."""
