from __future__ import annotations

from typing import Any

import pytest

from export.audit.compare import audit
from export.audit.music import Music
from tests.export.audit.planted import model, music


@pytest.fixture(scope="session")
def heard() -> Music:
    """Sixteen songs on a dark and on a bright guitar."""
    return music()


@pytest.fixture(scope="session")
def found(heard: Music) -> dict[str, Any]:
    """The audit of a model with a planted bias and of the same without it."""
    return audit({"before": model(4.0), "after": model(0.0)}, heard, clips=2)
