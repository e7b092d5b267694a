"""The page's picture of the lights."""

from __future__ import annotations

import re

from edge.config import Led
from edge.mailbox import Broadcast
from edge.outputs.led.mirror import Mirror
from edge.types import EMOTIONS, Prediction
from tests.edge.outputs.helpers import prediction, wait_until


def channels(colour: str) -> list[int]:
    return [int(colour[k : k + 2], 16) for k in (1, 3, 5)]


def is_coloured(colour: str) -> bool:
    return len(set(channels(colour))) > 1


def test_shows_the_colour_of_a_certain_emotion_whatever_the_strips_brightness() -> None:
    predictions: Broadcast[Prediction] = Broadcast()
    mirror = Mirror(Led(count=3, brightness=0.1, limit_ma=20, sad="#0050ff"), predictions)
    mirror.start()
    certain = tuple(float(e == "sad") for e in EMOTIONS)
    predictions.publish(prediction("sad", probabilities=certain, confidence=1.0, arousal=1.0))
    wait_until(lambda: is_coloured(mirror.colours()[0]))
    colours = mirror.colours()
    mirror.close()
    assert len(colours) == 3
    assert all(abs(a - b) <= 1 for a, b in zip(channels(colours[0]), (0x00, 0x50, 0xFF), strict=True))


def test_every_colour_is_written_as_the_page_expects() -> None:
    colours = Mirror(Led(count=30), Broadcast()).colours()
    assert len(colours) == 30
    assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in colours)


def test_turns_white_and_blinks_when_predictions_stop() -> None:
    predictions: Broadcast[Prediction] = Broadcast()
    mirror = Mirror(Led(driver="pwm"), predictions)  # a single LED
    mirror.start()
    predictions.publish(prediction())
    wait_until(lambda: is_coloured(mirror.colours()[0]))
    took_s = wait_until(lambda: not is_coloured(mirror.colours()[0]))
    assert took_s < 1.5
    for wanted in (True, False, True):
        wait_until(lambda wanted=wanted: any(channels(mirror.colours()[0])) is wanted)
    assert not is_coloured(mirror.colours()[0])
    mirror.close()
