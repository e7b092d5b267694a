"""Damages bytes as a stranger or a dying card would: flipped bits, extreme numbers, parts cut, doubled or moved."""

from __future__ import annotations

import random

EXTREMES = (
    *(b"\x00", b"\x01", b"\x7f", b"\x80", b"\xff", b"\xff\xff", b"\xff" * 4, b"\xff" * 8, b"\x00" * 4, b"\x00" * 8),
    *(b"\x7f\xff\xff\xff", b"\x00\x00\x00\x80", b"%n", b"\n", b'"', b"../"),
)


def mutated(content: bytes, chance: random.Random, head: int = 0) -> bytes:
    """Return a damaged copy. With `head`, half of the damage is within the first so many bytes, where formats think."""
    data = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        if not data:
            return bytes(data)
        end = min(head, len(data)) if head and chance.random() < 0.5 else len(data)
        at, kind = chance.randrange(end), chance.randrange(7)
        size = min(chance.choice((1, 4, 16, 256, 4096)), len(data) - at)
        if kind == 0:
            data[at] ^= 1 << chance.randrange(8)
        elif kind == 1:
            value = chance.choice(EXTREMES)
            data[at : at + len(value)] = value
        elif kind == 2:
            data[at : at + size] = chance.randbytes(size)
        elif kind == 3:
            del data[at : at + size]
        elif kind == 4:
            data[at:at] = data[at : at + size]
        elif kind == 5:
            to = chance.randrange(len(data))
            data[to:to] = data[at : at + size]
        else:
            del data[at:]
    return bytes(data)


def told_well(error: Exception, secret: str = "") -> bool:
    """Tell whether an error is one line, and does not tell where something lies."""
    return "\n" not in str(error).strip() and not (secret and secret in str(error))
