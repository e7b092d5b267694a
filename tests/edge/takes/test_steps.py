"""What was heard, as records in a file that may be cut anywhere."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edge.takes.steps import HEADER, STEP, predictions_of, read_steps, records, timeline
from edge.types import EMOTIONS, TrustState
from tests.edge.api.playing import prediction


def some(count: int) -> np.ndarray:
    labels = [EMOTIONS[k // 10 % 4] for k in range(count)]
    predictions = [prediction(label, time_s=0.1 * (k + 1)) for k, label in enumerate(labels)]
    return records(predictions, np.full(count, -20, np.float32), np.arange(count, dtype=np.int32))


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(HEADER + content)
    return path


def test_a_prediction_comes_back_as_it_was(tmp_path: Path) -> None:
    before = [prediction("sad", TrustState.UNSURE, 1.25), replace(prediction(time_s=2.0), label="", clipped=True)]
    rows = records(before, np.array([-20, -21], np.float32), np.array([5, 0], np.int32))
    after = list(predictions_of(read_steps(write(tmp_path / "steps", rows.tobytes()))))
    for was, now in zip(before, after, strict=True):
        assert (now.time_s, now.state, now.label, now.clipped) == (was.time_s, was.state, was.label, was.clipped)
        for name in ("confidence", "probabilities", "valence", "arousal", "mid_level", "effects", "level_dbfs"):
            np.testing.assert_allclose(getattr(now, name), getattr(was, name), atol=1e-5)


@pytest.mark.parametrize("tail", [b"", b"\0" * 5000, bytes(range(256)) * 20, b"x" * 7])
def test_a_cut_file_gives_the_whole_records_before_the_cut(tmp_path: Path, tail: bytes) -> None:
    rows = some(30)
    content = rows.tobytes()[: 20 * STEP.itemsize]
    found = read_steps(write(tmp_path / "steps", content + tail))
    assert np.array_equal(found, rows[:20])


def test_a_file_that_is_missing_or_none_of_ours_holds_nothing(tmp_path: Path) -> None:
    assert len(read_steps(tmp_path / "none")) == 0
    (tmp_path / "other").write_bytes(b"\0" * 4096)
    assert len(read_steps(tmp_path / "other")) == 0


def test_a_take_that_has_just_begun_holds_nothing_yet(tmp_path: Path) -> None:
    assert len(read_steps(write(tmp_path / "steps", HEADER))) == 0


def test_a_thumbnail_says_what_led_when() -> None:
    steps = some(40)
    steps["state"][30:] = list(TrustState).index(TrustState.SILENT)
    shown = timeline(steps, 4.05, columns=8)
    assert shown["labels"] == [0, 0, 1, 1, 2, 2, -1, -1]
    assert shown["column_s"] == pytest.approx(4.05 / 8, abs=1e-3)
    assert all(sum(column) in (0, *range(97, 104)) for column in shown["percent"])
    assert timeline(steps[:0], 0.0)["labels"] == [-1]
