"""An emulated x86-64 machine with real kernel devices: Debian's kernel on top of this machine's own files.

Its root is this machine's, read-only by 9p, under an overlay in memory: programs, the checkout and its virtual
environment are where they are here, and nothing that the machine writes leaves it. What packages it has more are only
unpacked (`packages.py`). It has no network of its own. Times given here are for a quiet computer that emulates it; by
`AFFETTO_MACHINE_ACCEL=kvm` it runs on the processor itself, where that works.

    with Machine(packages=("network-manager", "wpasupplicant")) as machine:
        machine.check("modprobe mac80211_hwsim radios=2")
        print(machine.check("nmcli device", timeout_s=20))       # raises if it fails, and says what it printed
        machine.run("false").status                             # 1

A command is text for `sh`, run by root. `prepare` is run in the machine's file system before its own init starts: what
it installs and enables there is found by a real boot. A machine without systemd (`systemd=False`) starts sooner; there
the agent is process 1.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from tests.machine import initramfs, packages
from tests.machine.packages import KERNEL, EmulationError

QEMU = "qemu-system-x86_64"
ROOT = Path(__file__).parents[2]
GUEST = Path(__file__).parent / "guest"
ALWAYS = (KERNEL, "kmod", "udev", "dbus", "systemd", "systemd-sysv")
BOOT_S = 100.0
PATIENCE = 3.0
"""Every limit is stretched by this much: the computer may be slow and busy."""


class Result(NamedTuple):
    """How a command in the machine ended: exit status (124 after its time was up) and what it printed."""

    status: int
    out: str
    err: str


class CommandError(AssertionError):
    """A command in the machine failed; the message holds what it printed."""


class Machine:
    """An emulated machine, from `with` on.

    Parameters
    ----------
    packages : sequence of str
        Debian packages that it has besides what this machine has.
    prepare : str
        Shell commands, run as root in the machine's file system before its init starts.
    systemd : bool
        Whether systemd is process 1; else nothing but the agent runs.
    memory_mb, cores : int
    accel : str
        QEMU's accelerator, "tcg" (emulation) or "kvm"; "" for what `AFFETTO_MACHINE_ACCEL` says, else "tcg".
    folder : Path, optional
        Where its console (`console.log`) and what is exchanged with it are kept; else a temporary one.

    Raises
    ------
    EmulationError
        QEMU or the packages are not there.
    """

    def __init__(self, packages: Sequence[str] = (), prepare: str = "", *, systemd: bool = True, memory_mb: int = 2048,
                 cores: int = 2, accel: str = "", folder: Path | None = None) -> None:  # fmt: skip
        self._packages, self._prepare, self._systemd = packages, prepare, systemd
        self._memory_mb, self._cores = memory_mb, cores
        self.accel = accel or os.environ.get("AFFETTO_MACHINE_ACCEL") or "tcg"
        self._folder, self._own_folder = folder, folder is None
        self._qemu: subprocess.Popen[bytes] | None = None
        self._port: socket.socket | None = None
        self._received, self._ended, self._commands = b"", {}, 0  # type: bytes, dict[int, int], int
        self.boot_s = 0.0

    def __enter__(self) -> Self:
        started = time.monotonic()
        try:
            self._boot()
        except BaseException:
            self.close()
            raise
        self.boot_s = time.monotonic() - started
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def console(self) -> str:
        """What the kernel and init have printed."""
        return (self._path / "console.log").read_text(errors="replace")

    def run(self, command: str, timeout_s: float = 30.0) -> Result:
        """Run a shell command in the machine; after `timeout_s`, stretched by `PATIENCE`, it is ended there."""
        self._commands += 1
        number, limit_s = self._commands, timeout_s * PATIENCE
        exchange = self._path / "exchange"
        (exchange / f"{number}.sh").write_text(command)
        assert self._port is not None
        self._port.sendall(f"{number} {limit_s:.0f}\n".encode())
        if not self._wait(number, limit_s + 15 * PATIENCE):
            raise CommandError(f"the machine does not answer; its console:\n{self.console[-3000:]}")
        out, err = ((exchange / f"{number}.{kind}").read_text(errors="replace") for kind in ("out", "err"))
        return Result(self._ended[number], out, err)

    def check(self, command: str, timeout_s: float = 30.0) -> str:
        """Run a shell command in the machine and return what it prints; raise CommandError if it fails."""
        done = self.run(command, timeout_s)
        if done.status:
            raise CommandError(f"{command}\nended with {done.status}\n{done.out}{done.err}")
        return done.out

    def until(self, command: str, timeout_s: float = 30.0) -> str:
        """Run a shell command in the machine again and again until it succeeds; return what it prints then."""
        loop = f"until (\n{command}\n); do sleep 0.2; done"
        done = self.run(loop, timeout_s)
        if done.status:
            raise CommandError(f"{command}\ndid not succeed in {timeout_s * PATIENCE:.0f} s\n{done.out}{done.err}")
        return done.out

    def close(self) -> None:
        """Switch the machine off."""
        if self._qemu is not None:
            self._qemu.kill()
            self._qemu.wait()
        if self._port is not None:
            self._port.close()
        if self._own_folder and self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    @property
    def _path(self) -> Path:
        assert self._folder is not None, "the machine is off"
        return self._folder

    def _boot(self) -> None:
        if shutil.which(QEMU) is None or shutil.which("busybox") is None:
            raise EmulationError("needs Debian's qemu-system-x86 and busybox")
        extra = packages.unpacked([*ALWAYS, *self._packages])
        kernel, version = packages.kernel_in(extra)
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="affetto-machine-"))
        exchange = self._path / "exchange"
        exchange.mkdir(parents=True)
        for file in GUEST.iterdir():
            shutil.copy(file, exchange)
        (exchange / "prepare.sh").write_text(self._prepare)
        init = ("/lib/systemd/systemd", "") if self._systemd else ("/bin/sh", "/exchange/init-alone.sh")
        for name, text in zip(("init", "init-arguments", "checkout"), (*init, str(ROOT)), strict=True):
            (exchange / name).write_text(text)
        initramfs.make(self._path / "initramfs", self._path / "first", extra / "usr/lib/modules" / version)
        self._start(kernel, extra, exchange)
        if not self._wait(0, BOOT_S * PATIENCE):
            raise EmulationError(f"the machine does not start; its console:\n{self.console[-3000:]}")

    def _start(self, kernel: Path, extra: Path, exchange: Path) -> None:
        arguments = ["console=ttyS0", "quiet", "panic=-1", "mitigations=off", "no_timer_check", "net.ifnames=0",
                     "systemd.unit=multi-user.target", "systemd.firstboot=off", "systemd.show_status=no"]  # fmt: skip
        port = self._path / "port"
        shares = [
            word
            for tag, path, mode in (("host", Path("/"), ",readonly=on"), ("extra", extra, ",readonly=on"),
                                    ("checkout", ROOT, ",readonly=on"), ("exchange", exchange, ""))
            for word in ("-fsdev", f"local,id={tag},path={path},security_model=none,multidevs=remap{mode}",
                         "-device", f"virtio-9p-pci,fsdev={tag},mount_tag={tag}")
        ]  # fmt: skip
        with (self._path / "qemu.log").open("wb") as log:
            self._qemu = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", QEMU, "-machine", f"q35,accel={self.accel}",
                 "-cpu", "host" if self.accel == "kvm" else "max", "-smp", str(self._cores), "-m", str(self._memory_mb),
                 "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
                 "-nic", "none", "-device", "virtio-rng-pci", *shares,
                 "-chardev", f"file,id=console,path={self._path / 'console.log'}", "-serial", "chardev:console",
                 "-chardev", f"socket,id=port,path={port},server=on,wait=off", "-serial", "chardev:port",
                 "-kernel", str(kernel), "-initrd", str(self._path / "initramfs"), "-append", " ".join(arguments)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        self._port = socket.socket(socket.AF_UNIX)
        deadline = time.monotonic() + 10
        while self._qemu.poll() is None and time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                self._port.connect(str(port))
                return
            time.sleep(0.05)
        raise EmulationError(f"{QEMU} does not start: {(self._path / 'qemu.log').read_text()[-500:]}")

    def _wait(self, number: int, limit_s: float) -> bool:
        """Read what the agent says until a command has ended; 0 is its being ready."""
        assert self._port is not None
        assert self._qemu is not None
        deadline = time.monotonic() + limit_s
        while number not in self._ended and time.monotonic() < deadline and self._qemu.poll() is None:
            if select.select([self._port], [], [], 0.5)[0]:
                self._received += self._port.recv(4096)
            *lines, self._received = self._received.split(b"\n")
            for line in lines:
                words = line.split()
                if words == [b"ready"]:
                    self._ended[0] = 0
                elif len(words) == 2:
                    self._ended[int(words[0])] = int(words[1])
        return number in self._ended
