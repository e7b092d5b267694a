from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from export.notes import CorpusError, Notes
from export.rendering.recording import Rig
from export.rendering.render import GUITARS, Renderer, render_take
from export.rendering.sfz import Sampler, read_sfz

RATE_HZ = 22050


@pytest.fixture
def instrument(tmp_path: Path) -> Path:
    """Two sines as samples, soft below velocity 64, loud above, each recorded at A4; a third on release of C4."""
    t = np.arange(RATE_HZ) / RATE_HZ
    (tmp_path / "samples").mkdir()
    soundfile.write(tmp_path / "samples" / "soft one.wav", 0.1 * np.sin(2 * np.pi * 440 * t), RATE_HZ)
    soundfile.write(tmp_path / "samples" / "loud.wav", 0.5 * np.sin(2 * np.pi * 440 * t), RATE_HZ)
    soundfile.write(tmp_path / "samples" / "click.wav", 0.25 * np.sin(2 * np.pi * 2000 * t), RATE_HZ)
    path = tmp_path / "sine.sfz"
    path.write_text(
        "// two layers\n<global> ampeg_release=0.1\n<group> lokey=40 hikey=86 pitch_keycenter=69\n"
        "<region> sample=samples/soft one.wav hivel=63 amp_velcurve_63=1\n"
        "<region>\nsample=samples/loud.wav\nlovel=64\n"
        "<group> trigger=release key=60 volume=-6 rt_decay=10\n<region> sample=samples/click.wav\n"
    )
    return path


def loudest_hz(sound: np.ndarray) -> float:
    return float(np.abs(np.fft.rfft(sound * np.hanning(len(sound)))).argmax() * RATE_HZ / len(sound))


def test_opcodes_are_inherited(instrument: Path) -> None:
    regions = read_sfz(instrument)
    assert [r.path.name for r in regions] == ["soft one.wav", "loud.wav", "click.wav"]
    assert all(r.release_s == 0.1 and r.centre == 69 and 40 in r.keys and 87 not in r.keys for r in regions[:2])
    assert [r.on_release for r in regions] == [False, False, True]
    assert (regions[2].volume_db, regions[2].release_decay_db_s) == (-6.0, 10.0)


def test_a_release_region_sounds_at_the_end_and_softer_the_longer_a_note_was_held(instrument: Path) -> None:
    def after_end(held_s: float, pitch: int) -> float:
        sound = Sampler(instrument, RATE_HZ).play(Notes.of([(0.0, held_s, pitch, 127)]))
        return float(np.abs(sound[round((held_s + 0.2) * RATE_HZ) :]).max())

    assert after_end(0.5, 60) == pytest.approx(0.25 * 10 ** (-(6 + 5) / 20), rel=0.05)
    assert after_end(1.0, 60) == pytest.approx(0.25 * 10 ** (-(6 + 10) / 20), rel=0.05)
    assert after_end(0.5, 69) == 0.0  # its key has none


def test_a_hand_damps_faster_than_the_instrument(instrument: Path) -> None:
    def left(longest_s: float) -> float:
        sound = Sampler(instrument, RATE_HZ, longest_s).play(Notes.of([(0.0, 0.5, 69, 127)]))
        return float(np.abs(sound[round(0.53 * RATE_HZ) :]).max())

    assert left(0.02) == 0.0 < left(1.0)


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


@pytest.mark.parametrize("guitar", GUITARS)
@pytest.mark.data
def test_a_take_is_the_same_bit_for_bit_and_another_with_another_seed(guitar: str, data: Path) -> None:
    notes = Notes.of([(0.3 * k, 0.3 * k + 0.4, 45 + (7 * k) % 30, 50 + 9 * (k % 7)) for k in range(16)])
    renderer = Renderer(guitar, RATE_HZ)
    played, sound = render_take(notes, renderer, 5)
    assert len(sound) >= played.notes.length_s * RATE_HZ
    assert 1e-4 < np.abs(sound).max() < 1.0
    render_take(notes, renderer, 6)  # nothing of another take is left behind
    again, same = render_take(notes, Renderer(guitar, RATE_HZ), 5)
    np.testing.assert_array_equal(sound, same)
    assert played.notes.rows() == again.notes.rows()
    np.testing.assert_array_equal(sound, render_take(notes, renderer, 5)[1])
    other = render_take(notes, renderer, 6)[1]
    assert len(other) != len(sound) or not np.array_equal(other, sound)


@pytest.mark.parametrize("guitar", GUITARS)
@pytest.mark.data
def test_a_detuned_take_keeps_the_time_of_its_notes(guitar: str, data: Path) -> None:
    notes = Notes.of([(0.5, 0.8, 64, 100), (18.0, 18.4, 64, 100)])
    for cents in (-25.0, 25.0):
        played, sound = render_take(notes, guitar, 3, Rig(detuning_cents=cents))
        step = RATE_HZ // 210
        level = np.sqrt(np.square(sound[: len(sound) // step * step].reshape(-1, step)).mean(axis=1))
        late = level[round((played.notes.start_s[1] - 0.5) * 210) :]
        onset_s = played.notes.start_s[1] - 0.5 + np.argmax(late > 0.2 * late.max()) / 210
        assert onset_s == pytest.approx(played.notes.start_s[1], abs=0.03)


@pytest.mark.parametrize("guitar", GUITARS)
@pytest.mark.data
def test_a_damped_note_is_40_db_down_after_a_third_of_a_second(guitar: str, data: Path) -> None:
    sound = Renderer(guitar, RATE_HZ).play(Notes.of([(0.0, 0.5, 57, 90)]))
    before, after = sound[round(0.45 * RATE_HZ) : round(0.5 * RATE_HZ)], sound[round(0.83 * RATE_HZ) :][:1000]
    assert np.abs(after).max() < 10 ** (-40 / 20) * np.abs(before).max()
