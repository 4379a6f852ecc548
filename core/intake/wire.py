"""Wire: carries radiographs and typed errors between the decoding worker and its owner."""

import io
import pickle
import struct
from collections.abc import Sequence
from typing import BinaryIO

from core import errors
from core.errors import CorruptFile, IntakeError
from core.intake.radiograph import Radiograph

Reply = list[Radiograph] | IntakeError

_ALLOWED = {
    ("core.intake.radiograph", "Identity"),
    ("core.intake.radiograph", "Radiograph"),
    ("core.intake.radiograph", "Spacing"),
    ("core.intake.radiograph", "VoiFunction"),
    ("core.intake.radiograph", "VoiLut"),
    ("core.intake.radiograph", "Window"),
    ("datetime", "date"),
    ("datetime", "datetime"),
    ("datetime", "timedelta"),
    ("datetime", "timezone"),
    ("numpy", "dtype"),
    ("numpy", "ndarray"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy._core.numeric", "_frombuffer"),
}


class Closed(Exception):
    """The other side is gone."""


class _Unpickler(pickle.Unpickler):
    """Builds nothing but radiographs: a worker that was taken over by a hostile file cannot run code here."""

    def find_class(self, module: str, name: str) -> object:
        if (module, name) not in _ALLOWED:
            raise pickle.UnpicklingError(f"{module}.{name} is not part of a radiograph")
        return super().find_class(module, name)


def send(stream: BinaryIO, parts: Sequence[bytes | memoryview]) -> None:
    """Write one message of several parts. Raises Closed."""
    try:
        stream.write(struct.pack("<L", len(parts)))
        for part in parts:
            stream.write(struct.pack("<Q", len(part)))
            stream.write(part)
        stream.flush()
    except (OSError, ValueError):
        raise Closed from None


def receive(stream: BinaryIO) -> list[bytearray]:
    """Read one message. Raises Closed when the other side ends before or within it."""
    (count,) = struct.unpack("<L", _exactly(stream, 4))
    return [_exactly(stream, struct.unpack("<Q", _exactly(stream, 8))[0]) for _ in range(count)]


def _exactly(stream: BinaryIO, length: int) -> bytearray:
    data = bytearray(length)
    view, filled = memoryview(data), 0
    while filled < length:
        try:
            count = stream.readinto(view[filled:])  # type: ignore[attr-defined]
        except (OSError, ValueError):
            raise Closed from None
        if not count:
            raise Closed
        filled += count
    return data


def pack_frames(frames: list[Radiograph]) -> list[bytes | memoryview]:
    """Radiographs as a message; pixels travel beside the pickle, uncopied (PEP 574)."""
    buffers: list[pickle.PickleBuffer] = []
    data = pickle.dumps(("frames", frames), protocol=5, buffer_callback=buffers.append)
    return [data, *(buffer.raw() for buffer in buffers)]


def pack_error(error: IntakeError) -> list[bytes | memoryview]:
    """A typed error as a message: the name of its class and its text."""
    return [pickle.dumps(("error", (type(error).__name__, str(error))), protocol=5)]


def unpack(parts: list[bytearray]) -> Reply:
    """The radiographs of a message, read-only, or the typed error."""
    kind, content = _Unpickler(
        io.BytesIO(parts[0]), buffers=[memoryview(part).toreadonly() for part in parts[1:]]
    ).load()
    return list(content) if kind == "frames" else _error(*content)


def _error(name: str, message: str) -> IntakeError:
    known = getattr(errors, name, CorruptFile)
    return known(message) if isinstance(known, type) and issubclass(known, IntakeError) else CorruptFile(message)
