from __future__ import annotations

import numpy as np
import pytest
from scipy import signal

from export.rendering.recording import Rig, amplify
from export.rendering.room import HELD_OUT_ROOMS, TRAINING_ROOMS, Room, reverberation

RATE_HZ = 22050


def tone(hz: float, seconds: float = 1.0, level: float = 0.5) -> np.ndarray:
    return (level * np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE_HZ)) / RATE_HZ)).astype(np.float32)


def rms_db(sound: np.ndarray) -> float:
    return 10 * float(np.log10(np.mean(np.square(sound, dtype=np.float64))))


def test_a_plain_rig_changes_nothing_and_gain_changes_only_the_level() -> None:
    sound = tone(220)
    np.testing.assert_array_equal(Rig.plain().record(sound, RATE_HZ), sound)
    quiet = Rig(gain_db=-20.0).record(sound, RATE_HZ)
    np.testing.assert_allclose(quiet, 0.1 * sound, rtol=1e-5, atol=1e-8)


def test_the_converter_never_clips() -> None:
    rng = np.random.default_rng(0)
    sound = tone(110, 2.0, level=4.0)
    for guitar in ("nylon", "emily"):
        for _ in range(20):
            recorded = Rig.draw(rng, guitar).record(sound, RATE_HZ)
            assert np.isfinite(recorded).all()
            assert np.abs(recorded).max() < 1.0


def test_a_room_decays_in_its_reverberation_time() -> None:
    for number in (0, 5, 200):
        room = Room.numbered(number)
        tail = reverberation(room, RATE_HZ).astype(float)
        assert np.square(tail).sum() == pytest.approx(1.0, rel=1e-4)
        left_db = 10 * np.log10(np.cumsum(np.square(tail[::-1]))[::-1] + 1e-12)  # Schroeder's integration
        t = np.arange(len(tail)) / RATE_HZ
        part = (left_db < left_db[0] - 8) & (left_db > left_db[0] - 30)
        slope = np.polyfit(t[part], left_db[part], 1)[0]
        assert -60 / slope == pytest.approx(room.rt60_s, rel=0.2)


def test_rooms_are_repeatable_and_some_are_held_out() -> None:
    assert Room.numbered(7) == Room.numbered(7) != Room.numbered(8)
    assert not set(TRAINING_ROOMS) & set(HELD_OUT_ROOMS)
    rng = np.random.default_rng(0)
    assert all((Rig.draw(rng, "steel").room or 0) in TRAINING_ROOMS for _ in range(200))
    held_out = {Rig.draw(rng, "steel", HELD_OUT_ROOMS).room for _ in range(50)} - {None}
    assert held_out <= set(HELD_OUT_ROOMS)


def test_hum_and_hiss_have_the_level_asked_for() -> None:
    silence = np.zeros(4 * RATE_HZ, np.float32)
    hum = Rig(hum_db=-50.0, hum_hz=60.0).record(silence, RATE_HZ)
    assert rms_db(hum) == pytest.approx(-50.0, abs=0.2)
    spectrum = np.abs(np.fft.rfft(hum[:RATE_HZ]))
    assert set(np.flatnonzero(spectrum > 0.05 * spectrum.max())) <= set(range(60, 601, 60))
    assert rms_db(Rig(hiss_db=-60.0).record(silence, RATE_HZ)) == pytest.approx(-60.0, abs=0.2)


def test_detuning_moves_the_pitch_by_its_cents() -> None:
    rig = Rig(detuning_cents=20.0)
    sound = rig.record(tone(440, 4.0), RATE_HZ)
    assert len(sound) == pytest.approx(4 * RATE_HZ / rig.speed, abs=2)
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), 8 * len(sound)))
    hz = spectrum.argmax() * RATE_HZ / (8 * len(sound))
    assert 1200 * np.log2(hz / 440) == pytest.approx(20.0, abs=0.5)


def test_drive_adds_harmonics_and_compresses_without_aliases() -> None:
    def harmonics(drive_db: float, asymmetry: float) -> np.ndarray:
        spectrum = np.abs(np.fft.rfft(amplify(tone(1000, level=0.8), RATE_HZ, drive_db, asymmetry)))
        return 20 * np.log10(spectrum[1000:10001:1000] / spectrum[1000] + 1e-9)

    assert harmonics(24.0, 0.0)[2] > harmonics(-6.0, 0.0)[2] + 15
    assert harmonics(12.0, 0.2)[1] > harmonics(12.0, 0.0)[1] + 20  # the second harmonic needs asymmetry
    loud, soft = amplify(tone(440), RATE_HZ, 24.0, 0.0), amplify(tone(440, level=0.05), RATE_HZ, 24.0, 0.0)
    assert rms_db(loud) - rms_db(soft) < 12.0  # 20 dB before


def test_resonances_lift_and_the_comb_notches_where_they_are_told() -> None:
    def gain_db(rig: Rig, hz: float) -> float:
        return rms_db(rig.record(tone(hz), RATE_HZ)[4000:]) - rms_db(tone(hz)[4000:])

    assert gain_db(Rig(body=((200.0, 5.0, 6.0),)), 200) == pytest.approx(6.0, abs=0.3)
    pickup = Rig(pickup=(3000.0, 2.0))
    assert gain_db(pickup, 3000) == pytest.approx(6.0, abs=0.5)
    assert gain_db(pickup, 8000) < -10.0
    assert gain_db(Rig(comb=(10 / RATE_HZ, 0.7)), RATE_HZ / 10) == pytest.approx(20 * np.log10(0.3), abs=0.5)
    tilt = Rig(tilt_db=6.0)
    assert gain_db(tilt, 8000) - gain_db(tilt, 60) == pytest.approx(6.0, abs=0.7)


def test_a_drawn_rig_records_the_same_twice_and_a_nylon_guitar_is_hardly_driven() -> None:
    rigs = [Rig.draw(np.random.default_rng(k), "nylon") for k in range(60)]
    assert Rig.draw(np.random.default_rng(4), "nylon") == rigs[4] != rigs[5]
    assert max((r.drive_db for r in rigs if r.drive_db is not None), default=-99) <= 8.0
    sound = signal.chirp(np.arange(RATE_HZ) / RATE_HZ, 80, 1, 5000).astype(np.float32)
    for rig in rigs[:8]:
        np.testing.assert_array_equal(rig.record(sound, RATE_HZ), rig.record(sound, RATE_HZ))
