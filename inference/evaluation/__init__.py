"""Metrics, reports, the model card, counterfactuals and drift: how good the networks are."""
