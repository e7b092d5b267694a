from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge.features import FrontEndSettings
from export.corpora.recording import Recording, features_of
from export.notes import CorpusError
from tests.export.corpora.layouts import write_sound

S = FrontEndSettings()


def recording(path: Path) -> Recording:
    return Recording("clip", "group", path, None)


@pytest.mark.parametrize(("name", "channels"), [("a.wav", 2), ("a.mp3", 1)])
def test_sound_of_any_rate_and_format_gives_the_live_features(tmp_path: Path, name: str, channels: int) -> None:
    steps = features_of(recording(write_sound(tmp_path / name, 2.0, 44100, 440.0, channels)))
    assert len(steps) == pytest.approx(2.0 * S.steps_per_second, abs=1.5)
    a4 = round(S.pitch_bins_per_octave * np.log2(440.0 / S.pitch_low_hz))
    middle = len(steps) // 2
    assert abs(int(steps.pitch_db[middle].argmax()) - a4) <= 1
    assert steps.level_dbfs[middle] == pytest.approx(20 * np.log10(0.5 / np.sqrt(2)), abs=0.5)  # of the sine


def test_missing_damaged_and_empty_sounds_are_named(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"nothing\.wav: no such sound; put clip where its corpus has it"):
        features_of(recording(tmp_path / "nothing.wav"))
    damaged = tmp_path / "damaged.mp3"
    damaged.write_bytes(b"no sound")
    with pytest.raises(CorpusError, match="not a sound that can be read"):
        features_of(recording(damaged))
    with pytest.raises(CorpusError, match=r"holds 0\.010 s of sound"):
        features_of(recording(write_sound(tmp_path / "short.wav", 0.01)))


def test_recordings_can_be_kept_in_a_set(tmp_path: Path) -> None:
    assert len({recording(tmp_path), recording(tmp_path)}) == 1
