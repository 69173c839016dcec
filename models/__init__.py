"""The networks: definition, data, training, calibration, export. Knows torch and transformers."""
