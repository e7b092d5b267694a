"""What a service manager hears of the real service, and what becomes of a service that hangs."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from edge.app import END_S
from edge.supervisor import LOOK_S, MOST_LOOKS, TELL_S
from tests.edge.freeze import freeze, thread_called
from tests.edge.hanging_model import hanging_model
from tests.edge.manager import Manager
from tests.edge.service import running
from tests.edge.sounds import strings, write

NOTICED_S = (MOST_LOOKS + 2) * LOOK_S + TELL_S
"""The last sign of progress, the looks without one, and one more until the process is gone."""

WATCHDOG_S = 3.0
PLAYER = Path(__file__).parents[1] / "jack_player.py"


@pytest.fixture
def manager(tmp_path):
    manager = Manager(str(tmp_path / "notify"))
    yield manager
    manager.close()


def managed(tmp_path, *options, **environment):
    notify = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": str(int(WATCHDOG_S * 1e6))}
    return running(tmp_path, *options, **notify, **environment)


def test_ready_is_told_when_the_page_tells_predictions_and_then_what_is_heard(tmp_path, manager):
    with managed(tmp_path, "--input", "demo") as service:
        manager.wait_for("READY=1")
        assert service.healthy()
        assert manager.wait_for("STATUS=listening to demo take: ")[1].endswith(" plays")
        began = time.monotonic()
        manager.wait_for("WATCHDOG=1", after=began + WATCHDOG_S)
        told = [at for at in manager.times("WATCHDOG=1") if at >= began]
        # often enough, and not more often than need be
        assert max(b - a for a, b in zip([began, *told], told, strict=False)) < WATCHDOG_S / 2
        assert len(told) <= 6
        assert service.stop() == 0
        manager.wait_for("STOPPING=1")


def test_a_sound_card_that_is_missing_is_no_reason_to_start_again(tmp_path, manager):
    with managed(tmp_path, "--input", "no such card") as service:
        ready, _ = manager.wait_for("READY=1")
        assert 'input "no such card" is not there' in manager.wait_for("STATUS=listening to")[1]
        child = service.child
        manager.wait_for("WATCHDOG=1", after=ready + NOTICED_S + 1.0)
        assert service.child == child
        assert service.get("/api/status")["source"]["open"] is False


def test_it_is_not_ready_before_the_first_source_is_open_or_known_to_be_missing(tmp_path, manager, jackd):
    os.kill(jackd.pid, signal.SIGSTOP)  # PortAudio waits for it
    try:
        with managed(tmp_path, "--input", "guitar") as service:
            until = time.monotonic() + 30
            while service.get_or_none("/api/status") is None and time.monotonic() < until:
                time.sleep(0.05)
            time.sleep(2.0)
            assert not manager.times("READY=1")
            os.kill(jackd.pid, signal.SIGCONT)
            manager.wait_for("READY=1")
            assert manager.wait_for("STATUS=listening to")[1].startswith(
                'STATUS=listening to guitar: input "guitar" is'
            )
    finally:
        os.kill(jackd.pid, signal.SIGCONT)


def test_a_service_that_is_stopped_as_a_whole_is_started_again(tmp_path, manager):
    with managed(tmp_path, "--input", "demo") as service:
        manager.wait_for("READY=1")
        hung_at = hang(service, lambda: os.kill(service.child, signal.SIGSTOP))
        assert_plays_again(service, manager, hung_at)
        told = [at for at in manager.times("WATCHDOG=1") if at > hung_at]
        # systemd, the last resort, is kept from stepping in meanwhile
        assert told[0] - hung_at < WATCHDOG_S


def test_an_analysis_that_hangs_is_noticed_though_all_else_goes_on(tmp_path, manager):
    with managed(tmp_path, "--input", "demo") as service:
        manager.wait_for("READY=1")
        hung_at = hang(service, lambda: freeze(thread_called("analysis", service.child)))
        assert service.get("/api/status")["version"]
        assert_plays_again(service, manager, hung_at)
        # where it hung
        assert "in _run" in service.log.read_text()


def test_a_network_that_computes_for_ever_is_noticed(tmp_path, manager):
    hiss = np.random.default_rng(0).uniform(-0.5, 0.5, 44100).astype(np.float32)
    take = write(tmp_path / "take.wav", np.concatenate([strings(5.0), hiss]))
    model = hanging_model(tmp_path / "hanging.onnx")
    with managed(tmp_path, "--input", str(take), "--model", str(model)) as service:
        ready_at, _ = manager.wait_for("READY=1")
        service.hung = service.child
        assert_plays_again(service, manager, ready_at + 5.0)
        assert "onnxruntime" in service.log.read_text()


def test_a_sound_system_that_hangs_does_not_hang_the_service(tmp_path, manager, jackd):
    player = subprocess.Popen([sys.executable, PLAYER, "guitar"], stdout=subprocess.PIPE, text=True)
    assert player.stdout is not None
    player.stdout.readline()
    with managed(tmp_path, "--input", "guitar"):
        manager.wait_for("READY=1")
        hung_at = time.monotonic()
        os.kill(jackd.pid, signal.SIGSTOP)
        # PortAudio waits in its close for a server that does not answer
        left_at, status = manager.wait_for("STATUS=the service", after=hung_at)
        assert status == "STATUS=the service asked for a new process; starting it again"
        print(f"left after {left_at - hung_at:.2f} s")
        os.kill(jackd.pid, signal.SIGCONT)
        manager.wait_for("READY=1", after=hung_at)
        manager.wait_for("STATUS=listening to guitar: somebody plays", after=hung_at)
    player.kill()
    player.wait()


def test_a_sound_system_that_hangs_keeps_no_service_alive_whose_supervisor_is_gone(tmp_path, jackd):
    (tmp_path / "config.toml").write_text('[midi]\nport = "virtual"\napi = "jack"\n')
    with running(tmp_path, "--input", "demo") as service:
        service.wait_until_healthy()
        child = psutil.Process(service.child)
        os.kill(jackd.pid, signal.SIGSTOP)
        try:
            service.process.kill()
            assert not psutil.wait_procs([child], END_S + 10)[1]
        finally:
            os.kill(jackd.pid, signal.SIGCONT)


def hang(service, how):
    """Make the service hang; return when that was."""
    service.hung = service.child
    how()
    return time.monotonic()


def assert_plays_again(service, manager, hung_at):
    status_at, status = manager.wait_for("STATUS=the service")
    assert status == "STATUS=the service stood still and was ended; starting it again"
    assert status_at - hung_at < NOTICED_S + 1.0
    ready_at, _ = manager.wait_for("READY=1", after=hung_at)
    print(f"noticed after {status_at - hung_at:.2f} s, plays again after {ready_at - hung_at:.2f} s")
    assert service.healthy()
    assert service.child != service.hung
