"""Prints a line for each packet that leaves, or comes to, an interface: `python tests/strangers/capture.py INTERFACE`.

A line is "direction protocol source destination", addresses with their ports; it runs where it is started, so start it
in a network namespace. Only the standard library is needed, so that it is quick to be there.
"""

from __future__ import annotations

import ipaddress
import socket
import struct
import sys

_ALL = 3  # ETH_P_ALL
_OUTGOING = 4  # PACKET_OUTGOING
_NAMES = {1: "icmp", 2: "igmp", 6: "tcp", 17: "udp", 58: "icmp6"}


def told(frame: bytes, kind: int) -> str:
    """Return "protocol source destination" of the content of a frame of an Ethernet type."""
    if kind == 0x0806:
        return "arp - -"
    if kind == 0x0800:
        protocol, start = frame[9], 4 * (frame[0] & 15)
        ends = [str(ipaddress.IPv4Address(frame[at : at + 4])) for at in (12, 16)]
    elif kind == 0x86DD:
        protocol, start = frame[6], 40
        ends = [str(ipaddress.IPv6Address(frame[at : at + 16])) for at in (8, 24)]
        if protocol == 0:  # hop-by-hop options, as before multicast listener reports
            protocol, start = frame[40], 40 + 8 * (frame[41] + 1)
    else:
        return f"ethernet-{kind:04x} - -"
    name = _NAMES.get(protocol, str(protocol))
    if name in ("tcp", "udp"):
        ports = struct.unpack("!HH", frame[start : start + 4])
        ends = [f"{end}#{port}" for end, port in zip(ends, ports, strict=True)]
    extra = ""
    if name == "udp" and 53 in ports:
        extra = " " + _question(frame[start + 8 :])
    return f"{name} {ends[0]} {ends[1]}{extra}"


def _question(packet: bytes) -> str:
    labels, at = [], 12
    while at < len(packet) and (size := packet[at]):
        labels.append(packet[at + 1 : at + 1 + size].decode("ascii", "replace"))
        at += 1 + size
    return ".".join(labels)


def main(interface: str) -> None:
    with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_ALL)) as wire:
        wire.bind((interface, _ALL))
        print("listening", flush=True)
        while True:
            frame, (_, kind, direction, *_) = wire.recvfrom(65535)
            print("out" if direction == _OUTGOING else "in", told(frame, kind), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
