"""Tests in an emulated machine with real kernel devices (`machine.py`): by `make test-machine`, for minutes."""
