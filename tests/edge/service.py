"""The real service in a process of its own, for tests and benchmarks."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.ports import free_tcp_port

AFFETTO = Path(sys.executable).parent / "affetto"


class RunningService:
    """A service that was started with `affetto run`."""

    def __init__(self, process: subprocess.Popen[str], port: int, log: Path) -> None:
        self.process, self.port, self.log = process, port, log
        self.started_at = time.monotonic()

    def get(self, path: str) -> Any:
        """Return the JSON at `path`."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as response:
            return json.load(response)

    def post(self, path: str, body: Any) -> Any:
        """Return the JSON with which a JSON body is answered."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=5) as response:
            return json.load(response)

    def get_or_none(self, path: str) -> Any:
        """Return the JSON at `path`, or None while nobody answers."""
        try:
            return self.get(path)
        except OSError:
            return None

    def healthy(self) -> bool:
        """Whether fresh predictions come."""
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5).close()
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False
        return True

    def wait_until_healthy(self, timeout_s: float = 20.0) -> float:
        """Return the seconds from the start of waiting until fresh predictions came."""
        started = time.monotonic()
        while not self.healthy():
            if self.process.poll() is not None or time.monotonic() - started > timeout_s:
                raise AssertionError(f"the service does not predict:\n{self.log.read_text()}")
            time.sleep(0.02)
        return time.monotonic() - started

    def events(self, timeout_s: float = 10.0) -> Iterator[tuple[str, Any]]:
        """Yield (event, data) of the live stream."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/live", timeout=timeout_s) as stream:
            event = ""
            for raw in stream:
                line = raw.decode().rstrip("\n")
                if line.startswith("event: "):
                    event = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    yield event, json.loads(line.removeprefix("data: "))

    @property
    def child(self) -> int:
        """Process id of the process that plays, below the supervisor, which may just be starting the next one."""
        until = time.monotonic() + 5.0
        while time.monotonic() < until:
            children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
            if children:
                return int(children[0])
            time.sleep(0.02)
        raise AssertionError(f"no process plays:\n{self.log.read_text()}")

    def stop(self) -> int:
        """Ask it to end and return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=15)


@contextmanager
def running(
    folder: Path,
    *options: str,
    terminal: int | None = None,
    command: Sequence[str | Path] = (AFFETTO, "run"),
    **environment: str,
) -> Iterator[RunningService]:
    """Start `affetto run` with options on a free port; its settings, its takes and its log live in `folder`.

    With a file descriptor as `terminal`, it writes there instead of the log. Another `command` must end with these
    words, as one that first goes into a namespace does, or do the same.
    """
    port = free_tcp_port()
    log = folder / "service.log"
    ours = {
        "AFFETTO_CONFIG": str(folder / "config.toml"),
        "XDG_DATA_HOME": str(folder / "data"),
        "XDG_STATE_HOME": str(folder / "state"),
    }
    environment = {**os.environ, **ours, **environment}
    with log.open("w") as file:
        out = file if terminal is None else terminal
        process = subprocess.Popen(
            [*command, "--port", str(port), *options], stdout=out, stderr=out, env=environment, text=True
        )
    service = RunningService(process, port, log)
    try:
        yield service
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


@contextmanager
def running_for_strangers(folder: Path) -> Iterator[RunningService]:
    """As `running`, healthy and on the demo take; requests from this machine are anybody's, and not the owner's."""
    (folder / "config.toml").write_text("[web]\ntrust_this_machine = false\n")
    with running(folder, "--input", "demo") as service:
        service.wait_until_healthy()
        yield service
