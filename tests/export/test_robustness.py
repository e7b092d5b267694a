from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge.features import FrontEnd
from edge.types import EMOTIONS, MID_LEVEL
from export.corpora import Piece, emopia
from export.dataset import cache_folder
from export.evaluate import Heard, Listener
from export.rendering.recording import Rig
from export.rendering.room import HELD_OUT_ROOMS
from export.robustness import (
    CONDITIONS,
    REFERENCE,
    AlteredRig,
    Condition,
    against,
    as_table,
    by_device_rate,
    robustness,
    sample,
)
from tests.export.made import RATE_HZ, piece

BY_NAME = {c.name: c for c in CONDITIONS}


def rig(name: str, seed: int = 3, guitar: str = "clean") -> AlteredRig:
    return BY_NAME[name](np.random.default_rng(seed), guitar)


def strum() -> np.ndarray:
    """Return a decaying chord with overtones, peak about 1."""
    t = np.arange(2 * RATE_HZ) / RATE_HZ
    tone = sum(np.sin(2 * np.pi * hz * k * t) / k for hz in (110.0, 164.8, 220.0) for k in range(1, 6))
    sound = tone * np.exp(-2 * t)
    return np.asarray(sound / np.abs(sound).max(), np.float32)


def test_the_reference_is_the_gear_of_training() -> None:
    drawn = Rig.draw(np.random.default_rng(3), "clean")
    np.testing.assert_array_equal(rig("training").record(strum(), RATE_HZ), drawn.record(strum(), RATE_HZ))


@pytest.mark.parametrize(("name", "gain_db"), [("gain_up", 20.0), ("gain_down", -20.0)])
def test_gain_changes_the_level_alone_and_clips_like_a_converter(name: str, gain_db: float) -> None:
    reference, changed = (rig(n).record(strum(), RATE_HZ) for n in ("training", name))
    expected = reference * 10 ** (gain_db / 20)
    np.testing.assert_allclose(changed, np.clip(expected, -1, 1), atol=1e-6)
    assert np.abs(changed).max() <= 1.0
    if gain_db < 0:
        before, after = FrontEnd().push(reference), FrontEnd().push(changed)
        np.testing.assert_allclose(after.level_dbfs, before.level_dbfs + gain_db, atol=0.01)


def test_gain_up_really_clips_some_gear() -> None:
    loud = AlteredRig(input_gain_db=20.0).record(strum(), RATE_HZ)
    assert np.mean(np.abs(loud) >= 1.0) > 0.1


def test_noise_adds_hum_at_its_frequency_and_hiss_above() -> None:
    silence = np.zeros(4 * RATE_HZ, np.float32)
    noisy = rig("noise")
    recorded = noisy.record(silence, RATE_HZ) / 10 ** (noisy.gain_db / 20)
    power = np.square(np.abs(np.fft.rfft(recorded * np.hanning(len(recorded)))))
    hz = np.fft.rfftfreq(len(recorded), 1 / RATE_HZ)
    low = power[hz < 400]
    assert hz[low.argmax()] % noisy.hum_hz == pytest.approx(0.0, abs=1.0) or hz[low.argmax()] == pytest.approx(
        noisy.hum_hz, abs=1.0
    )
    assert 20 * np.log10(recorded.std()) == pytest.approx(-39.6, abs=1.0)
    assert 10 * np.log10(power[(hz > 3000) & (hz < 9000)].mean() / power.mean()) > -40.0


def test_other_conditions_are_what_they_are_called() -> None:
    assert rig("plain").record(strum(), RATE_HZ) == pytest.approx(np.clip(strum(), -0.97, 0.97), abs=0.04)
    assert all(rig("room", seed).room in HELD_OUT_ROOMS for seed in range(8))
    assert rig("high_gain").drive_db == 32.0
    dark = AlteredRig(pickup=rig("dark_pickup").pickup, tilt_db=rig("dark_pickup").tilt_db)
    assert centroid(dark.record(strum(), RATE_HZ)) < 0.9 * centroid(strum())


def centroid(sound: np.ndarray) -> float:
    power = np.square(np.abs(np.fft.rfft(sound)))
    return float((power * np.arange(len(power))).sum() / power.sum())


@pytest.mark.parametrize("device_rate_hz", [44100, 48000])
def test_another_device_rate_gives_nearly_the_same_features(device_rate_hz: int) -> None:
    sound = strum()
    again = by_device_rate(sound, RATE_HZ, device_rate_hz)
    assert abs(len(again) - len(sound)) <= 2
    one, other = FrontEnd().push(sound), FrontEnd().push(again)
    n = min(len(one), len(other))
    loud = one.mel_db[:n] > one.mel_db.max() - 60
    difference = np.abs(one.mel_db[:n] - other.mel_db[:n])[loud]
    assert np.median(difference) < 0.02
    assert np.percentile(difference, 99) < 0.5  # an attack, near 8 kHz, where the way down begins to fall
    np.testing.assert_allclose(other.level_dbfs[:n], one.level_dbfs[:n], atol=0.1)


def test_the_device_own_rate_is_left_alone() -> None:
    np.testing.assert_allclose(by_device_rate(strum(), RATE_HZ, RATE_HZ), strum(), atol=1e-6)


def test_a_redefined_condition_has_another_folder_and_the_reference_that_of_training(tmp_path: Path) -> None:
    assert REFERENCE.folder(tmp_path) == tmp_path
    folders = {c.folder(tmp_path) for c in CONDITIONS}
    assert len(folders) == len(CONDITIONS)
    one, other = (Condition("noise", "", (("hum_db", db),)).folder(tmp_path) for db in (-40.0, -50.0))
    assert one.name.split("-")[0] == other.name.split("-")[0]
    assert one != other


def test_a_sample_takes_emotions_by_turns_and_new_songs_first() -> None:
    pieces = [piece(f"{e}{s}{k}", f"s{e}{s}", e) for e in range(4) for s in range(3) for k in range(2)]
    chosen = sample([*pieces, piece("u", "u", None)], 12)
    assert [p.emotion for p in chosen[:8]] == [0, 1, 2, 3, 0, 1, 2, 3]
    assert len({p.song for p in chosen}) == 12
    assert len(sample(pieces, 100)) == 24


def heard(said: list[int], meant: list[int], level: float = 0.0) -> Heard:
    n = len(said)
    return Heard(
        np.arange(n),
        np.eye(4, dtype=np.float32)[said],
        np.full((n, len(MID_LEVEL)), level, np.float32),
        np.array(meant),
        np.full((n, len(MID_LEVEL)), np.nan, np.float32),
    )


def test_a_difference_is_paired_with_the_reference() -> None:
    reference, changed = heard([0, 1, 2, 3], [0, 1, 2, 3]), heard([0, 1, 3, 2], [0, 1, 2, 3], 0.5)
    row = against(changed, reference)
    assert row["accuracy"] == row["agreement"] == 0.5
    assert row["delta_accuracy"] == -0.5
    assert row["delta_error"] == pytest.approx(0.25)
    assert row["mid_level_shift"]["minorness"] == 0.5
    assert against(reference, reference)["delta_accuracy"] == 0.0


def loud_is_aggressive(mel: np.ndarray, pitch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    logits = np.zeros((len(mel), len(EMOTIONS)), np.float32)
    logits[:, 0] = mel.mean(axis=(1, 2, 3)) - 0.5
    return logits, np.full((len(mel), len(MID_LEVEL)), np.nan, np.float32)


@pytest.mark.data
def test_a_gain_that_a_session_knows_changes_nothing(data: Path, tmp_path: Path) -> None:
    clips: list[Piece] = sample([p for p in emopia(data) if p.split == "validation"], 2)
    conditions = (REFERENCE, Condition("quiet", "", (("input_gain_db", -6.0),)), BY_NAME["high_gain"])
    settings = {"window_s": 8.0, "warm_up_steps": 0, "conditions": conditions}
    cache = cache_folder(tmp_path, FrontEnd().settings)
    report = robustness(Listener(loud_is_aggressive), clips, cache, **settings)  # type: ignore[arg-type]
    assert report["takes"] == 2
    assert report["conditions"]["quiet"]["agreement"] == 1.0
    assert len(list((cache / "conditions").glob("*/*.npz"))) == 4
    assert as_table(report).count("\n") == 2 + len(conditions)
    kept = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*.npz")}
    assert robustness(Listener(loud_is_aggressive), clips, cache, **settings) == report  # type: ignore[arg-type]
    assert {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*.npz")} == kept
