"""The guitar's own Wi-Fi and the page's address, as text and as QR codes."""

from __future__ import annotations

import io
import re
import socket
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from edge.config import Web

_SPECIAL = re.compile(r'([\\;,":])')


class Written(msgspec.Struct, frozen=True):
    """What the installer writes into the hotspot's file; `url` only if the page is not at the address of the Wi-Fi.

    `open_because` says why it is not encrypted, "" where it is.
    """

    name: str
    passphrase: str = ""
    url: str = ""
    open_because: str = ""


class Hotspot(msgspec.Struct, frozen=True):
    """The guitar's own Wi-Fi, if there is one, and where the page is for other devices.

    `note` says why there is none, or what everybody who joins it should know.

    Addresses of QR codes are "" where there is nothing to show.
    """

    there: bool
    name: str
    passphrase: str
    note: str
    wifi_qr: str
    url: str
    page_qr: str


def read(path: Path) -> tuple[Written | None, str]:
    """Return what the installer has written, or None and one line that says why there is nothing."""
    try:
        return msgspec.convert(tomllib.loads(path.read_text("utf-8")), Written), ""
    except FileNotFoundError:
        return None, f"this guitar has no Wi-Fi of its own: there is no {path}"
    except OSError as error:
        return None, f"{path}: cannot be read ({error.strerror}); let the service's user read it"
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        return None, f"{path}: is damaged ({error}); run the installer again"


def warning(hotspot: Written) -> str:
    """Return what everybody who joins should know, "" where there is nothing."""
    if hotspot.passphrase:
        return ""
    if hotspot.open_because:
        return f"this Wi-Fi is not encrypted, since {hotspot.open_because}: whoever is near can join and read along"
    return "this Wi-Fi is not encrypted: whoever is near can join and read along"


def join_text(hotspot: Written) -> str:
    """Return what a QR code says so that a phone joins a WPA network, or an open one without a passphrase."""
    name, passphrase = (_SPECIAL.sub(r"\\\1", text) for text in (hotspot.name, hotspot.passphrase))
    return f"WIFI:T:WPA;S:{name};P:{passphrase};;" if passphrase else f"WIFI:T:nopass;S:{name};;"


def page_url(web: Web, asked_as: str, hotspot: Written | None) -> str:
    """Return where other devices find the page; "" when only this machine may open it.

    Parameters
    ----------
    web : Web
    asked_as : str
        Host and port under which the asker called the page; good for others too, unless it means this machine only.
    hotspot : Written or None
    """
    if web.host.startswith("127.") or web.host in ("localhost", "::1"):
        return ""
    if hotspot is not None and hotspot.url:
        return hotspot.url
    name = urlsplit(f"//{asked_as}").hostname or "localhost"
    if not re.match(r"localhost$|127\.|::1$", name):
        return f"http://{asked_as}/"
    address = _own_address()
    return f"http://{address}:{web.port}/" if address else ""


def svg(text: str) -> bytes:
    """Return a QR code, black on white with its quiet zone."""
    import segno  # rare

    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind="svg", border=4, light="#fff", xmldecl=False, scale=1,
                                                  omitsize=True)  # fmt: skip
    return out.getvalue()


def _own_address() -> str:
    """Return the address by which others in the network reach this machine, "" without a network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("10.255.255.255", 9))  # sends nothing: only the routing table is asked
            return str(probe.getsockname()[0])
        except OSError:
            return ""
