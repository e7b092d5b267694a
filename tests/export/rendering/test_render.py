from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from export.notes import CorpusError, Notes
from export.rendering.render import Renderer
from export.rendering.sfz import Sampler, read_sfz

RATE_HZ = 22050


@pytest.fixture
def instrument(tmp_path: Path) -> Path:
    """Two sines as samples: soft below velocity 64, loud above, each recorded at A4."""
    t = np.arange(RATE_HZ) / RATE_HZ
    (tmp_path / "samples").mkdir()
    soundfile.write(tmp_path / "samples" / "soft one.wav", 0.1 * np.sin(2 * np.pi * 440 * t), RATE_HZ)
    soundfile.write(tmp_path / "samples" / "loud.wav", 0.5 * np.sin(2 * np.pi * 440 * t), RATE_HZ)
    path = tmp_path / "sine.sfz"
    path.write_text(
        "// two layers\n<global> ampeg_release=0.1\n<group> lokey=40 hikey=86 pitch_keycenter=69\n"
        "<region> sample=samples/soft one.wav hivel=63 amp_velcurve_63=1\n"
        "<region>\nsample=samples/loud.wav\nlovel=64\n"
        "<group> trigger=release key=69\n<region> sample=samples/none.wav\n"
    )
    return path


def loudest_hz(sound: np.ndarray) -> float:
    return float(np.abs(np.fft.rfft(sound * np.hanning(len(sound)))).argmax() * RATE_HZ / len(sound))


def test_opcodes_are_inherited_and_release_samples_left_out(instrument: Path) -> None:
    regions = read_sfz(instrument)
    assert [r.path.name for r in regions] == ["soft one.wav", "loud.wav"]
    assert all(r.release_s == 0.1 and r.centre == 69 and 40 in r.keys and 87 not in r.keys for r in regions)


def test_a_sample_is_played_at_the_notes_pitch(instrument: Path) -> None:
    for pitch in (57, 69, 76):
        sound = Sampler(instrument, RATE_HZ).play(Notes.of([(0.0, 0.5, pitch, 100)]))
        assert loudest_hz(sound[1000:9000]) == pytest.approx(440 * 2 ** ((pitch - 69) / 12), rel=0.01)


def test_velocity_chooses_the_layer_and_its_gain(instrument: Path) -> None:
    def peak(velocity: int) -> float:
        return float(np.abs(Sampler(instrument, RATE_HZ).play(Notes.of([(0.0, 0.5, 69, velocity)]))).max())

    assert peak(63) == pytest.approx(0.1, rel=0.02)
    assert peak(127) == pytest.approx(0.5, rel=0.02)
    assert peak(64) == pytest.approx(0.5 * (64 / 127) ** 2, rel=0.02)


def test_a_note_fades_by_60_db_over_its_release(instrument: Path) -> None:
    sound = Sampler(instrument, RATE_HZ).play(Notes.of([(0.0, 0.5, 69, 127)]))
    held, end = round(0.5 * RATE_HZ), round(0.6 * RATE_HZ)
    assert np.abs(sound[held - 500 : held]).max() == pytest.approx(0.5, rel=0.02)
    assert np.abs(sound[end - 100 : end]).max() < 0.5 * 10 ** (-55 / 20)
    assert not sound[end:].any()


def test_unknown_guitars_are_refused_with_the_known_ones() -> None:
    with pytest.raises(CorpusError, match="nylon"):
        Renderer("banjo")


@pytest.mark.parametrize("guitar", ["nylon", "emily", "spanish"])
@pytest.mark.data
def test_a_guitar_plays_the_note_in_tune_and_the_same_twice(guitar: str, data: Path) -> None:
    notes = Notes.of([(0.0, 1.0, 57, 90)])
    sound = Renderer(guitar, RATE_HZ).play(notes)
    assert len(sound) == 2 * RATE_HZ
    spectrum = np.abs(np.fft.rfft(sound[2000:18000] * np.hanning(16000)))
    near = slice(int(220 * 0.97 * 16000 / RATE_HZ), int(220 * 1.03 * 16000 / RATE_HZ) + 1)
    found = (near.start + spectrum[near].argmax()) * RATE_HZ / 16000
    assert found == pytest.approx(220.0, rel=0.01)
    assert spectrum[near].max() > 5 * np.median(spectrum)
    np.testing.assert_array_equal(sound, Renderer(guitar, RATE_HZ).play(notes))
