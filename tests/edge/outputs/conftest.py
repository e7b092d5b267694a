"""What the tests of all outputs share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from edge.mailbox import Broadcast
from edge.types import Prediction


@pytest.fixture
def closing() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def predictions() -> Broadcast[Prediction]:
    return Broadcast()
