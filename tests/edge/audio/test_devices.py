"""Finding a device again, on a tree like the kernel's /sys/class/sound."""

import pytest

from edge.audio.devices import Device, find, list_devices, stable_name
from edge.errors import AudioError


class Listing:
    """What sounddevice reports, for cards plugged in the given order."""

    def __init__(self, *names: str) -> None:
        self.names = names
        self.default = type("Default", (), {"device": (0, 0)})

    def query_hostapis(self):
        return [{"name": "ALSA"}]

    def query_devices(self):
        return [
            {
                "name": name,
                "hostapi": 0,
                "max_input_channels": 0 if "HDMI" in name else 2,
                "default_samplerate": 48000.0,
            }
            for name in self.names
        ]


def plug(root, card: int, socket: str, vendor: str, product: str, serial: str = "") -> None:
    usb = root / "devices" / f"usb{card}" / socket
    (usb / f"{socket}:1.0").mkdir(parents=True)
    (usb / "idVendor").write_text(vendor + "\n")
    (usb / "idProduct").write_text(product + "\n")
    if serial:
        (usb / "serial").write_text(serial + "\n")
    (root / f"card{card}").mkdir()
    (root / f"card{card}" / "device").symlink_to(usb / f"{socket}:1.0")


def test_a_card_is_found_again_under_another_number(tmp_path):
    plug(tmp_path / "a", 1, "1-1.2", "0d8c", "0014", "A,1")
    before = list_devices(Listing("HDMI: 0 (hw:0,0)", "USB Audio: - (hw:1,0)"), tmp_path / "a")
    assert [d.name for d in before] == ["USB Audio: - (hw:1,0)"]
    identity = before[0].identity
    assert identity == "usb-path=1-1.2,usb-id=0d8c:0014:A_1,name=USB Audio"
    plug(tmp_path / "b", 2, "1-1.1", "0d8c", "0014", "B")
    plug(tmp_path / "b", 3, "1-1.2", "0d8c", "0014", "A,1")
    after = list_devices(Listing("USB Audio: - (hw:2,0)", "USB Audio: - (hw:3,0)"), tmp_path / "b")
    assert find(identity, after).index == 1


def test_a_card_in_another_socket_is_known_by_its_serial_then_by_its_name():
    one = Device(0, "Box: - (hw:1,0)", "ALSA", 2, 48000, False, "1-1.1", "0d8c:0014:A")
    two = Device(1, "Box: - (hw:2,0)", "ALSA", 2, 48000, False, "1-1.3", "0d8c:0014:B")
    assert find("usb-path=1-1.2,usb-id=0d8c:0014:B,name=Box", [one, two]) is two
    assert find("usb-path=1-1.2,usb-id=ffff:0001,name=Box", [one, two]) is one
    with pytest.raises(AudioError, match="plug it in"):
        find("usb-path=1-1.2,usb-id=ffff:0001,name=Other", [one, two])


def test_a_person_may_write_a_part_of_the_name():
    devices = [
        Device(0, "jack", "ALSA", 2, 48000, True),
        Device(1, "Scarlett Solo USB: Audio (hw:2,0)", "ALSA", 2, 48000, False),
    ]
    assert find("scarlett", devices).index == 1
    assert find("Scarlett Solo USB: Audio", devices).index == 1
    with pytest.raises(AudioError, match='found: "jack", "Scarlett Solo USB: Audio"'):
        find("hexaphonic", devices)


def test_auto_takes_hardware_and_no_software_device():
    software = Device(0, "jack", "ALSA", 2, 48000, True)
    card = Device(1, "Box: - (hw:1,0)", "ALSA", 2, 48000, False)
    assert find("auto", [software, card]) is card
    with pytest.raises(AudioError, match="no sound card was found"):
        find("auto", [software])


def test_stable_name_has_no_card_number_but_keeps_the_subdevice():
    assert stable_name("USB Audio: - (hw:1,0)") == stable_name("USB Audio: - (hw:4,0)") == "USB Audio"
    assert stable_name("USB Audio: #1 (hw:1,1)") == "USB Audio: #1 #1"
