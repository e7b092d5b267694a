"""What `affetto doctor` looks at: each check gives one finding, with a remedy where something is not right."""

from __future__ import annotations

import os
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from edge import board, config_file, priority
from edge.config import Config
from edge.errors import AffettoError, OutputError
from edge.quiet import silence_sound_libraries

LITTLE_SPACE_MB = 200
OLDEST_CLOCK_YEAR = 2026  # this program did not exist before
MOST_STEP_MS = 40.0  # of 93 ms that one step of sound lasts

MARKS = {"ok": "✓", "warn": "!", "fail": "✗"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report: `result` is "ok", "warn" or "fail"; `remedy` says what to do, or is ""."""

    check: str
    result: str
    detail: str
    remedy: str = ""

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


Check = Callable[[Config], Iterator[Finding]]


def examine(config_path: Path) -> list[Finding]:
    """Run every check with the settings in `config_path`. A check that fails in an unforeseen way is a finding too."""
    silence_sound_libraries()
    findings = []
    try:
        settings = config_file.load(config_path)
        where = str(config_path) if config_path.exists() else "none; the defaults are in force"
        findings.append(Finding("settings", "ok", where))
    except AffettoError as error:
        settings = Config()
        findings.append(Finding("settings", "fail", str(error), f"mend {config_path}, or move it away"))
    checks: dict[str, Check] = {
        "sound card": check_sound,
        "model": check_model,
        "priority": check_priority,
        "lights": check_led,
        "MIDI": check_midi,
        "network": check_network,
        "disk": lambda _settings: check_disk(config_path),
        "clock": lambda _settings: check_clock(time.time()),
        "board": check_board,
    }
    for name, check in checks.items():
        try:
            findings += check(settings)
        except Exception as error:  # the doctor must finish whatever the patient does
            findings.append(Finding(name, "fail", f"the check itself failed: {error!r}", "report this as a fault"))
    return findings


def report(findings: list[Finding]) -> str:
    """Return the findings as text for a person."""
    lines = []
    for finding in findings:
        lines.append(f"{MARKS[finding.result]} {finding.check}: {finding.detail}")
        if finding.remedy:
            lines.append(f"    → {finding.remedy}")
    bad = sum(f.result == "fail" for f in findings)
    lines.append(
        "All is well." if not any(f.remedy for f in findings) else f"{bad} to mend." if bad else "It will run."
    )
    return "\n".join(lines)


def check_sound(settings: Config) -> Iterator[Finding]:
    """The devices that are there, the one that is wanted, and the rates that it takes."""
    from edge.audio.devices import find, is_hardware
    from edge.audio.soundcard import input_devices, portaudio

    devices = [d for d in input_devices() if is_hardware(d)]
    wanted = settings.audio.input
    if wanted == "demo" or wanted.startswith("udp:") or Path(wanted).expanduser().is_file():
        yield Finding("sound card", "ok", f"not needed: the input is {wanted}")
        return
    if not devices:
        remedy = "plug in a USB sound card or an I²S board, then see `affetto devices`; without one the demo take plays"
        yield Finding("sound card", "warn" if wanted == "auto" else "fail", "none was found", remedy)
        return
    try:
        device = find(wanted, devices)
    except AffettoError as error:
        yield Finding("sound card", "fail", str(error), "set audio.input to an identity from `affetto devices`")
        return
    sounddevice = portaudio()
    rates = []
    for rate_hz in (22050, 44100, 48000, 96000):
        try:
            sounddevice.check_input_settings(device=device.index, samplerate=rate_hz, channels=1)
            rates.append(rate_hz)
        except sounddevice.PortAudioError:
            continue
    if rates:
        yield Finding("sound card", "ok", f"{device.name}, {device.channels} in, {', '.join(map(str, rates))} Hz")
    else:
        remedy = (
            "close the program that holds it (a running Affetto is one), or join the group: sudo adduser $USER audio"
        )
        yield Finding("sound card", "warn", f"{device.name} is there but will not open", remedy)


def check_model(settings: Config) -> Iterator[Finding]:
    """The model loads, matches this program, and is fast enough here."""
    from edge.chain import Chain
    from edge.model import Model

    try:
        model = Model(settings.model.file)
    except AffettoError as error:
        yield Finding("model", "fail", str(error), "leave model.file empty to use the one that comes with Affetto")
        return
    front_end = model.contract.front_end
    chain = Chain(model, settings.decision, front_end.rate_hz)
    noise = (0.1 * np.random.default_rng(0).standard_normal(front_end.step)).astype(np.float32)
    chain.push(noise)
    started = time.perf_counter()
    for _ in range(20):
        chain.push(noise)
    step_ms = (time.perf_counter() - started) / 20 * 1000
    name = model.contract.card.get("name", model.path.name)
    detail = f"{name}, {step_ms:.1f} ms for each {1000 / front_end.steps_per_second:.0f} ms of sound"
    slow = step_ms > MOST_STEP_MS
    yield Finding("model", "warn" if slow else "ok", detail, "stop other programs, or cool the board" if slow else "")


def check_priority(_settings: Config) -> Iterator[Finding]:
    """Whether the threads on the way of the sound may run before everything else."""
    most = priority.most_allowed()
    if most >= priority.AUDIO:
        yield Finding("priority", "ok", f"sound and analysis may run in real time, up to {most}")
    else:
        detail = "sound and analysis run as ordinary programs do; installed as a service, they run in real time"
        yield Finding("priority", "ok", detail)


def check_led(settings: Config) -> Iterator[Finding]:
    """The device behind the chosen LED driver is there and may be written."""
    led = settings.led
    device = {"ws2812": led.spi, "apa102": led.spi, "leds0": "/dev/leds0", "pwm": "/dev/gpiochip0"}.get(led.driver)
    if device is None:
        yield Finding("lights", "ok", f"driver {led.driver}: no device needed")
    elif not Path(device).exists():
        overlay = {"leds0": "dtoverlay=ws2812-pio", "pwm": "a board with GPIO"}.get(led.driver, "dtparam=spi=on")
        yield Finding(
            "lights", "fail", f"{device} is not there", f"needs {overlay} (/boot/firmware/config.txt), then restart"
        )
    elif not os.access(device, os.W_OK):
        group = "gpio" if led.driver == "pwm" else "spi"
        yield Finding(
            "lights", "fail", f"{device} may not be written", f"sudo adduser $USER {group}, then log in again"
        )
    else:
        yield Finding("lights", "ok", f"{led.driver} on {device}")


def check_midi(settings: Config) -> Iterator[Finding]:
    """What MIDI needs is installed, and the wanted port is there."""
    wanted = settings.midi.port
    from edge.outputs.midi.port import available_ports

    try:
        ports = available_ports()
    except OutputError as error:
        what, _, remedy = str(error).partition("; ")
        yield Finding("MIDI", "fail" if wanted else "warn", what, remedy)
        return
    there = ", ".join(ports) or "none"
    if not wanted:
        yield Finding("MIDI", "ok", f"not used (midi.port is empty); ports: {there}")
    elif wanted == "virtual" or any(wanted.lower() in p.lower() for p in ports):
        yield Finding("MIDI", "ok", f"port {wanted}; ports: {there}")
    else:
        yield Finding(
            "MIDI", "fail", f"no port named like “{wanted}”; ports: {there}", "plug it in, or change midi.port"
        )


def check_network(settings: Config) -> Iterator[Finding]:
    """The page's port is free or already served by Affetto, and the OSC targets' names are known."""
    web = settings.web
    with socket.socket() as probe:
        probe.settimeout(1.0)
        served = probe.connect_ex(("127.0.0.1" if web.host == "0.0.0.0" else web.host, web.port)) == 0
    local = " (this machine only: set web.host to 0.0.0.0 for phones)" if web.host.startswith("127.") else ""
    busy = "something already serves there; that is fine if it is Affetto" if served else "free"
    yield Finding("network", "ok", f"page on {web.host}:{web.port}{local}, {busy}")
    for target in settings.osc.targets:
        host = target.rpartition(":")[0]
        try:
            socket.getaddrinfo(host, None)
        except OSError:
            yield Finding(
                "network", "fail", f"OSC target {target}: no such name", "write its number, such as 192.168.4.2"
            )


def check_disk(config_path: Path) -> Iterator[Finding]:
    """There is room, and the settings can be saved."""
    folder = config_path.absolute().parent
    while not folder.exists():
        folder = folder.parent
    free_mb = shutil.disk_usage(folder).free // 2**20
    if not os.access(folder, os.W_OK):
        yield Finding("disk", "fail", f"{folder} may not be written", "mount it read-write, or set $AFFETTO_CONFIG")
    elif free_mb < LITTLE_SPACE_MB:
        yield Finding("disk", "warn", f"only {free_mb} MB free in {folder}", "delete what is not needed")
    else:
        yield Finding("disk", "ok", f"{free_mb} MB free in {folder}")


def check_clock(now_s: float) -> Iterator[Finding]:
    """The clock is not in the past: boards without a battery start in 1970 or at their last shutdown."""
    shown = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(now_s))
    if time.localtime(now_s).tm_year < OLDEST_CLOCK_YEAR:
        remedy = "join a network once, or set it: sudo date -s 'YYYY-MM-DD HH:MM'; predictions do not depend on it"
        yield Finding("clock", "warn", f"{shown} is in the past", remedy)
    else:
        yield Finding("clock", "ok", shown)


def check_board(_settings: Config) -> Iterator[Finding]:
    """The board has enough power and is cool enough to run at full speed."""
    bits = board.throttled()
    lines = board.notes(bits) + board.notes_since_start(bits)
    for line in lines:
        detail, _, remedy = line.partition("; ")
        yield Finding("board", "warn", detail, remedy)
    if not lines:
        yield Finding("board", "ok", "does not tell of power and heat" if bits is None else "power and heat are well")
