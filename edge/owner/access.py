"""Who is asking, and what they may do."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import ipaddress
import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from edge.errors import OwnerError
from edge.owner.state import Device, State, StateFile

log = logging.getLogger(__name__)

MOST_DEVICES = 32
TOKEN_BYTES = 32


@dataclass(frozen=True)
class Asker:
    """Somebody who sends a request: the owner, on a paired device or on the machine itself, or a guest."""

    device: Device | None = None
    on_machine: bool = False

    @property
    def is_owner(self) -> bool:
        return self.device is not None or self.on_machine


class Access:
    """Knows the paired devices, and whether stage mode is on.

    Parameters
    ----------
    folder
        Where both are remembered, as by `state_folder`; None forgets them at the end.
    trust_this_machine
        Whether whoever asks from the machine itself is the owner.
    today
        Returns the day, as 2026-05-17.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        trust_this_machine: bool = True,
        today: Callable[[], str] = lambda: time.strftime("%Y-%m-%d"),
    ) -> None:
        self.file = StateFile(folder)
        self._trust_this_machine = trust_this_machine
        self._today = today

    def start(self) -> None:
        """Let `affetto pair` know that a service runs here."""
        try:
            self.file.serve()
        except OwnerError as error:  # lights and sound go on without it
            log.warning("%s", error)

    def close(self) -> None:
        """End that. May be called again."""
        self.file.leave()

    # -- who asks

    def asker(self, address: str, token: str, *, passed_on: bool = False) -> Asker:
        """Return who sends a request.

        Parameters
        ----------
        address
            IP address of the peer, not what a header says.
        token
            The cookie's value, or "".
        passed_on
            A proxy sent it for somebody else, so that the peer's address tells nothing.
        """
        on_machine = self._trust_this_machine and not passed_on and is_loopback(address)
        return Asker(self._device(token) if token else None, on_machine)

    def _device(self, token: str) -> Device | None:
        token_hash = _hash(token)
        # compared in constant time, though a hash of 256 random bits could not be guessed byte by byte anyway
        found = [d for d in self.file.read().devices if hmac.compare_digest(d.token_hash.encode(), token_hash.encode())]
        return found[0] if found else None

    def seen(self, device: Device) -> bool:
        """Note the day on which a device was here; True if it is another than before. Spares the memory card."""
        today = self._today()
        if device.seen_on == today:
            return False

        def note(state: State) -> tuple[State, None]:
            seen = msgspec.structs.replace(device, seen_on=today)
            devices = tuple(seen if d.id == device.id else d for d in state.devices)
            return msgspec.structs.replace(state, devices=devices), None

        with contextlib.suppress(OwnerError):  # a full disk must not lock the owner out
            self.file.change(note)
        return True

    # -- paired devices

    def devices(self) -> tuple[Device, ...]:
        """Return them, the last paired first."""
        return self.file.read().devices[::-1]

    def pair(self, name: str) -> str:
        """Make whoever is told the token, which is returned, an owner; `name` is for people.

        Raises
        ------
        OwnerError
            It cannot be remembered, or too many are paired.
        """
        token, today = secrets.token_urlsafe(TOKEN_BYTES), self._today()
        device = Device(secrets.token_hex(4), name, _hash(token), today, today)

        def add(state: State) -> tuple[State, None]:
            if len(state.devices) >= MOST_DEVICES:
                raise OwnerError(f"{MOST_DEVICES} devices are paired; revoke one first (`affetto pair --revoke ID`)")
            return msgspec.structs.replace(state, devices=(*state.devices, device)), None

        self.file.change(add)
        return token

    def revoke(self, id: str = "") -> tuple[Device, ...]:
        """Forget a device, or all of them; return those that were forgotten."""

        def remove(state: State) -> tuple[State, tuple[Device, ...]]:
            gone = tuple(d for d in state.devices if id in ("", d.id))
            left = tuple(d for d in state.devices if d not in gone)
            return msgspec.structs.replace(state, devices=left), gone

        return self.file.change(remove)

    # -- stage mode

    @property
    def stage(self) -> bool:
        """Whether nobody may change anything."""
        return self.file.read().stage

    def set_stage(self, on: bool) -> None:
        """Switch stage mode; it lasts over restarts. Raises OwnerError if that cannot be remembered."""
        self.file.change(lambda state: (msgspec.structs.replace(state, stage=on), None))


def is_loopback(address: str) -> bool:
    """Tell whether a peer's address is one of the machine itself."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(ip, "ipv4_mapped", None)
    return (mapped or ip).is_loopback


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
