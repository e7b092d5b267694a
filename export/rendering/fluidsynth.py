"""General MIDI guitars by libfluidsynth, called directly: its program would load the soundfont anew for every take."""

from __future__ import annotations

import ctypes
import ctypes.util
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from export.notes import CorpusError, Notes

SOUNDFONT = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")
_BLOCK = 64  # samples in which libfluidsynth computes; events take effect between them
_GAIN = 0.6
_VOLUME_RELEASE = 38  # SoundFont 2.04, section 8.1.2: generator releaseVolEnv, in timecents
_BEND_PER_CENT = 8192 / 200  # the wheel's default range is two semitones
_UNBENT = 8192


@cache
def _library() -> ctypes.CDLL:
    name = ctypes.util.find_library("fluidsynth")
    if name is None or not SOUNDFONT.is_file():
        raise CorpusError(f"fluidsynth or {SOUNDFONT} is missing; install fluidsynth and fluid-soundfont-gm")
    lib = ctypes.CDLL(name)
    for function in (lib.new_fluid_settings, lib.new_fluid_synth):
        function.restype = ctypes.c_void_p
    return lib


class FluidSynth:
    """One General MIDI program on six channels, one for each string: a string never cuts another off.

    `release_timecents` lengthens (above 0) or shortens what is heard of a note after its end.
    """

    def __init__(self, program: int, rate_hz: int, release_timecents: float = 0.0) -> None:
        self.program, self.rate_hz, self.release_timecents = program, rate_hz, release_timecents
        self._lib = _library()

    def play(
        self, notes: Notes, string: NDArray[np.int_], tuning_cents: NDArray[np.float64], length_s: float
    ) -> NDArray[np.float32]:
        """Return mono samples; each of the six strings is out of tune by `tuning_cents`, (6,)."""
        lib = self._lib
        settings = self._settings()
        # a synthesizer that has played before does not repeat itself bit for bit; a new one costs 17 ms
        synth = ctypes.c_void_p(lib.new_fluid_synth(settings))
        try:
            self._tune(synth, tuning_cents)
            parts, written = [], 0
            for block, is_on, channel, pitch, velocity in self._events(notes, string):
                if block * _BLOCK > written:
                    parts.append(self._write(synth, block * _BLOCK - written))
                    written = block * _BLOCK
                if is_on:
                    lib.fluid_synth_noteon(synth, channel, pitch, velocity)
                else:
                    lib.fluid_synth_noteoff(synth, channel, pitch)
            n = max(0, round(length_s * self.rate_hz) - written)
            parts.append(self._write(synth, -(-n // _BLOCK) * _BLOCK))
            return np.concatenate(parts)[: round(length_s * self.rate_hz)]
        finally:
            lib.delete_fluid_synth(synth)
            lib.delete_fluid_settings(settings)

    def _settings(self) -> ctypes.c_void_p:
        settings = ctypes.c_void_p(self._lib.new_fluid_settings())
        for key, number in (("synth.sample-rate", float(self.rate_hz)), ("synth.gain", _GAIN)):
            self._lib.fluid_settings_setnum(settings, key.encode(), ctypes.c_double(number))
        for key, whole in (("synth.reverb.active", 0), ("synth.chorus.active", 0), ("synth.dynamic-sample-loading", 1)):
            self._lib.fluid_settings_setint(settings, key.encode(), whole)
        return settings

    def _tune(self, synth: ctypes.c_void_p, tuning_cents: NDArray[np.float64]) -> None:
        font = self._lib.fluid_synth_sfload(synth, str(SOUNDFONT).encode(), 0)
        if font < 0:
            raise CorpusError(f"{SOUNDFONT}: fluidsynth cannot read it; install fluid-soundfont-gm again")
        for channel, cents in enumerate(tuning_cents.tolist()):
            self._lib.fluid_synth_program_select(synth, channel, font, 0, self.program)
            self._lib.fluid_synth_set_gen(synth, channel, _VOLUME_RELEASE, ctypes.c_float(self.release_timecents))
            self._lib.fluid_synth_pitch_bend(synth, channel, round(_UNBENT + cents * _BEND_PER_CENT))

    def _events(self, notes: Notes, string: NDArray[np.int_]) -> list[tuple[int, int, int, int, int]]:
        """Return (block, is_on, channel, pitch, velocity), note-offs before the note-ons of the same block."""
        events = []
        for (start, end, pitch, velocity), channel in zip(notes.rows(), string.tolist(), strict=True):
            on = round(start * self.rate_hz / _BLOCK)
            events.append((on, 1, channel, pitch, velocity))
            events.append((max(on + 1, round(end * self.rate_hz / _BLOCK)), 0, channel, pitch, 0))
        return sorted(events)

    def _write(self, synth: ctypes.c_void_p, n: int) -> NDArray[np.float32]:
        left, right = np.zeros(n, np.float32), np.zeros(n, np.float32)
        at = [side.ctypes.data_as(ctypes.c_void_p) for side in (left, right)]
        self._lib.fluid_synth_write_float(synth, n, at[0], 0, 1, at[1], 0, 1)
        return 0.5 * (left + right)
