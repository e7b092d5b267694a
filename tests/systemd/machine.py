"""A machine of its own, with a real systemd as its first process, in which the installer runs for real.

It shares the kernel with this one and nothing else: files (an overlay), processes, network, users and cgroups are its
own. It has no network beyond itself.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BOOT = Path(__file__).with_name("boot.sh")
NAMESPACES = ("--pid", "--mount", "--uts", "--ipc", "--net", "--cgroup")
CGROUPS = (Path("/sys/fs/cgroup/unified"), Path("/sys/fs/cgroup"))
SERVICES_OF_A_DESKTOP = ("NetworkManager", "wpa_supplicant", "systemd-udevd", "ModemManager", "bluetooth", "cups")


def why_not() -> str:
    """Return why no such machine can run here, "" if it can."""
    if os.geteuid() != 0:
        return "only root may make namespaces"
    if not Path("/lib/systemd/systemd").exists():
        return "there is no systemd: apt install systemd-sysv"
    if _cgroup() is None:
        return "there is no cgroup2 in which systemd could work"
    probe = subprocess.run(["unshare", "--fork", *NAMESPACES, "true"], capture_output=True, text=True)
    return probe.stderr.strip()


class Machine:
    """One that has started; `first` is its first process as seen from outside."""

    def __init__(self, first: int) -> None:
        self.first = first

    def run(self, *command: str, check: bool = True, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command in it as root, and return what came of it."""
        enter = ["nsenter", f"--target={self.first}", "--all", "--root", "--wd"]
        path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        given = [f"{name}={value}" for name, value in environment.items()]
        result = subprocess.run([*enter, "env", "-i", path, "HOME=/root", "LANG=C.UTF-8", *given, *command],
                                capture_output=True, text=True, timeout=900)  # fmt: skip
        if check and result.returncode:
            raise AssertionError(f"{command} ended with {result.returncode}:\n{result.stdout}{result.stderr}")
        return result

    def shell(self, line: str, check: bool = True) -> str:
        """Run a line of shell in it and return what it prints."""
        return self.run("sh", "-c", line, check=check).stdout

    def property(self, unit: str, name: str) -> str:
        """Return what systemd knows of a unit."""
        return self.run("systemctl", "show", "--value", f"--property={name}", unit).stdout.strip()

    def page(self, path: str) -> str:
        """Return what the guitar's page answers, "" if nothing."""
        return self.shell(f"curl --silent --max-time 5 http://127.0.0.1{path}", check=False)


@contextmanager
def running(
    folder: Path, shared: Path, lower: Path = Path("/"), files: dict[str, str] | None = None
) -> Iterator[Machine]:
    """Start a machine whose files are those of `lower` at first; what it writes is in memory, and gone with it.

    Parameters
    ----------
    folder : Path
        An empty one, for what the start needs.
    shared : Path
        What the machine sees as its /srv, to read only.
    lower : Path
        Root of a Debian system with systemd, such as this machine's own.
    files : dict, optional
        What files shall hold in it from the beginning.
    """
    own_files = folder / "files"
    for name in SERVICES_OF_A_DESKTOP:
        mask = own_files / f"etc/systemd/system/{name}.service"
        mask.parent.mkdir(parents=True, exist_ok=True)
        mask.symlink_to("/dev/null")
    for name, text in (files or {}).items():
        file = own_files / name.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    cgroup = _cgroup()
    assert cgroup is not None
    own = cgroup / f"affetto-test-{os.getpid()}-{time.monotonic_ns()}"
    own.mkdir()
    into = ["sh", "-c", 'echo $$ >"$0/cgroup.procs" && exec "$@"', str(own)]
    # whatever ends the tests ends the machine
    apart = ["setpriv", "--pdeathsig=KILL", "unshare", "--fork", "--kill-child=KILL", *NAMESPACES]
    boot = [str(path) for path in (BOOT, lower, folder, shared)]
    console = folder / "console"
    process = subprocess.Popen([*into, *apart, *boot], stdout=console.open("wb"), stderr=subprocess.STDOUT)
    try:
        machine = Machine(_first_process(process, console))
        _wait_until_started(machine, process, console)
        yield machine
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        _remove(own)


def _cgroup() -> Path | None:
    return next((path for path in CGROUPS if (path / "cgroup.procs").exists() and os.access(path, os.W_OK)), None)


def _first_process(unshare: subprocess.Popen[bytes], console: Path) -> int:
    children = Path(f"/proc/{unshare.pid}/task/{unshare.pid}/children")
    while unshare.poll() is None:
        found = children.read_text().split()
        if found and Path(f"/proc/{found[0]}/comm").read_text().strip() == "systemd":
            return int(found[0])
        time.sleep(0.02)
    raise AssertionError(f"the machine did not start:\n{console.read_text()}")


def _wait_until_started(machine: Machine, process: subprocess.Popen[bytes], console: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        if machine.run("systemctl", "is-system-running", check=False).stdout.strip() in ("running", "degraded"):
            return
        time.sleep(0.1)
    raise AssertionError(f"the machine did not start:\n{console.read_text()}")


def _remove(cgroup: Path) -> None:
    """Remove a cgroup with those that systemd has made in it, as soon as the kernel has let its processes go."""
    until = time.monotonic() + 10
    while cgroup.exists():
        for path in sorted(cgroup.rglob("*/"), reverse=True):
            if path.is_dir():
                try:
                    path.rmdir()
                except OSError:
                    continue
        try:
            cgroup.rmdir()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
