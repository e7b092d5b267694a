"""From scores to the model that the guitar runs: corpora, networks, training, evaluation. torch lives here only."""

import edge  # noqa: F401  # it keeps onnxruntime's telemetry off, before anything here imports that
