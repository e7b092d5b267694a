"""A test message to one target, and what can be known of its arrival."""

from __future__ import annotations

import itertools
import socket

from edge.outputs.base import one_line
from edge.outputs.osc.messages import message

ADDRESS = "/affetto/test"
ANSWER_S = 0.3

_counter = itertools.count(1)


def try_target(target: str) -> str:
    """Send `/affetto/test` to "HOST:PORT"; return why it did not arrive as far as that can be known, or "".

    UDP tells nothing of what arrives. Only a machine on which no program listens at that port says so. Names are
    looked up first, which can take seconds.
    """
    host, _, port = target.rpartition(":")
    packet = message(ADDRESS, "Affetto", next(_counter)).dgram
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, int(port), type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, kind, protocol) as udp:
            udp.settimeout(ANSWER_S)
            udp.connect(address)
            udp.send(packet)
            udp.recv(1)  # what comes back is no answer to us, or the news that nobody listens
    except TimeoutError:
        return ""
    except ConnectionRefusedError:
        return f"{target}: nobody listens there; start the receiver, or check its port"
    except socket.gaierror:
        return f"{target}: no such name in this network; write its number, such as 192.168.4.2"
    except (OSError, OverflowError, UnicodeError) as error:
        return f"{target}: cannot be reached ({one_line(error)}); is it in the same network?"
    return ""
