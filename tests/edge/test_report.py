"""The report and the table: whole, small, and harmless whatever a file is called."""

from __future__ import annotations

import base64
import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from edge.errors import AffettoError
from edge.model import Model
from edge.report import MOST_STEPS, SOUND_RATE_HZ, Analysis, vorbis, waveform, write_csv, write_effects, write_html
from edge.types import EMOTIONS, MID_LEVEL, TrustState
from tests.edge.api.playing import prediction

NASTY = 'a</script><script>alert(1)</script>&"<!--.wav'


def analysis(name: str = "riff.wav", seconds: float = 2.0, rate_hz: int = 44100, steps: int = 20) -> Analysis:
    samples = (0.4 * np.sin(2 * np.pi * 220 * np.arange(int(seconds * rate_hz)) / rate_hz)).astype(np.float32)
    states = [TrustState.LIVE, TrustState.UNSURE, TrustState.SILENT]
    predictions = [
        prediction(EMOTIONS[k % 4], states[k % 3], seconds * k / max(1, steps)).to_dict() for k in range(steps)
    ]
    document = {
        "schema": 1,
        "file": f"/takes/{name}",
        "duration_s": seconds,
        "model": {"file": "model.onnx", "name": "affetto-guitar", "version": "0.1.0", "licence": "CC BY-NC-SA 4.0"},
        "overall": {"label": "sad", "probabilities": dict.fromkeys(EMOTIONS, 0.25), "confidence": 0.0},
        "predictions": predictions,
    }
    return Analysis(document, samples, rate_hz)


def embedded(path: Path) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="analyses">(.*?)</script>', path.read_text("utf-8"), re.S)
    assert found
    return json.loads(found[1])


def sound_of(file: dict[str, Any]) -> tuple[NDArray[np.float64], int]:
    kind, _, data = file["sound"].partition(",")
    assert kind == "data:audio/ogg;base64"
    return soundfile.read(io.BytesIO(base64.b64decode(data)))


def test_a_table_has_one_row_per_prediction(tmp_path: Path) -> None:
    first, second = analysis("a, b.wav"), analysis('say "hi".wav', steps=5)
    write_csv(tmp_path / "t.csv", [first, second])
    with open(tmp_path / "t.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 25
    assert list(rows[0]) == ["file", "time_s", "state", "label", "confidence", "p_aggressive", "p_happy", "p_relaxed",
                             "p_sad", "valence", "arousal", *MID_LEVEL]  # fmt: skip
    assert {row["file"] for row in rows} == {"/takes/a, b.wav", '/takes/say "hi".wav'}
    told = first.document["predictions"][1]
    assert (rows[1]["state"], rows[1]["label"]) == ("unsure", told["label"])
    assert float(rows[1]["p_happy"]) == told["probabilities"]["happy"]
    assert float(rows[1]["minorness"]) == told["mid_level"]["minorness"]["value"]


def test_a_report_holds_the_sound_and_every_prediction(tmp_path: Path) -> None:
    given = analysis()
    write_html(tmp_path / "r.html", [given, analysis("other.wav", rate_hz=SOUND_RATE_HZ)])
    first, second = embedded(tmp_path / "r.html")["files"]
    assert (first["name"], second["name"]) == ("riff.wav", "other.wav")
    assert first["time_s"] == [round(p["time_s"], 3) for p in given.document["predictions"]]
    assert np.shape(first["effects"]) == (20, 4, 11)
    told = given.document["predictions"][3]["mid_level"]["register"]
    assert first["effects"][3][1][MID_LEVEL.index("register")] == round(told["effects"]["happy"], 2)
    for file in (first, second):
        samples, rate_hz = sound_of(file)
        assert (rate_hz, samples.ndim) == (SOUND_RATE_HZ, 1)
        assert len(samples) == pytest.approx(2 * SOUND_RATE_HZ, abs=2)
        assert np.sqrt(np.mean(samples**2)) == pytest.approx(0.4 / np.sqrt(2), rel=0.05)


def test_a_report_needs_nothing_from_outside(tmp_path: Path) -> None:
    write_html(tmp_path / "r.html", [analysis()])
    text = (tmp_path / "r.html").read_text("utf-8")
    outside = set(re.findall(r"""(?:https?:)?//[\w.-]+\.\w+[^\s"'`]*""", re.sub(r"base64,[\w+/=]+", "", text)))
    assert outside <= {"http://www.w3.org/2000/svg"}
    assert "@import" not in text
    assert "default-src 'none'" in text


def test_a_name_stays_a_name(tmp_path: Path) -> None:
    write_html(tmp_path / "r.html", [analysis(NASTY)])
    text = (tmp_path / "r.html").read_text("utf-8")
    assert "alert(1)</script>" not in text
    assert text.count("<script") == 2
    assert text.count("<!--") == 0
    assert embedded(tmp_path / "r.html")["files"][0]["path"] == f"/takes/{NASTY}"


def test_a_long_recording_gives_a_small_report(tmp_path: Path) -> None:
    write_html(tmp_path / "r.html", [analysis(seconds=180, rate_hz=SOUND_RATE_HZ, steps=180 * 10)])
    file = embedded(tmp_path / "r.html")["files"][0]
    assert MOST_STEPS / 2 <= len(file["time_s"]) <= MOST_STEPS
    assert file["time_s"][-1] > 179
    assert len(file["waveform"][0]) == 1200
    assert (tmp_path / "r.html").stat().st_size < 3e6


def test_nothing_to_hear_is_no_error(tmp_path: Path) -> None:
    empty = analysis(seconds=0, steps=0)
    write_html(tmp_path / "r.html", [empty])
    write_csv(tmp_path / "t.csv", [empty])
    assert embedded(tmp_path / "r.html")["files"][0]["time_s"] == []
    assert (tmp_path / "t.csv").read_text("utf-8").count("\n") == 1


def test_a_folder_that_is_not_there_is_said_in_one_line(tmp_path: Path) -> None:
    for write in (write_html, write_csv):
        with pytest.raises(AffettoError, match=r"^.*missing/r: cannot be written \(No such file") as error:
            write(tmp_path / "missing" / "r", [analysis()])
        assert "\n" not in str(error.value)


def test_waveform_keeps_every_peak() -> None:
    samples = np.zeros(100_000, np.float32)
    samples[12_345], samples[77_777] = 0.9, -0.8
    low, high = waveform(samples, 300)
    assert (len(low), len(high)) == (300, 300)
    assert (low.min(), high.max()) == pytest.approx((-0.8, 0.9))
    assert high.argmax() == 12_345 * 300 // 100_000
    assert waveform(samples[:7], 300).shape == (2, 7)


def test_loud_sound_is_limited_and_written_whole() -> None:
    samples = np.full(SOUND_RATE_HZ * 60, 3.0, np.float32)
    decoded, _ = soundfile.read(io.BytesIO(vorbis(samples, SOUND_RATE_HZ)))
    assert len(decoded) == len(samples)
    assert np.abs(decoded).max() < 1.3


def test_effects_are_drawn_of_the_moments_of_one_recording_or_of_several(tmp_path: Path) -> None:
    one, several = tmp_path / "one.png", tmp_path / "several.png"
    write_effects(one, [analysis()], Model())
    write_effects(several, [analysis(), analysis("other.wav")], Model())
    for path in (one, several):
        assert path.read_bytes().startswith(b"\x89PNG")
    assert one.read_bytes() != several.read_bytes()


def test_effects_of_silence_are_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(AffettoError, match="nothing was played"):
        write_effects(tmp_path / "none.png", [analysis(steps=0)], Model())
    assert not list(tmp_path.iterdir())
