"""The lights' device fails, goes and returns; all else goes on."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.edge.api.client import wait_until
from tests.faults.conftest import Start
from tests.faults.guitar import Guitar
from tests.faults.media import Frame, Strip
from tests.faults.namespaces import in_own_mounts
from tests.faults.observer import PLAYED, Observer
from tests.faults.patience import within
from tests.faults.table import row
from tests.faults.test_gear import BACK_S, PACE_S, wait_for_output

OLD_S = 1.7
"""A second, after which nothing is shown as live, and some time for a busy machine."""


def test_a_strip_fails_goes_and_returns(start: Start, observer: Observer, guitar: Guitar, tmp_path: Path) -> None:
    with Strip(tmp_path / "strip") as strip:
        with start("--input", guitar.input, led="leds0", command=in_own_mounts(strip.as_dev())) as service:
            strip.wait_for_frame(after=0.0)
            observer.wait_for("page", *PLAYED)
            failing_at = strip.command("fail")
            told_at, note = wait_for_output(service, "LED strip", "retrying")
            assert "/dev/leds0: Input/output error" in note
            mended_at = strip.command("mend")
            mended_s = strip.wait_for_frame(after=mended_at) - mended_at
            wait_for_output(service, "LED strip", "ok")
            strip.command("remove")
            _, gone = wait_for_output(service, "LED strip", "retrying")
            assert "/dev/leds0: No such" in gone
            back_at = strip.command("mend")
            back_s = strip.wait_for_frame(after=back_at) - back_at
            wait_for_output(service, "LED strip", "ok")
            pause_s = max(observer.gap_s(who, failing_at, back_at) for who in ("page", "osc"))
            # and what the strip itself shows in the second in which the sound is lost
            pulled_at = guitar.pull()
            white_s = strip.wait_for_frame(after=pulled_at + 0.1, shows=is_white) - pulled_at
            assert service.stop() == 0
        assert strip.frames[-1][1].max() == 0  # it ends in the dark
    assert max(mended_s, back_s) < within(BACK_S)
    assert pause_s < within(PACE_S)
    assert white_s < within(OLD_S)
    row("LED driver fails (input/output error), is mended", lights="as they were",
        page=f"“retrying” after {told_at - failing_at:.2f} s", osc=f"goes on, longest pause {pause_s:.2f} s",
        again=f"{mended_s:.2f} s", told=note)  # fmt: skip
    row(
        "LED device gone, and back", lights="dark", page="“retrying”", osc="goes on", again=f"{back_s:.2f} s", told=gone
    )


def test_lights_on_spi_that_are_not_there(start: Start, observer: Observer, guitar: Guitar) -> None:
    with start("--input", guitar.input, led="ws2812") as service:
        observer.wait_for("page", *PLAYED)
        told_at, note = wait_for_output(service, "WS2812 strip", "retrying")
        assert "/dev/spidev0.0: " in note
        assert "; " in note or "pip install" in note
        assert told_at > 0
        wait_until(lambda: page_shines(observer), 3)  # as they would
    row("no SPI device", lights="dark", page="“retrying”; its own lights go on", osc="goes on", told=note)


def is_white(frame: Frame) -> bool:
    return bool(frame.max() > 0 and np.ptp(frame, axis=1).max() == 0)


def page_shines(observer: Observer) -> bool:
    """Tell whether the newest lights on the page are not dark: they shine a moment after the first sound."""
    leds = [s.what["leds"] for s in list(observer.said) if s.who == "page" and s.state]
    return any(colour != "#000000" for colour in leds[-1])
