import time

import numpy as np
import pytest
import soundfile

from edge.audio.file import DemoSource, FileSource, open_sound
from edge.errors import AudioError


def ramp_file(path, seconds=0.5, rate_hz=8000, channels=1, **options):
    ramp = np.linspace(-0.9, 0.9, int(seconds * rate_hz), dtype=np.float32)
    soundfile.write(path, np.repeat(ramp[:, None], channels, axis=1), rate_hz, **options)
    return ramp


def collect(source, seconds):
    parts, until = [], time.monotonic() + seconds
    while time.monotonic() < until and not source.ended:
        if source.ring.wait(0.05):
            parts.append(source.ring.read())
    parts.append(source.ring.read())
    return np.concatenate(parts)


def test_a_file_plays_once_in_real_time_and_whole(tmp_path):
    ramp = ramp_file(tmp_path / "ramp.wav", subtype="FLOAT")
    source = FileSource(tmp_path / "ramp.wav")
    started = time.monotonic()
    source.open()
    sound = collect(source, 3.0)
    assert time.monotonic() - started == pytest.approx(0.5, abs=0.2)
    assert source.ended
    assert not source.is_lost()
    np.testing.assert_array_equal(sound, ramp)
    source.close()


def test_a_loop_goes_on_without_a_gap(tmp_path):
    ramp = ramp_file(tmp_path / "ramp.wav", 0.2, subtype="FLOAT")
    source = FileSource(tmp_path / "ramp.wav", loop=True)
    source.open()
    sound = collect(source, 0.7)
    source.close()
    assert len(sound) > 2 * len(ramp)
    np.testing.assert_array_equal(sound, np.resize(ramp, len(sound)))


def test_stereo_is_mixed_or_one_channel_taken(tmp_path):
    left, right = np.full(800, 0.5, np.float32), np.full(800, -0.1, np.float32)
    soundfile.write(tmp_path / "s.wav", np.stack([left, right], axis=1), 8000, subtype="FLOAT")
    for channel, expected in ((0, 0.2), (1, 0.5), (2, -0.1)):
        source = FileSource(tmp_path / "s.wav", channel=channel)
        source.open()
        np.testing.assert_allclose(collect(source, 2.0), expected, atol=1e-6)
        source.close()
    with pytest.raises(AudioError, match="has 2 channels, not 3"):
        FileSource(tmp_path / "s.wav", channel=3).open()


@pytest.mark.parametrize("kind", ["missing", "text", "empty", "folder"])
def test_what_is_no_sound_is_refused_in_one_line(tmp_path, kind):
    path = tmp_path / "x.wav"
    if kind == "text":
        path.write_text("no sound")
    elif kind == "empty":
        soundfile.write(path, np.empty(0), 8000)
    elif kind == "folder":
        path.mkdir()
    with pytest.raises(AudioError) as error:
        open_sound(path)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_the_demo_take_is_bundled_and_loops():
    source = DemoSource()
    source.open()
    sound = collect(source, 1.0)
    source.close()
    assert len(sound) == pytest.approx(1.0 * source.rate_hz, rel=0.2)
    assert not source.ended
    assert source.status().kind == "demo"
