"""Keeps libjack and libasound from writing to the terminal: whoever calls them says what matters of their troubles."""

from __future__ import annotations

import contextlib
import ctypes

_JACK_MESSAGE = ctypes.CFUNCTYPE(None, ctypes.c_char_p)
_ALSA_MESSAGE = ctypes.CFUNCTYPE(None, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p)

# the libraries keep these addresses for good, so they must live as long as the process
_ignore_jack = _JACK_MESSAGE(lambda _message: None)
_ignore_alsa = _ALSA_MESSAGE(lambda *_message: None)


def silence_sound_libraries() -> None:
    """Let both libraries, where they are installed, hand their messages to nobody."""
    with contextlib.suppress(OSError, AttributeError):
        jack = ctypes.CDLL("libjack.so.0")
        jack.jack_set_error_function(_ignore_jack)
        jack.jack_set_info_function(_ignore_jack)
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL("libasound.so.2").snd_lib_error_set_handler(_ignore_alsa)
