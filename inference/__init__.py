"""Photos in, assessment out. Knows numpy, Pillow and ONNX Runtime; not Telegram, SQL or torch."""

import os

# Since 1.29 ONNX Runtime's builds for Linux count its use, keep a device number in the home directory and
# send both to Microsoft, unless this is in the environment before it is loaded.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
