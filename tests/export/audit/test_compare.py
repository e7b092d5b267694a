from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from edge.types import EMOTIONS, MID_LEVEL
from export.audit.compare import audit
from export.audit.models import fold_of
from export.audit.music import UNKNOWN, Music
from export.audit.sources import SOURCES
from export.notes import CorpusError
from tests.export.audit.planted import model

BIAS = 4.0


def test_a_planted_bias_is_found_with_what_carries_it_and_is_gone_afterwards(found: dict[str, Any]) -> None:
    finding = next(f for f in found["findings"] if f["group"] == "bright")
    assert (finding["grouping"], finding["emotion"]) == ("guitar", "sad")
    bright = found["groupings"]["guitar"]["bright"]
    assert bright["matched"]
    assert bright["before"]["said"]["sad"] > 0.9
    assert bright["before"]["true"]["sad"] == 0.25
    assert bright["before"]["difference"]["sad"]["value"] > 0.5
    assert bright["before"]["difference"]["accuracy"]["clear"]
    assert not any(row["clear"] for row in bright["after"]["difference"].values())
    assert bright["change"]["sad"]["clear"]

    effects, sources = finding["effects"], finding["sources"]
    assert max(MID_LEVEL, key=lambda unit: effects["before"][unit]["value"]) == "brightness"
    assert abs(effects["after"]["brightness"]["value"]) < 1e-6
    assert max(SOURCES, key=lambda source: sources["before"][source]["value"]) == "above 800 Hz"
    assert sources["before"]["above 800 Hz"]["clear"]
    assert sources["after"]["above 800 Hz"]["value"] < 0.1 * sources["before"]["above 800 Hz"]["value"]


def test_a_model_without_bias_has_no_finding(heard: Music) -> None:
    found = audit({"model": model(0.0)}, heard, clips=0)
    assert found["findings"] == []
    assert found["models"]["model"]["accuracy"] == 1.0


def test_what_means_nothing_and_what_has_no_others_is_not_found(heard: Music) -> None:
    found = audit({"model": model(BIAS)}, heard, clips=0)
    assert {f["grouping"] for f in found["findings"]} == {"guitar"}
    assert found["groupings"]["corpus"] == {}


def test_the_effects_sum_to_the_difference_of_the_logits(found: dict[str, Any], heard: Music) -> None:
    finding = found["findings"][0]
    effects = finding["effects"]["before"]
    logits = model(BIAS).logits(heard.takes)[:, EMOTIONS.index("sad")]
    inside = np.array([t.guitar == finding["group"] for t in heard.takes])
    assert effects["logit"]["value"] == pytest.approx(logits[inside].mean() - logits[~inside].mean(), abs=1e-3)
    assert sum(effects[unit]["value"] for unit in MID_LEVEL) == pytest.approx(effects["logit"]["value"], abs=1e-3)


def test_takes_of_an_unknown_group_are_nobodys_others(heard: Music) -> None:
    players = ["a" if t.guitar == "bright" else UNKNOWN for t in heard.takes]
    alone = audit({"model": model(BIAS)}, replace(heard, groupings={"player": players}), clips=0)
    assert alone["groupings"]["player"] == {}


def test_models_that_learned_from_other_songs_are_refused() -> None:
    assert fold_of([replace(model(0.0), fold=1)] * 2) == 1
    with pytest.raises(CorpusError, match="same --fold"):
        fold_of([model(0.0), replace(model(0.0), fold=1)])
