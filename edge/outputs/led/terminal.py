"""Lights for a machine without lights: a coloured line in the terminal, or plain lines in a log."""

from __future__ import annotations

import sys
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

from edge.config import Led
from edge.mailbox import Broadcast
from edge.outputs.led.light import LightOutput
from edge.outputs.led.pattern import to_hex
from edge.types import Prediction

_RESET = "\x1b[0m"
_CLEAR_LINE = "\r\x1b[2K"


class TerminalLight(LightOutput):
    """Draws the strip on stderr. Where that is no terminal it writes a line whenever state, label or overlay change."""

    def __init__(self, settings: Led, predictions: Broadcast[Prediction], stream: TextIO | None = None) -> None:
        super().__init__("terminal", settings, predictions)
        self._stream = stream or sys.stderr
        self._last_text = ""

    @property
    def is_seen(self) -> bool:
        return self._stream.isatty()

    def _open(self) -> None:
        self._last_text = ""

    def _write(self, frame: NDArray[np.uint8], prediction: Prediction) -> None:
        text = f"{prediction.label or 'nothing heard yet'} {prediction.confidence:.2f} {prediction.state}"
        if self._stream.isatty():
            strip = "".join(f"\x1b[48;2;{red};{green};{blue}m  " for red, green, blue in frame)
            self._put(f"{_CLEAR_LINE}{strip}{_RESET} {text}")
        elif self._overlaid:
            self._put_line(" ".join(to_hex(frame)), " ".join(to_hex(frame)))
        else:
            self._put_line(f"{prediction.state} {prediction.label}", text)

    def _put_line(self, key: str, text: str) -> None:
        if key != self._last_text:
            self._last_text = key
            self._put(f"lights: {text}\n")

    def _close(self) -> None:
        if self._stream.isatty():
            self._put(f"{_CLEAR_LINE}{_RESET}")

    def _put(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
