"""Sound cards and JACK clients, told apart by what stays the same when they are plugged in again.

A number such as hw:1 may belong to another card after a restart. An identity therefore says, as far as it is known,
the USB socket, then vendor:product:serial, then the name, and a device is looked for in that order.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge.errors import AudioError


@dataclass(frozen=True, slots=True)
class Device:
    """One input device as PortAudio lists it now; `index` is good only until PortAudio starts again."""

    index: int
    name: str
    host_api: str
    channels: int
    rate_hz: int
    is_default: bool
    usb_path: str = ""
    usb_id: str = ""

    @property
    def identity(self) -> str:
        """The text to write into the settings; `find` understands it."""
        parts = {"usb-path": self.usb_path, "usb-id": self.usb_id, "name": stable_name(self.name)}
        return ",".join(f"{key}={value}" for key, value in parts.items() if value)


def list_devices(sounddevice: Any, sys_sound: Path = Path("/sys/class/sound")) -> list[Device]:
    """Return the devices that can record. `sounddevice` is that module, so that its start is the caller's choice."""
    apis = sounddevice.query_hostapis()
    default = sounddevice.default.device[0]
    devices = []
    for index, info in enumerate(sounddevice.query_devices()):
        if info["max_input_channels"] > 0:
            usb_path, usb_id = _usb_identity(info["name"], sys_sound)
            devices.append(
                Device(
                    index,
                    info["name"],
                    apis[info["hostapi"]]["name"],
                    info["max_input_channels"],
                    round(info["default_samplerate"]),
                    index == default,
                    usb_path,
                    usb_id,
                )
            )
    return devices


def find(wanted: str, devices: list[Device]) -> Device:
    """Return the device that `wanted` means: an identity, a name or a part of one, or "auto" for the default.

    Raises
    ------
    AudioError
        No such device is there.
    """
    if wanted == "auto":
        hardware = [d for d in devices if is_hardware(d)]
        if hardware:
            return next((d for d in hardware if d.is_default), hardware[0])
        raise AudioError("no sound card was found; plug one in, or play the demo take with --input demo")
    keys = dict(part.partition("=")[::2] for part in wanted.split(",") if "=" in part)
    tests: list[Callable[[Device], object]] = [
        lambda d: d.usb_path and d.usb_path == keys.get("usb-path"),
        lambda d: d.usb_id and d.usb_id == keys.get("usb-id"),
        lambda d: stable_name(d.name) == keys.get("name", wanted),
        lambda d: not keys and wanted.lower() in d.name.lower(),
    ]
    for test in tests:
        for device in devices:
            if test(device):
                return device
    there = ", ".join(f'"{stable_name(d.name)}"' for d in devices) or "none"
    raise AudioError(f'input "{wanted}" is not there (found: {there}); plug it in or choose one from `affetto devices`')


def stable_name(name: str) -> str:
    """Return a device's name without the card number that changes from one start to the next."""
    return re.sub(r"\s*\(hw:\d+,(\d+)\)", lambda m: f" #{m[1]}" if m[1] != "0" else "", name).strip(" -:")


def is_hardware(device: Device) -> bool:
    """Whether this is a sound card or a JACK client rather than one of ALSA's software devices."""
    return "(hw:" in device.name or device.host_api.startswith("JACK")


def _usb_identity(name: str, sys_sound: Path) -> tuple[str, str]:
    """Return (socket, vendor:product:serial) of the USB device behind an ALSA name, or ("", "")."""
    card = re.search(r"\(hw:(\d+),\d+\)", name)
    if not card:
        return "", ""
    interface = (sys_sound / f"card{card[1]}" / "device").resolve()
    usb = interface.parent
    if not (usb / "idVendor").exists():
        return "", ""
    ids = [_read(usb / file) for file in ("idVendor", "idProduct", "serial")]
    return usb.name, ":".join(part for part in ids if part)


def _read(path: Path) -> str:
    try:
        # a serial number is free text: keep what cannot be mistaken for the identity's own punctuation
        return re.sub(r"[^\w.-]", "_", path.read_text().strip())
    except OSError:
        return ""
