"""Photos in, assessment out. Knows numpy, Pillow and ONNX Runtime; not Telegram, SQL or torch."""
