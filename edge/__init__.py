"""Affetto: hears a guitar and says, live, which emotion its playing expresses, and why."""

import os

__version__ = "0.1.0"

# onnxruntime 1.29 and later starts threads of its telemetry and writes below ~/.cache, unless told not to before its
# import. Said here, which runs before anything else of the instrument does, and passed on to every process it starts
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
