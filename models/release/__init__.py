"""From trained weights to a released pair: graphs, scales, thresholds, cards, figures."""
