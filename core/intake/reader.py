"""Reader: the single door. Bytes or a path in, radiographs or a typed error out, and nothing else."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from core.errors import CorruptFile, DecodingStopped, IntakeError, TooLarge, UnknownFormat
from core.intake.dicom import read_dicom
from core.intake.header import Notes
from core.intake.radiograph import Radiograph
from core.intake.raster import read_raster
from core.intake.silence import silence
from core.intake.sniff import Format, sniff
from core.settings import Limits


def read(source: bytes | Path, *, limits: Limits | None = None) -> Radiograph:
    """The first frame of a file, decoded in this process: for bytes that are trusted. Raises only IntakeError."""
    return _collect(source, limits or Limits(), most=1)[0]


def read_frames(source: bytes | Path, *, limits: Limits | None = None) -> list[Radiograph]:
    """Every frame of a file, at least one. Raises only IntakeError."""
    return _collect(source, limits or Limits(), most=0)


def load(path: Path, *, limits: Limits) -> bytes:
    """The bytes of a file. Raises UnknownFormat when it is none, TooLarge, or CorruptFile when it cannot be read."""
    try:
        if not path.is_file():
            raise UnknownFormat("There is no such file. Check the path.")
        if path.stat().st_size > limits.file_bytes:
            raise _too_large(limits)
        return path.read_bytes()
    except (OSError, ValueError):
        raise CorruptFile("The file cannot be opened. Check its permissions, or copy it again.") from None


def _collect(source: bytes | Path, limits: Limits, *, most: int) -> list[Radiograph]:
    data = load(source, limits=limits) if isinstance(source, Path) else source
    if len(data) > limits.file_bytes:
        raise _too_large(limits)
    try:
        with silence():
            frames = _frames(data, limits)
            return [next(frames)] if most else list(frames)
    except IntakeError:
        raise
    except MemoryError:
        raise DecodingStopped("The image needs more memory than is allowed. Export it smaller.") from None
    except Exception:  # the cause may quote patient data: it goes no further
        raise CorruptFile("The file is damaged in a way that is not understood. Send or export it again.") from None


def _frames(data: bytes, limits: Limits) -> Iterator[Radiograph]:
    notes = Notes()
    kind = sniff(data, notes)
    sha256 = hashlib.sha256(data).hexdigest()
    if kind is Format.DICOM:
        return read_dicom(data, sha256, limits=limits, notes=notes)
    return read_raster(data, kind, sha256, limits=limits, notes=notes)


def _too_large(limits: Limits) -> TooLarge:
    return TooLarge(f"The file is larger than {limits.file_bytes:,} bytes. Send a smaller one, or raise the limit.")
