"""A moment of a file is explained exactly as `affetto analyze` hears it; what cannot be heard is said in one line."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import numpy as np
import pytest
import soundfile

from edge.analysis import analyze
from edge.config import Decision
from edge.errors import AffettoError, AudioError, ExplainError
from edge.explain.effects import effects_of_takes
from edge.explain.from_file import effects_of_files, excerpt_of_file, usual_of_file
from edge.explain.heard.hearing import hear
from edge.model import Model
from edge.types import MID_LEVEL
from tests.edge.explain.excerpts import real_path
from tests.edge.sounds import strings, write

DEMO = Path(str(resources.files("edge"))) / "assets" / "demo.flac"
SETTINGS = Decision()


@pytest.fixture(scope="module")
def model() -> Model:
    return Model()


def predictions(path: Path, model: Model) -> list[dict]:
    return analyze(path, model, SETTINGS).document["predictions"]


def values(prediction: dict) -> np.ndarray:
    return np.array([prediction["mid_level"][name]["value"] for name in MID_LEVEL])


def assert_same_as_analyze(path: Path, times_s: list[float], model: Model) -> None:
    told = predictions(path, model)
    played = [p for p in told if p["state"] in ("live", "unsure")]
    for time_s in times_s:
        excerpt, channels = excerpt_of_file(path, time_s, model, SETTINGS)
        nearest = min(told, key=lambda p: abs(p["time_s"] - time_s))
        assert excerpt.end_s == pytest.approx(nearest["time_s"], abs=1e-3)
        heard = hear(model, excerpt, excerpt.sound)
        np.testing.assert_allclose(heard.mid_level, values(nearest), atol=2e-4)
        assert channels is None
        # what is usual is that of the whole take
        np.testing.assert_allclose(excerpt.usual, [values(p) for p in played], atol=1e-5)


@pytest.mark.data
@pytest.mark.parametrize("kind", ["comp", "solo"])
def test_a_real_recording_is_heard_as_analyze_hears_it(model: Model, kind: str) -> None:
    path = real_path(f"guitarset/00_BN1-129-Eb_{kind}_mic.flac")
    assert_same_as_analyze(path, [1.7, 12.0, soundfile.info(path).duration], model)


def test_the_demo_is_heard_as_analyze_hears_it(model: Model) -> None:
    assert_same_as_analyze(DEMO, [0.5, 6.01, 17.3], model)


def test_another_rate_and_two_channels(tmp_path: Path, model: Model) -> None:
    path = write(tmp_path / "take.wav", strings(9.0, 48000), 48000, channels=2)
    assert_same_as_analyze(path, [2.0, 8.9], model)


@pytest.mark.parametrize("rate_hz", [22050, 44100])
def test_six_channels_lie_beside_the_excerpt(tmp_path: Path, model: Model, rate_hz: int) -> None:
    channels = np.stack([np.tile(strings(3.0, rate_hz, seed=k), 7) for k in range(6)], axis=1)
    soundfile.write(tmp_path / "hex.wav", channels, rate_hz, subtype="FLOAT")
    for time_s in (2.0, 15.5, 21.0):
        excerpt, beside = excerpt_of_file(tmp_path / "hex.wav", time_s, model, SETTINGS)
        assert beside is not None
        assert beside.shape == (6, len(excerpt.sound))
        np.testing.assert_allclose(beside.mean(axis=0), excerpt.sound, atol=1e-5)
        end = round(excerpt.end_s * rate_hz)
        begin = end - len(excerpt.sound) * rate_hz // 22050
        for k in range(6):
            correlation = np.corrcoef(beside[k], channels[begin:end, k][:: rate_hz // 22050][: len(beside[k])])[0, 1]
            assert correlation > 0.98, k


def test_a_corpus_is_its_files(tmp_path: Path, model: Model) -> None:
    paths = [DEMO, write(tmp_path / "a.wav", strings(4.0))]
    boxes = effects_of_files(paths, model, SETTINGS)
    takes = [usual_of_file(path, model, SETTINGS) for path in paths]
    np.testing.assert_array_equal(boxes.median, effects_of_takes(model, takes).median)
    assert len(takes[1]) == pytest.approx(4.0 * 10.77, abs=4)


def _files(folder: Path) -> dict[str, Path]:
    take = strings(5.0)
    broken = take.copy()
    broken[100000] = np.nan
    infinite = take.copy()
    infinite[1000] = np.inf
    files = {
        "take": write(folder / "take.wav", take),
        "silence": write(folder / "silence.wav", np.zeros(5 * 44100, np.float32)),
        "one": write(folder / "one.wav", np.ones(1, np.float32)),
        "nan": write(folder / "nan.wav", broken),
        "inf": write(folder / "inf.wav", infinite),
        "rest": write(folder / "rest.wav", np.concatenate([take, np.zeros(5 * 44100, np.float32)])),
        "text": folder / "text.wav",
        "none": folder / "none.wav",
        "cut": folder / "cut.flac",
    }
    files["text"].write_text("no sound")
    whole = DEMO.read_bytes()
    files["cut"].write_bytes(whole[: len(whole) // 2] + bytes(len(whole) // 2))
    return files


@pytest.mark.parametrize(
    ("name", "time_s", "error", "said"),
    [
        ("take", 5.2, ExplainError, "choose a time from 0 to 5 s"),
        ("take", -0.1, ExplainError, "there is no sound at -0.1 s"),
        ("take", float("nan"), ExplainError, "there is no sound at nan s"),
        ("silence", 2.0, ExplainError, "nobody plays at 2.0 s"),
        ("rest", 9.5, ExplainError, "nobody plays at 9.5 s"),
        ("one", 0.0, ExplainError, "too short"),
        ("nan", 1.0, AudioError, "not a number at 2.27 s"),
        ("inf", 1.0, AudioError, "not a number at 0.02 s"),
        ("text", 1.0, AudioError, "not a sound file"),
        ("none", 1.0, AudioError, "no such file"),
        ("cut", 1.0, AudioError, "damaged after"),
    ],
)
def test_what_cannot_be_heard_is_said_in_one_line(
    tmp_path: Path, model: Model, name: str, time_s: float, error: type[AffettoError], said: str
) -> None:
    path = _files(tmp_path)[name]
    with pytest.raises(error, match=said) as raised:
        excerpt_of_file(path, time_s, model, SETTINGS)
    assert str(raised.value).startswith(str(path))
    assert "\n" not in str(raised.value)


def test_progress_counts_every_frame(tmp_path: Path, model: Model) -> None:
    done: list[int] = []
    excerpt_of_file(write(tmp_path / "take.wav", np.tile(strings(3.5), 4)), 1.0, model, SETTINGS, done.append)
    assert sum(done) == 14 * 44100
    assert len(done) == 3
