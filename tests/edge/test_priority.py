"""Real-time priority of real threads, and of the real service's."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from edge import priority
from tests.edge.service import running
from tests.ports import free_udp_port

ALLOWED = priority.most_allowed() >= priority.AUDIO


def policies(pid):
    """Return {name: {policies}} of a process's threads."""
    found = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        name = (task / "comm").read_text().strip()
        found.setdefault(name, set()).add(os.sched_getscheduler(int(task.name)) & ~os.SCHED_RESET_ON_FORK)
    return found


def in_a_thread(what):
    """Return what is returned in a thread, and the name that thread has at its end."""
    told = []

    def run():
        told.append(what())
        told.append(Path(f"/proc/self/task/{threading.get_native_id()}/comm").read_text().strip())

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return told


@pytest.mark.skipif(not ALLOWED, reason="this user may not take real-time priority")
def test_a_thread_rises_and_what_it_starts_does_not():
    def rise():
        got = priority.rise("analysis", priority.ANALYSIS)
        below = in_a_thread(priority.own)[0]
        child = subprocess.run(
            [sys.executable, "-c", "import os; print(os.sched_getscheduler(0))"], capture_output=True, text=True
        )
        return got, below, int(child.stdout)

    told, name = in_a_thread(rise)
    assert told == (f"real time {priority.ANALYSIS}", "ordinary", os.SCHED_OTHER)
    assert name == "analysis"
    assert priority.own() == "ordinary"


def test_where_it_is_not_allowed_nothing_happens():
    code = "from edge import priority; print(priority.most_allowed(), priority.rise('analysis', 20))"
    # whoever is root has the right without any limit
    without = ["setpriv", "--bounding-set=-sys_nice", "prlimit", "--rtprio=0"]
    said = subprocess.run([*without, sys.executable, "-c", code], capture_output=True, text=True)
    assert said.stdout == "0 ordinary\n", said.stderr


def test_only_the_way_of_the_sound_rises_in_the_service_and_it_is_told(tmp_path):
    port = free_udp_port()
    with running(tmp_path, "--input", f"udp://127.0.0.1:{port}?rate=48000") as service:
        service.wait_until_healthy()
        wanted = {"audio": priority.AUDIO, "analysis": priority.ANALYSIS}
        told = service.get("/api/status")["priorities"]
        assert told == {name: f"real time {at}" if ALLOWED else "ordinary" for name, at in wanted.items()}
        until = time.monotonic() + 10
        while {"audio", "analysis"} - policies(service.child).keys() and time.monotonic() < until:
            time.sleep(0.05)
        found = policies(service.child)
        others = {name: which for name, which in found.items() if name not in wanted}
        assert all(which == {os.SCHED_OTHER} for which in others.values()), found
        assert all(found[name] == {os.SCHED_FIFO if ALLOWED else os.SCHED_OTHER} for name in wanted), found
