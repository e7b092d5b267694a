"""Name and passphrase of the guitar's Wi-Fi, its QR code, and the address under which others find the page."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from edge.config import Web
from edge.setup.hotspot import Written, join_text, page_url, read, svg, warning


def test_what_the_installer_wrote(tmp_path: Path) -> None:
    path = tmp_path / "hotspot.toml"
    path.write_text('name = "Affetto"\npassphrase = "sing to me"\nchannel = 6\n')
    assert read(path) == (Written("Affetto", "sing to me"), "")


@pytest.mark.parametrize("text", ["name = ", 'passphrase = "x"', "\xff"])
def test_a_damaged_file_is_told_in_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "hotspot.toml"
    path.write_bytes(text.encode("latin-1"))
    written, note = read(path)
    assert written is None
    assert "run the installer again" in note
    assert "\n" not in note


def test_without_a_hotspot_the_note_says_so(tmp_path: Path) -> None:
    written, note = read(tmp_path / "none.toml")
    assert written is None
    assert "no Wi-Fi of its own" in note


def test_an_open_wifi_is_told_with_its_reason() -> None:
    assert warning(Written("Affetto", "sing to me")) == ""
    told = warning(Written("Affetto", open_because="its Wi-Fi chip cannot"))
    assert told.startswith("this Wi-Fi is not encrypted, since its Wi-Fi chip cannot: ")
    assert warning(Written("Affetto")).startswith("this Wi-Fi is not encrypted: ")


def test_what_a_phone_reads_is_escaped() -> None:
    assert join_text(Written("Affetto", "sing to me")) == "WIFI:T:WPA;S:Affetto;P:sing to me;;"
    assert join_text(Written('a;b,c:d"e\\f', "12;34")) == 'WIFI:T:WPA;S:a\\;b\\,c\\:d\\"e\\\\f;P:12\\;34;;'
    assert join_text(Written("open")) == "WIFI:T:nopass;S:open;;"


def test_the_code_is_black_on_white_with_its_quiet_zone() -> None:
    picture = ET.fromstring(svg("http://192.168.4.1/"))
    side = float(picture.attrib["viewBox"].split()[2])
    background, code = picture
    assert background.attrib["fill"] == "#fff"
    assert background.attrib["d"].startswith(f"M0 0h{side:g}v{side:g}")
    assert code.attrib["stroke"] == "#000"
    assert code.attrib["d"].startswith("M4 4.5"), "four modules of quiet zone"


@pytest.mark.parametrize(
    ("host", "asked_as", "written", "url"),
    [
        ("127.0.0.1", "127.0.0.1:8080", None, ""),
        ("0.0.0.0", "192.168.4.1:8080", None, "http://192.168.4.1:8080/"),
        ("0.0.0.0", "guitar.local:8080", None, "http://guitar.local:8080/"),
        ("::", "[fe80::1]:8080", None, "http://[fe80::1]:8080/"),
        ("0.0.0.0", "192.168.4.1:8080", Written("Affetto", "", "http://affetto.local/"), "http://affetto.local/"),
    ],
)
def test_where_others_find_the_page(host: str, asked_as: str, written: Written | None, url: str) -> None:
    assert page_url(Web(host=host), asked_as, written) == url


def test_asked_from_the_machine_itself_its_address_in_the_network_is_told() -> None:
    url = page_url(Web(host="0.0.0.0", port=8080), "127.0.0.1:8080", None)
    assert "127.0.0.1" not in url
    assert url == "" or url.endswith(":8080/")
