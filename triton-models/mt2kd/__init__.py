"""MT2KD: one Zipformer encoder with heads for speech recognition, audio tagging and speaker verification."""

import os

# ONNX Runtime 1.29 reports to its maker unless told not to, before it is first imported.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
