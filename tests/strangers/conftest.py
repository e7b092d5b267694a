"""What the tests of strangers share."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

from tests.strangers.counts import fuzzed

settings.register_profile(
    "strangers",
    max_examples=fuzzed(300),
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
