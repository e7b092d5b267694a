"""Draws what the lights show in each trust state, by the code that drives them: `python docs/pictures/lights.py`.

Each strip of the picture is eight LEDs, from top to bottom, over eight seconds, from left to right; below it is
a single LED.
"""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

import numpy as np

from edge.config import Led
from edge.outputs.led.pattern import render, to_hex
from edge.types import NOTHING_HEARD, Prediction, TrustState

HERE = Path(__file__).parent
FRAMES_HZ = 50
SECONDS = 8
LEDS = 8
LED_PX = 7
SECOND_PX = 62
LEFT, TOP, ROW = 232, 44, 104
SETTINGS = Led(brightness=1.0, limit_ma=20000)

SAYS = {
    TrustState.LIVE: ("live", "steady, in the emotion's colour"),
    TrustState.UNSURE: ("unsure", "breathes, every 3 s"),
    TrustState.SILENT: ("silent", "one dim light walks by; a single LED glows every 4 s"),
    TrustState.STALE: ("stale", "two short white blinks, a pause"),
    TrustState.LOST: ("lost", "white, on and off, 2.5 times a second"),
}


def heard(state: TrustState) -> Prediction:
    """Return a happy prediction in a state."""
    return Prediction(
        time_s=1.0,
        state=state,
        label="happy",
        confidence=0.6,
        probabilities=(0.1, 0.75, 0.1, 0.05),
        valence=0.7,
        arousal=0.7,
        mid_level=NOTHING_HEARD.mid_level,
        effects=NOTHING_HEARD.effects,
        level_dbfs=-20.0,
    )


def over_time(state: TrustState, count: int) -> list[list[str]]:
    """Return the colours of each LED, frame by frame."""
    # in the middle of each frame, where no pattern changes
    times_s = ((k + 0.5) / FRAMES_HZ for k in range(SECONDS * FRAMES_HZ))
    frames = [to_hex(render(heard(state), at_s, count, SETTINGS)) for at_s in times_s]
    return [[frame[led] for frame in frames] for led in range(count)]


def strip(colours: list[str], y: float, height: float) -> str:
    """Return one LED's eight seconds as rectangles of equal colour."""
    out, at = [], 0
    for colour, run in groupby(coarse(colours)):
        frames = len(list(run))
        if colour != "#000000":
            left, width = LEFT + at * SECOND_PX / FRAMES_HZ, frames * SECOND_PX / FRAMES_HZ
            out.append(f'<rect x="{left:.2f}" y="{y:g}" width="{width:.2f}" height="{height:g}" fill="{colour}"/>')
        at += frames
    return "".join(out)


def coarse(colours: list[str]) -> list[str]:
    """Return the colours in sixteen steps of brightness: the eye sees no more here, and the picture stays small."""
    values = np.array([[int(colour[k : k + 2], 16) for k in (1, 3, 5)] for colour in colours], float)
    brightest = np.maximum(values.max(axis=1, keepdims=True), 1.0)
    stepped = values * (np.round(brightest / 16) * 16 / brightest)
    return ["#" + bytes(np.minimum(row, 255).astype(int).tolist()).hex() for row in stepped]


def picture() -> str:
    """Return the whole picture as SVG, with a ground of its own: it stands on light and dark pages."""
    width, height = LEFT + SECONDS * SECOND_PX + 24, TOP + ROW * len(SAYS) + 8
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="system-ui, sans-serif" '
        'shape-rendering="crispEdges">',
        "<title>What the lights show in each trust state, over eight seconds</title>",
        f'<rect width="{width}" height="{height}" rx="12" fill="#14120f"/>',
        '<g fill="#b3aca0" font-size="12">',
        *(
            f'<text x="{LEFT + s * SECOND_PX}" y="26" text-anchor="middle">{s} s</text>'
            for s in range(2, SECONDS + 1, 2)
        ),
        '<text x="20" y="26">a strip of eight; a single LED</text>',
        "</g>",
    ]
    for k, (state, (name, says)) in enumerate(SAYS.items()):
        y = TOP + k * ROW
        out.append(f'<text x="20" y="{y + 22}" fill="#f5f1e9" font-size="18" font-weight="600">{name}</text>')
        for line, words in enumerate(_wrapped(says, 27)):
            out.append(f'<text x="20" y="{y + 42 + 16 * line}" fill="#b3aca0" font-size="12.5">{words}</text>')
        span = f'x="{LEFT}" width="{SECONDS * SECOND_PX}" fill="#000" stroke="#3a352d"'
        out.append(f'<rect {span} y="{y}" height="{LEDS * LED_PX}"/>')
        leds = over_time(state, LEDS)
        if all(led == leds[0] for led in leds):
            out.append(f'<g id="{state}">{strip(leds[0], y + 0.5, LED_PX - 1)}</g>')
            out += [f'<use href="#{state}" y="{led * LED_PX}"/>' for led in range(1, LEDS)]
        else:
            out += [strip(colours, y + led * LED_PX + 0.5, LED_PX - 1) for led, colours in enumerate(leds)]
        below = y + LEDS * LED_PX + 8
        out.append(f'<rect {span} y="{below}" height="14"/>')
        out.append(strip(over_time(state, 1)[0], below + 0.5, 13))
    return "\n".join([*out, "</svg>"]) + "\n"


def _wrapped(text: str, most: int) -> list[str]:
    lines = [""]
    for word in text.split():
        lines = [*lines, word] if len(lines[-1]) + len(word) >= most else [*lines[:-1], f"{lines[-1]} {word}".strip()]
    return lines


if __name__ == "__main__":
    (HERE / "lights.svg").write_text(picture(), "utf-8")
