"""The networks: both classifiers and the lesion finder."""
