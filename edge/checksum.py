"""A checksum inside an ONNX file: a card that forgets one bit of a weight leaves a file that is as valid as before.

It is the last entry of the file's metadata and speaks of all bytes before it.
"""

from __future__ import annotations

import hashlib

KEY = b"affetto.sha256"

_METADATA = 0x72  # ModelProto.metadata_props (onnx.proto): field 14, with a length
_KEY, _VALUE = 0x0A, 0x12  # fields 1 and 2 of such an entry


def seal(file: bytes) -> bytes:
    """Return an ONNX file with the checksum behind it: a protobuf message may be written in parts."""
    return file + _entry(file)


def is_intact(file: bytes) -> bool:
    """Return whether an ONNX file is as it was sealed; one without a checksum is taken as it is."""
    body = file[: -len(_entry(b""))]
    return KEY not in file or file == seal(body)


def _entry(body: bytes) -> bytes:
    value = hashlib.sha256(body).hexdigest().encode()
    pair = bytes((_KEY, len(KEY))) + KEY + bytes((_VALUE, len(value))) + value
    return bytes((_METADATA, len(pair))) + pair
