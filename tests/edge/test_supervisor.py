"""The supervisor with real processes that die."""

import os
import signal
import subprocess
import sys
import textwrap
import time

import psutil

from edge.supervisor import ASKED, LOOK_S, MOST_LOOKS, MOST_RESTARTS, RESTART


def supervised(body: str) -> subprocess.Popen[str]:
    code = "import os, signal, sys, time\nfrom edge.supervisor import supervise, RESTART\nsupervise()\n"
    code += textwrap.dedent(body)
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_an_aborted_service_comes_back_at_once(tmp_path):
    started = time.monotonic()
    process = supervised(f"""
        path = {str(tmp_path / "count")!r}
        with open(path, "a+") as f: f.write("x"); f.seek(0); n = len(f.read())
        if n == 1: os.abort()
        if n == 2: sys.exit(RESTART)
        sys.exit(7)
    """)
    _, error = process.communicate(timeout=10)
    assert process.returncode == 7
    assert "was ended by SIGABRT; starting it again" in error
    assert "asked for a new process" in error
    assert time.monotonic() - started < 3.0


def test_an_ordinary_error_is_not_tried_again():
    process = supervised("print('once'); sys.exit(2)")
    out, _ = process.communicate(timeout=10)
    assert (process.returncode, out) == (2, "once\n")


def test_it_takes_the_place_of_the_command_and_is_small():
    process = supervised("print(os.getppid(), flush=True); time.sleep(30)")
    assert process.stdout is not None
    assert int(process.stdout.readline()) == process.pid
    assert psutil.Process(process.pid).memory_info().rss < 12e6
    process.terminate()
    assert process.wait(timeout=5) == 0


def test_it_gives_up_when_nothing_helps():
    process = supervised("print('try', flush=True); os.kill(os.getpid(), signal.SIGSEGV)")
    out, error = process.communicate(timeout=20)
    assert process.returncode == 1
    assert out.count("try") == MOST_RESTARTS
    assert "affetto doctor" in error


def test_restarts_that_a_person_asks_for_are_no_deaths(tmp_path):
    process = supervised(f"""
        path = {str(tmp_path / "count")!r}
        with open(path, "a+") as f: f.write("x"); f.seek(0); n = len(f.read())
        sys.exit({ASKED} if n <= {MOST_RESTARTS} else 7)
    """)
    assert process.communicate(timeout=60)[1] == ""
    assert process.returncode == 7


def test_a_new_process_is_told_how_often_a_signal_has_ended_those_before(tmp_path):
    process = supervised(f"""
        from edge.supervisor import recent_deaths
        path = {str(tmp_path / "count")!r}
        with open(path, "a+") as f: f.write("x"); f.seek(0); n = len(f.read())
        print(recent_deaths(), flush=True)
        if n == 1: sys.exit(RESTART)
        if n in (2, 3): os.abort()
        sys.exit({ASKED} if n == 4 else 0)
    """)
    assert process.communicate(timeout=30)[0].split() == ["0", "0", "1", "2", "0"]


def test_sigterm_ends_the_service_tidily_and_sigkill_leaves_no_orphan(tmp_path):
    body = f"""
        signal.signal(signal.SIGTERM, lambda *_: (open({str(tmp_path / "tidy")!r}, "w").close(), os._exit(0)))
        print(os.getpid(), flush=True)
        while True: time.sleep(0.1)
    """
    for number in (signal.SIGTERM, signal.SIGKILL):
        process = supervised(body)
        assert process.stdout is not None
        child = int(process.stdout.readline())
        process.send_signal(number)
        process.wait(timeout=5)
        until = time.monotonic() + 2
        while os.path.exists(f"/proc/{child}/stat") and _alive(child) and time.monotonic() < until:
            time.sleep(0.02)
        assert not _alive(child)
        assert (tmp_path / "tidy").exists()
        (tmp_path / "tidy").unlink()
        process.communicate()
    assert RESTART == 75


def test_a_service_whose_supervisor_was_killed_while_starting_it_leaves(monkeypatch):
    gone = subprocess.Popen(["true"])
    gone.wait()
    monkeypatch.setenv("AFFETTO_SUPERVISOR", str(gone.pid))
    process = supervised("print('playing')")
    out, error = process.communicate(timeout=10)
    assert (process.returncode, out) == (1, "")
    assert error.startswith(f"affetto: process {gone.pid}, which started this one, is gone")
    assert error.count("\n") == 1


def _alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


HUNG = "the service stood still and was ended; starting it again"


def test_a_service_that_gives_no_sign_any_more_is_started_again(tmp_path):
    process = supervised(f"""
        from edge.notify import Notifier
        path = {str(tmp_path / "count")!r}
        with open(path, "a+") as f: f.write("x"); f.seek(0); n = len(f.read())
        if n == 3: sys.exit(7)
        notifier = Notifier()
        notifier.tell("READY=1")
        for _ in range(10): notifier.tell("WATCHDOG=1"); time.sleep(0.2)
        print(time.monotonic(), flush=True)
        if n == 1: signal.pause()
        # what others say for it does not count, nor what else it says itself
        import subprocess
        code = "import time; from edge.notify import Notifier as N; " \
            "[(N().tell('WATCHDOG=1'), time.sleep(0.1)) for _ in range(100)]"
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while True: notifier.tell("STATUS=well"); time.sleep(0.1)
    """)
    assert process.stdout is not None
    out, error = process.communicate(timeout=60)
    ended_at = time.monotonic()
    assert process.returncode == 7
    assert error.count(HUNG) == 2
    assert ended_at - float(out.split()[1]) < 2 * MOST_LOOKS * LOOK_S + 3.0


def test_a_service_that_is_only_slow_is_soon_left_alone(tmp_path):
    process = supervised(f"""
        from edge.notify import Notifier
        path = {str(tmp_path / "count")!r}
        with open(path, "a+") as f: f.write("x"); f.seek(0); n = len(f.read())
        notifier = Notifier()
        notifier.tell("READY=1")
        for _ in range(3): notifier.tell("WATCHDOG=1"); time.sleep({(MOST_LOOKS + 2) * LOOK_S})
        sys.exit(7)
    """)
    error = process.communicate(timeout=60)[1]
    assert process.returncode == 7
    assert error.count(HUNG) == 1


def test_before_it_is_ready_a_service_has_time(tmp_path):
    process = supervised(f"""
        time.sleep({(MOST_LOOKS + 4) * LOOK_S})
        sys.exit(7)
    """)
    assert process.communicate(timeout=30)[1] == ""
    assert process.returncode == 7


def test_a_service_that_does_not_end_is_ended(monkeypatch):
    code = "import edge.supervisor as s; s.STOP_S = 1.0; import sys; sys.exit(s.keep_alive(sys.argv[1:]))"
    service = "import signal, time; signal.signal(15, lambda *_: None); print('there', flush=True); time.sleep(60)"
    process = subprocess.Popen(
        [sys.executable, "-c", code, sys.executable, "-c", f"{service}; time.sleep(60)"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "there\n"
    process.terminate()
    process.wait(timeout=10)
