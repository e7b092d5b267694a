"""The protocol of sd_notify on real sockets."""

import socket
import time

import pytest

from edge.notify import Notifier
from tests.edge.manager import Manager


@pytest.mark.parametrize("kind", ["path", "abstract"])
def test_lines_reach_a_manager(tmp_path, kind):
    address = str(tmp_path / "notify") if kind == "path" else f"@affetto-test-{tmp_path.name}-{time.monotonic_ns()}"
    manager = Manager(address)
    notifier = Notifier(address)
    notifier.tell("READY=1", "STATUS=two\nlines")
    assert manager.wait_for("STATUS")[1] == "STATUS=two lines"
    assert manager.wait_for("READY")[1] == "READY=1"
    manager.close()
    notifier.tell("WATCHDOG=1")  # nobody is there any more
    notifier.close()
    notifier.tell("WATCHDOG=1")


def test_a_manager_that_does_not_read_holds_nobody_up(tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as deaf:
        deaf.bind(str(tmp_path / "notify"))
        notifier = Notifier(str(tmp_path / "notify"))
        began = time.monotonic()
        for _ in range(10_000):
            notifier.tell("WATCHDOG=1")
        assert time.monotonic() - began < 5.0


def test_without_a_manager_nothing_is_opened(monkeypatch):
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    notifier = Notifier()
    notifier.tell("READY=1")
    assert notifier._socket is None
