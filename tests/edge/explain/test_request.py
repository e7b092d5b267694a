"""What may be asked, and how what may not is refused."""

from __future__ import annotations

from typing import Any

import pytest

from edge.errors import ExplainError
from edge.explain.request import Request


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"of": "angry"}, "of: 'angry' is unknown; choose one of aggressive, happy"),
        ({"of": "minornes"}, "did you mean minorness?"),
        ({"by": "magic"}, "by: 'magic' is unknown"),
        ({"method": "shap"}, "method: 'shap' is unknown"),
        ({"by": "regions", "segments": "notes"}, "segments: 'notes' is unknown"),
        ({"by": "sources", "segments": "onsets"}, "segments: 'onsets' is unknown"),
        ({"select": "best"}, "select: 'best' is unknown; choose one of strongest, significant"),
        ({"samples": 7}, "samples: 7 is not between 8 and 50000"),
        ({"samples": 50_001}, "samples: 50001"),
        ({"samples": -1}, "samples: -1"),
        ({"seed": -1}, "seed: -1"),
        ({"seed": 2**32}, "seed: 4294967296"),
    ],
)
def test_a_wrong_request_is_refused_in_one_line(asked: dict[str, Any], said: str) -> None:
    with pytest.raises(ExplainError) as refused:
        Request(**asked)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_what_is_left_open_is_filled_in() -> None:
    assert Request().resolved("sad") == Request(of="sad", segments="onsets")
    assert Request(of="happy", by="sources").resolved("sad") == Request(of="happy", by="sources", segments="parts")
    assert Request(by="whatif", segments="grid").resolved("sad").segments == "grid"


@pytest.mark.parametrize(("parts", "method"), [(4, "exact"), (8, "exact"), (9, "local"), (104, "local")])
def test_few_parts_are_run_in_all_mixtures(parts: int, method: str) -> None:
    assert Request().method_for(parts) == method
    assert Request(method="lime").method_for(parts) == "lime"
