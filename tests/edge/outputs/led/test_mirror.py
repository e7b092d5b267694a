"""The page's picture of the lights."""

from __future__ import annotations

import re
import threading

from edge.config import Led
from edge.mailbox import Broadcast
from edge.outputs.led.mirror import Mirror
from edge.types import EMOTIONS, Prediction, TrustState
from tests.edge.outputs.helpers import prediction, wait_until


def test_shows_the_colour_of_a_certain_emotion_whatever_the_strips_brightness() -> None:
    predictions: Broadcast[Prediction] = Broadcast()
    mirror = Mirror(Led(count=3, brightness=0.1, limit_ma=20, sad="#0050ff"), predictions)
    mirror.start()
    certain = tuple(float(e == "sad") for e in EMOTIONS)
    predictions.publish(prediction("sad", probabilities=certain, confidence=1.0, arousal=1.0))
    wait_until(lambda: mirror.status().sent >= 1 and mirror.colours()[0] != "#000000")
    colours = mirror.colours()
    mirror.close()
    assert len(colours) == 3
    red, green, blue = (int(colours[0][k : k + 2], 16) for k in (1, 3, 5))
    assert (red, abs(green - 0x50) <= 1, blue >= 254) == (0, True, True)


def test_every_colour_is_written_as_the_page_expects() -> None:
    mirror = Mirror(Led(count=30), Broadcast())
    assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in mirror.colours())


def test_blinks_when_predictions_stop() -> None:
    predictions: Broadcast[Prediction] = Broadcast()
    mirror = Mirror(Led(driver="pwm"), predictions)
    mirror.start()
    predictions.publish(prediction(state=TrustState.LIVE))
    wait_until(lambda: mirror.colours() not in (["#000000"], ["#999999"], ["#989898"]))
    assert len(mirror.colours()) == 1
    seen = set()
    for _ in range(300):
        seen.add(mirror.colours()[0])
        threading.Event().wait(0.01)
        if "#000000" in seen and len(seen) >= 3:
            break
    mirror.close()
    assert "#000000" in seen
    assert any(colour[1:3] == colour[3:5] == colour[5:7] != "00" for colour in seen)
