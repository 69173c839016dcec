"""The networks: definition, data, training, calibration, export. Knows torch and transformers."""

import inference  # noqa: F401 - keeps ONNX Runtime, loaded after it, from reporting its use
