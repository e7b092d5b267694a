"""The sound is gone, and comes back: what the stage sees in that second."""

from __future__ import annotations

import contextlib
import time

import pytest

from edge.config import Decision
from tests.edge.service import RunningService
from tests.faults.conftest import Start
from tests.faults.guitar import Guitar, jack_guitar
from tests.faults.observer import PLAYED, Observer
from tests.faults.patience import within
from tests.faults.table import row
from tests.jackd import JackServer

OLD_S = 1.0
"""What is older than this is shown as live nowhere; margins for a busy machine come on top."""

SLACK_S = 0.7
GATE_HOLD_S = Decision().gate_hold_s
BACK_S = 3.0


def in_words(lost: dict[str, float], lights: str = "") -> dict[str, str]:
    """Return cells of the table for sound that is lost, after so many seconds; `lights` says more of these."""
    return {
        "lights": f"white, blinking after {lost['lights']:.2f} s{lights}",
        "page": f"lost after {lost['page']:.2f} s",
        "osc": f"lost after {lost['osc']:.2f} s",
    }


def test_the_cable_is_pulled_and_plugged_in_again(
    jackd: JackServer, start: Start, observer: Observer, guitar: Guitar
) -> None:
    with observer.gear("synth"), start("--input", guitar.input, "--midi", "synth") as service:
        for who in ("lights", "page", "osc"):
            observer.wait_for(who, *PLAYED)
        observer.wait_for("midi", "playing")
        child, pulled_at = service.child, guitar.pull()
        lost = {who: observer.wait_for(who, "lost", after=pulled_at) - pulled_at for who in ("lights", "page", "osc")}
        lost["midi"] = observer.wait_for("midi", "neutral", after=pulled_at) - pulled_at
        # whoever watches, no old value was shown as live for longer than a second
        assert max(lost.values()) < within(OLD_S + SLACK_S)
        time.sleep(1.0)
        for who in ("lights", "page", "osc"):
            assert set(observer.states(who, pulled_at + lost[who])) == {"lost"}, who
        colours = {c for s in observer.said if s.who == "lights" and s.state == "lost" for c in s.what[1]}
        assert all(c[1:3] == c[3:5] == c[5:7] for c in colours)  # white and dark: no emotion's colour
        note = service.get("/api/status")["source"]["note"]
        assert note == "no sound arrives; check the cable or the sender"
        plugged_at = guitar.plug()
        back = {who: observer.wait_for(who, *PLAYED, after=plugged_at) - plugged_at for who in lost if who != "midi"}
        back["midi"] = observer.wait_for("midi", "playing", after=plugged_at) - plugged_at
        assert max(back.values()) < within(BACK_S)
        assert service.child == child
        row(
            "cable of the sound (UDP) pulled, plugged in again",
            **in_words(lost, lights="; the last colour until then"),
            midi=f"all at zero after {lost['midi']:.2f} s",
            again=f"{max(back.values()):.2f} s",
            told=note,
        )


def test_the_cable_is_pulled_out_of_the_instrument(start: Start, observer: Observer, guitar: Guitar) -> None:
    """A pop, then nothing, while the sound card goes on: nobody plays, and the pop is no playing."""
    with start("--input", guitar.input):
        observer.wait_for("lights", "live")
        time.sleep(1.0)
        pulled_at = guitar.unplug_the_instrument()
        played = {s.what["label"] for s in observer.said if s.who == "page" and s.state}
        silent = {w: observer.wait_for(w, "silent", after=pulled_at) - pulled_at for w in ("lights", "page", "osc")}
        labels = {s.what["label"] for s in observer.said if s.who == "page" and s.state and s.at >= pulled_at}
        assert labels <= played
        assert max(silent.values()) < within(GATE_HOLD_S + OLD_S)
    lights = f"one dim LED walks after {silent['lights']:.2f} s; the last colour until then"
    row("cable pulled out of the guitar, with a pop", lights=lights,
        page=f"silent after {silent['page']:.2f} s; the pop changes no label",
        osc=f"silent after {silent['osc']:.2f} s",
        midi="stays at the last values")  # fmt: skip


def test_jackd_is_killed_and_comes_back(jackd: JackServer, start: Start, observer: Observer) -> None:
    """MIDI goes over the same server: its synthesizer dies with it, and a new one is found."""
    with contextlib.ExitStack() as stack:
        first = stack.enter_context(contextlib.ExitStack())
        first.enter_context(observer.gear("synth"))
        first.enter_context(jack_guitar("guitar"))
        service = stack.enter_context(start("--input", "guitar", "--midi", "synth"))
        observer.wait_for("lights", *PLAYED)
        observer.wait_for("midi", "playing")
        killed_at = time.monotonic()
        jackd.kill()
        lost = {who: observer.wait_for(who, "lost", after=killed_at) - killed_at for who in ("lights", "page", "osc")}
        # PortAudio hangs or aborts now, and a new process takes over, page and all
        observer.wait_for("page", "lost", after=killed_at + 1.0)
        note = wait_for_note(service, 'input "guitar" is not there')
        noted_s = time.monotonic() - killed_at
        for who in lost:
            assert observer.last(who, *PLAYED, after=killed_at) - killed_at < within(OLD_S + SLACK_S), who
        assert noted_s < within(OLD_S + BACK_S)
        first.close()
        jackd.start()
        stack.enter_context(observer.gear("synth"))
        stack.enter_context(jack_guitar("guitar"))
        back_at = time.monotonic()
        back = {who: observer.wait_for(who, *PLAYED, after=back_at) - back_at for who in lost}
        midi_s = observer.wait_for("midi", "playing", after=back_at) - back_at
        assert max(*back.values(), midi_s) < within(BACK_S)
    row(
        "jackd killed, started again",
        **in_words(lost),
        midi="no more (it went over the same server)",
        again=f"{max(back.values()):.2f} s; MIDI {midi_s:.2f} s",
        told=note,
    )


@pytest.mark.parametrize("name", ["guitar", "guitar-01"])
def test_a_jack_client_leaves_and_returns(jackd: JackServer, start: Start, observer: Observer, name: str) -> None:
    """Its ports fall silent, as if nobody played, and PortAudio does not connect to it again."""
    with observer.gear("synth"), start("--input", "guitar", "--midi", "synth", healthy=False) as service:
        with jack_guitar("guitar"):
            observer.wait_for("lights", *PLAYED)
            observer.wait_for("midi", "playing")
            child = service.child
            left_at = time.monotonic()
        lost = {who: observer.wait_for(who, "lost", after=left_at) - left_at for who in ("lights", "page", "osc")}
        lost["midi"] = observer.wait_for("midi", "neutral", after=left_at) - left_at
        assert max(lost.values()) < within(OLD_S + SLACK_S)
        note = wait_for_note(service)
        with jack_guitar(name):
            back_at = time.monotonic()
            back = [observer.wait_for(who, *PLAYED, after=back_at) - back_at for who in ("lights", "page", "osc")]
            assert max(back) < within(BACK_S)
            assert service.child == child
            assert service.get("/api/status")["source"]["name"] == name
    row(
        f"the JACK client that plays leaves, and returns as {name}",
        **in_words(lost),
        midi=f"all at zero after {lost['midi']:.2f} s",
        again=f"{max(back):.2f} s",
        told=note,
    )


def wait_for_note(service: RunningService, begin: str = "", limit_s: float = 10.0) -> str:
    until = time.monotonic() + limit_s
    while time.monotonic() < until:
        status = service.get_or_none("/api/status")
        note = str(status["source"]["note"]) if status else ""
        if note and note.startswith(begin):
            return note
        time.sleep(0.05)
    raise AssertionError("it does not say what to do")
