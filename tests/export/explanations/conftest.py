from __future__ import annotations

from pathlib import Path

import pytest

from edge.history import Excerpt
from edge.model import Model
from export.explanations.moments import MAIN


@pytest.fixture(scope="session")
def model() -> Model:
    return Model()


@pytest.fixture(scope="session")
def music(model: Model, data: Path) -> Excerpt:
    """Eight seconds of a real guitar."""
    return MAIN[0].excerpt(model)
