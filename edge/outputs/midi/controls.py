"""Which control change carries what, on the one channel of the settings.

=========  =====================================================================
CC         meaning
=========  =====================================================================
20 to 23   probability of aggressive, happy, relaxed, sad: 0 to 127
52 to 55   with `midi.fine`, the low seven bits of 20 to 23 (14 bits in all)
24         valence: -1 is 0, 0 is 64, 1 is 127
25         arousal, likewise
123        All Notes Off, once when Affetto ends
=========  =====================================================================

In `silent` nothing new is sent and gear keeps the last mood. In `stale` and `lost` the emotions go to 0 and valence and
arousal to 64, so that no gear hangs on a value that is no longer true.
"""

from __future__ import annotations

from edge.types import EMOTIONS, Prediction, TrustState

FIRST_EMOTION_CC = 20
VALENCE_CC = 24
AROUSAL_CC = 25
FINE_OFFSET = 32
"""MIDI 1.0: controllers 32 to 63 are the low seven bits of 0 to 31."""

ALL_NOTES_OFF_CC = 123

Controls = dict[int, int]
"""Values by controller; those that belong together (high, low seven bits) stand in the order to send them in."""


def controls(prediction: Prediction, *, fine: bool) -> Controls:
    """Return the controllers' values for a prediction; none while it is silent."""
    if prediction.state is TrustState.SILENT:
        return {}
    if prediction.state in (TrustState.STALE, TrustState.LOST):
        return neutral(fine=fine)
    out: Controls = {}
    for k, probability in enumerate(prediction.probabilities):
        out |= _emotion(k, probability, fine)
    out[VALENCE_CC] = bipolar(prediction.valence)
    out[AROUSAL_CC] = bipolar(prediction.arousal)
    return out


def neutral(*, fine: bool) -> Controls:
    """Return the values that mean no emotion."""
    out: Controls = {}
    for k in range(len(EMOTIONS)):
        out |= _emotion(k, 0.0, fine)
    return out | {VALENCE_CC: bipolar(0.0), AROUSAL_CC: bipolar(0.0)}


def changes(wanted: Controls, sent: Controls) -> list[tuple[int, int]]:
    """Return the (controller, value) pairs to send.

    A receiver sets the low seven bits to 0 whenever the high ones arrive (MIDI 1.0), so those always follow.
    """
    out = []
    for cc, value in wanted.items():
        follows = cc - FINE_OFFSET in wanted and wanted[cc - FINE_OFFSET] != sent.get(cc - FINE_OFFSET)
        if value != sent.get(cc) or follows:
            out.append((cc, value))
    return out


def bipolar(value: float) -> int:
    """Return -1 to 1 as 0 to 127 with 0 at 64."""
    value = min(max(value, -1.0), 1.0)
    return round(64 + value * (63 if value > 0 else 64))


def _emotion(k: int, probability: float, fine: bool) -> Controls:
    cc, probability = FIRST_EMOTION_CC + k, min(max(probability, 0.0), 1.0)
    if not fine:
        return {cc: round(127 * probability)}
    value = round(16383 * probability)
    return {cc: value >> 7, cc + FINE_OFFSET: value & 0x7F}
