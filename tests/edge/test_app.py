"""The whole service, from the sound to what leaves it, as a real process."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
from pathlib import Path

import pytest
from pythonosc.osc_bundle import OscBundle
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder

from edge.types import EMOTIONS, MID_LEVEL
from tests.edge.service import AFFETTO, running
from tests.ports import free_udp_port

PLAYER = Path(__file__).parents[1] / "jack_player.py"


def test_without_a_sound_card_the_demo_take_plays_and_it_is_said(tmp_path):
    with running(tmp_path, "--input", "demo") as service:
        service.wait_until_healthy()
        assert time.monotonic() - service.started_at < 5.0
        status = service.get("/api/status")
        assert status["source"]["kind"] == "demo"
        assert "demo take" in status["notes"][0]
        assert status["model"]["file"] == "affetto.onnx"
        seen = []
        for event, data in service.events():
            if event == "prediction":
                seen.append(data)
            if len(seen) == 15:
                break
        assert list(seen[0]["probabilities"]) == list(EMOTIONS)
        assert list(seen[0]["mid_level"]) == list(MID_LEVEL)
        assert seen[-1]["time_s"] > seen[0]["time_s"]
        assert all(colour.startswith("#") for colour in seen[-1]["leds"])
        assert service.stop() == 0
    assert "Traceback" not in service.log.read_text()


def test_it_listens_to_jack_and_sends_osc_and_says_when_the_server_dies_and_returns(jackd, tmp_path):
    osc = OscReceiver()
    player = subprocess.Popen([sys.executable, PLAYER, "guitar"], stdout=subprocess.PIPE, text=True)
    assert player.stdout is not None
    player.stdout.readline()
    with running(tmp_path, "--input", "guitar", "--osc", f"127.0.0.1:{osc.port}") as service:
        service.wait_until_healthy()
        osc.wait_for("/affetto/emotion/vector", lambda values: len(values) == 4)
        first = service.child
        jackd.stop()
        player.terminate()
        player.wait()
        killed_at = time.monotonic()
        lost_at = osc.wait_for("/affetto/state", lambda values: values == ["lost"], after=killed_at)
        assert lost_at - killed_at < 1.0
        # PortAudio hangs or aborts with a dead server: a new process must be there soon, page and all
        until = time.monotonic() + 10
        while (status := service.get_or_none("/api/status")) is None or not status["source"]["note"]:
            assert time.monotonic() < until
            time.sleep(0.05)
        back_after = time.monotonic() - killed_at
        assert back_after < 3.0 + 1.0  # within 3 s of having been lost
        jackd.start()
        player = subprocess.Popen([sys.executable, PLAYER, "guitar"], stdout=subprocess.PIPE, text=True)
        assert player.stdout is not None
        player.stdout.readline()
        returned_at = time.monotonic()
        osc.wait_for("/affetto/state", lambda values: values[0] in ("live", "unsure"), after=returned_at)
        assert service.child != first or "stuck" not in service.log.read_text()
        assert service.stop() == 0
    player.terminate()
    player.wait()
    osc.close()


def test_a_killed_service_is_back_within_three_seconds(tmp_path):
    with running(tmp_path, "--input", "demo") as service:
        service.wait_until_healthy()
        os.kill(service.child, signal.SIGKILL)
        killed_at = time.monotonic()
        while service.healthy():
            time.sleep(0.01)
        service.wait_until_healthy()
        assert time.monotonic() - killed_at < 3.0
        assert "was ended by SIGKILL; starting it again" in service.log.read_text()


def test_moments_are_explained_while_the_playing_goes_on_and_its_worker_may_die(tmp_path):
    osc = OscReceiver()
    port = free_udp_port()
    (tmp_path / "config.toml").write_text(f"[osc]\nlisten = {port}\n")
    with running(tmp_path, "--input", "demo") as service:
        service.wait_until_healthy()
        ready = wait_for_explanations(service)
        worker = only_child_of(service.child)
        job = service.post("/api/explanations", {"samples": 32})
        while (job := service.get(f"/api/explanations/{job['id']}"))["state"] in ("queued", "running"):
            time.sleep(0.05)
        assert (job["state"], job["note"]) == ("done", "")
        assert job["explanation"]["sentence"]
        asked_at = time.monotonic()
        osc.ask(port, "/affetto/explain")
        osc.wait_for("/affetto/explain", lambda values: len(values[0]) == 12, after=asked_at)
        osc.wait_for("/affetto/explanation", lambda values: len(values[0]) > 10, after=asked_at, timeout_s=30)
        # what is heavy is in the worker only
        live, heavy = (Path(f"/proc/{pid}/maps").read_text() for pid in (service.child, worker))
        assert "/scipy/" in heavy
        assert not [name for name in ("/scipy/", "/skimage/", "/sklearn/", "/numba/", "/matplotlib/") if name in live]
        assert ready["resident_mb"] < 350
        long = service.post("/api/explanations", {"samples": 50000})
        while service.get(f"/api/explanations/{long['id']}")["state"] == "queued":
            time.sleep(0.05)
        child = service.child
        os.kill(worker, signal.SIGKILL)
        while (long := service.get(f"/api/explanations/{long['id']}"))["state"] == "running":
            time.sleep(0.05)
        assert (long["state"], "SIGKILL" in long["note"]) == ("failed", True)
        assert service.healthy()
        wait_for_explanations(service)
        status = service.get("/api/status")
        assert (service.child, status["source"]["overruns"], status["source"]["overflows"]) == (child, 0, 0)
        worker = only_child_of(child)
        service.post("/api/explanations", {"samples": 50000})
        time.sleep(0.5)
        began = time.monotonic()
        assert service.stop() == 0
        assert time.monotonic() - began < 5.0
        assert not Path(f"/proc/{worker}").exists()
    osc.close()
    assert "Traceback" not in service.log.read_text()


def test_without_the_packages_it_runs_and_says_how_to_get_them(tmp_path):
    # found first by the interpreter, and never by the installation's own packages
    (tmp_path / "sitecustomize.py").write_text(
        "import importlib.machinery as m\n"
        "found = m.PathFinder.find_spec\n"
        "m.PathFinder.find_spec = lambda name, *a, **k: None if name == 'skimage' else found(name, *a, **k)\n"
    )
    with running(tmp_path, "--input", "demo", PYTHONPATH=str(tmp_path)) as service:
        service.wait_until_healthy()
        line = "explanations need skimage: pip install 'affetto[explain]'"
        status = service.get("/api/status")
        assert (status["explanations"]["state"], status["explanations"]["note"]) == ("off", line)
        assert line in status["notes"]
        with pytest.raises(urllib.error.HTTPError) as refused:
            service.post("/api/explanations", {})
        assert refused.value.code == 503
    assert line in service.log.read_text()


def wait_for_explanations(service, timeout_s=60):
    until = time.monotonic() + timeout_s
    while (status := service.get("/api/status")["explanations"])["state"] != "ready":
        assert time.monotonic() < until, status
        time.sleep(0.05)
    return status


def only_child_of(pid):
    (child,) = [
        int(number)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for number in (task / "children").read_text().split()
    ]
    return child


def test_a_taken_port_is_one_line(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = subprocess.run(
            [AFFETTO, "run", "--input", "demo", "--port", str(port)], capture_output=True, text=True, timeout=30
        )
    assert result.returncode == 2
    assert f"127.0.0.1:{port}: another program already serves there" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_damaged_settings_give_the_last_good_ones_and_a_note(tmp_path):
    (tmp_path / "config.toml").write_text("[audio\n")
    (tmp_path / "config.toml.last-good").write_text('[audio]\ninput = "demo"\n')
    with running(tmp_path) as service:
        service.wait_until_healthy()
        assert any("last good settings" in note for note in service.get("/api/status")["notes"])


@pytest.mark.parametrize("sender", ["ffmpeg"])
def test_sound_by_udp_from_a_real_sender(tmp_path, sender):
    port = free_udp_port()
    with running(tmp_path, "--input", f"udp://127.0.0.1:{port}?rate=48000") as service:
        process = subprocess.Popen(
            ["ffmpeg", "-loglevel", "error", "-re", "-f", "lavfi", "-i", "sine=220:sample_rate=48000", "-f", "s16le",
             f"udp://127.0.0.1:{port}?pkt_size=1024"]
        )  # fmt: skip
        states = []
        for event, data in service_events(service):
            if event == "prediction":
                states.append(data["state"])
            if states and states[-1] in ("live", "unsure"):
                break
        process.kill()
        process.wait()
        assert states[-1] in ("live", "unsure")


def service_events(service):
    service.wait_until_healthy()
    return service.events()


class OscReceiver:
    """Collects OSC messages with the time of their coming."""

    def __init__(self):
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.messages = []
        self._thread = threading.Thread(target=self._receive, daemon=True)
        self._thread.start()

    def _receive(self):
        while True:
            try:
                packet = self._socket.recv(65536)
            except OSError:
                return
            now = time.monotonic()
            content = list(OscBundle(packet)) if OscBundle.dgram_is_bundle(packet) else [OscMessage(packet)]
            self.messages += [(now, m.address, m.params) for m in content]

    def wait_for(self, address, test, *, after=0.0, timeout_s=10.0):
        until, seen = time.monotonic() + timeout_s, 0
        while time.monotonic() < until:
            for at, name, values in self.messages[seen:]:
                if at >= after and name == address and test(values):
                    return at
            time.sleep(0.01)
        raise AssertionError(f"no such {address}; last: {self.messages[-5:]}")

    def ask(self, port, address):
        self._socket.sendto(OscMessageBuilder(address).build().dgram, ("127.0.0.1", port))

    def close(self):
        self._socket.close()
