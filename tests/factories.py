"""Factories: DICOM, PNG, JPEG, TIFF and BMP bytes made in code. No real patient, nothing read from disk."""

import io
import re
import struct
import warnings
import zipfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import imagecodecs
import numpy as np
import pydicom
from numpy.typing import NDArray
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID, generate_uid

Array = NDArray[Any]

IMPLICIT = "1.2.840.10008.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
DEFLATED = "1.2.840.10008.1.2.1.99"
BIG_ENDIAN = "1.2.840.10008.1.2.2"
RLE = "1.2.840.10008.1.2.5"
JPEG_BASELINE = "1.2.840.10008.1.2.4.50"
JPEG_EXTENDED = "1.2.840.10008.1.2.4.51"
JPEG_LOSSLESS = "1.2.840.10008.1.2.4.57"
JPEG_LOSSLESS_SV1 = "1.2.840.10008.1.2.4.70"
JPEG_LS = "1.2.840.10008.1.2.4.80"
JPEG_LS_NEAR = "1.2.840.10008.1.2.4.81"
JPEG_2000_LOSSLESS = "1.2.840.10008.1.2.4.90"
JPEG_2000 = "1.2.840.10008.1.2.4.91"
HTJ2K_LOSSLESS = "1.2.840.10008.1.2.4.201"
HTJ2K_LOSSLESS_RPCL = "1.2.840.10008.1.2.4.202"
HTJ2K = "1.2.840.10008.1.2.4.203"

SOP_CLASSES: Mapping[str, str] = {
    "CR": "1.2.840.10008.5.1.4.1.1.1",
    "DX": "1.2.840.10008.5.1.4.1.1.1.1",
    "DX processing": "1.2.840.10008.5.1.4.1.1.1.1.1",
    "SC": "1.2.840.10008.5.1.4.1.1.7",
    "SC grey byte": "1.2.840.10008.5.1.4.1.1.7.2",
    "SC grey word": "1.2.840.10008.5.1.4.1.1.7.3",
    "SC colour": "1.2.840.10008.5.1.4.1.1.7.4",
    "CT": "1.2.840.10008.5.1.4.1.1.2",
    "SR": "1.2.840.10008.5.1.4.1.1.88.11",
    "PDF": "1.2.840.10008.5.1.4.1.1.104.1",
}


# --- pictures -----------------------------------------------------------------------------------------------


def ramp(rows: int = 24, columns: int = 32, *, bits: int = 12, signed: bool = False) -> Array:
    """A `(rows, columns)` image that uses the whole range of `bits` and has no two equal rows."""
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    values = np.linspace(low, high, rows * columns).round().reshape(rows, columns)
    return values.astype(_dtype(bits, signed=signed))


def bone(rows: int = 96, columns: int = 80, *, bits: int = 12) -> Array:
    """A bright vertical shaft with soft edges on a darker leg on black: something a viewer can show."""
    x = np.linspace(-1, 1, columns)[None, :]
    y = np.linspace(-1, 1, rows)[:, None]
    leg = np.clip(1.2 - np.abs(x) * 1.6, 0, 1) * 0.45
    shaft = np.exp(-((x / (0.16 + 0.06 * y**2)) ** 4)) * 0.5
    return ((leg + shaft) * ((1 << bits) - 1)).astype(_dtype(bits, signed=False))


def _dtype(bits: int, *, signed: bool) -> np.dtype[Any]:
    size = 1 if bits <= 8 else 2 if bits <= 16 else 4
    return np.dtype(f"{'i' if signed else 'u'}{size}")


# --- DICOM --------------------------------------------------------------------------------------------------


def dicom(
    pixels: Array | None = None,
    *,
    modality: str = "DX",
    sop_class: str = "",
    transfer_syntax: str = EXPLICIT,
    photometric: str = "MONOCHROME2",
    bits_stored: int = 0,
    bits_allocated: int = 0,
    high_bit: int = -1,
    planar: int = 0,
    frames: Sequence[bytes] | None = None,
    pixel_bytes: bytes | None = None,
    offset_table: bool = True,
    preamble: bytes | None = bytes(128),
    meta: bool = True,
    elements: Mapping[str, Any] | None = None,
) -> bytes:
    """One DICOM file.

    `pixels` is `(rows, columns)`, `(frames, rows, columns)`, or either with a last axis of 3 samples; None draws a
    12-bit ramp. `frames` (encoded frames) or `pixel_bytes` (the element's value) replace what would be made of it.
    `preamble=None` leaves the preamble and prefix out, `meta=False` the file meta group as well.
    `elements` are set last, by keyword; the value None removes the element.
    """
    pixels = ramp() if pixels is None else pixels
    dataset = _header(modality, sop_class)
    samples = 3 if photometric[:3] in ("RGB", "YBR") else 1
    _describe(dataset, pixels, photometric, samples, bits_stored, bits_allocated, high_bit, planar)
    _put_pixels(dataset, pixels, transfer_syntax, frames, pixel_bytes, offset_table)
    for keyword, value in (elements or {}).items():
        _set(dataset, keyword, value)
    return write(dataset, transfer_syntax=transfer_syntax, preamble=preamble, meta=meta)


def with_overlay(
    data: bytes,
    drawn: Array,
    *,
    group: int = 0x6000,
    transfer_syntax: str = EXPLICIT,
    representation: str = "OW",
    **described: Any,
) -> bytes:
    """The DICOM file with an overlay plane, PS3.3 C.9.2; `drawn` is `(rows, columns)` or `(frames, rows, columns)`.

    `described`: other values by the name they have in OVERLAY; None leaves one out.
    """
    dataset = pydicom.dcmread(io.BytesIO(data))
    bits = np.packbits(np.asarray(drawn, bool).ravel(), bitorder="little").tobytes()
    packed = bits + bytes(len(bits) % 2)
    if transfer_syntax == BIG_ENDIAN and representation == "OW":
        packed = np.frombuffer(packed, "<u2").astype(">u2").tobytes()
    rows, columns = drawn.shape[-2:]
    frames = drawn.shape[0] if drawn.ndim == 3 else None
    values = {"rows": rows, "columns": columns, "frames": frames, "type": "G", "origin": [1, 1], "packed": packed}
    for name, value in (values | described).items():
        element, kind = OVERLAY[name]
        if value is not None:
            dataset.add_new((group, element), representation if name == "packed" else kind, value)
    return write(dataset, transfer_syntax=transfer_syntax)


OVERLAY = {
    "rows": (0x0010, "US"),
    "columns": (0x0011, "US"),
    "frames": (0x0015, "IS"),
    "type": (0x0040, "CS"),
    "origin": (0x0050, "SS"),
    "first_frame": (0x0051, "US"),
    "bits": (0x0100, "US"),
    "position": (0x0102, "US"),
    "packed": (0x3000, ""),
}
"""Elements of a group 60xx by a short name, and their value representation, PS3.6 6."""


def dicom_object(sop_class: str, modality: str = "", elements: Mapping[str, Any] | None = None) -> bytes:
    """A DICOM object without an image: SR, PDF, RT plan …"""
    dataset = _header(modality, sop_class)
    for keyword, value in (elements or {}).items():
        _set(dataset, keyword, value)
    return write(dataset, transfer_syntax=EXPLICIT)


def lut_item(data: Sequence[int], *, first: int = 0, bits: int = 16, explanation: str = "") -> Dataset:
    """One item of a Modality or VOI LUT Sequence with unsigned 16-bit entries, PS3.3 C.11.1 and C.11.2."""
    item = Dataset()
    item.add_new("LUTDescriptor", "US" if first >= 0 else "SS", [len(data) % 65536, first, bits])
    item.add_new("LUTData", "OW", np.asarray(data, "<u2").tobytes())
    if explanation:
        item.LUTExplanation = explanation
    return item


def write(
    dataset: Dataset, *, transfer_syntax: str = EXPLICIT, preamble: bytes | None = bytes(128), meta: bool = True
) -> bytes:
    """The bytes of a data set; see `dicom`."""
    implicit, little = transfer_syntax == IMPLICIT, transfer_syntax != BIG_ENDIAN
    buffer = io.BytesIO()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = UID(transfer_syntax)
    dataset.file_meta.MediaStorageSOPClassUID = dataset.get("SOPClassUID", "1.2.3")
    instance = str(dataset.get("SOPInstanceUID", ""))
    dataset.file_meta.MediaStorageSOPInstanceUID = (
        instance if re.fullmatch(r"[1-9][0-9.]{1,63}", instance) else "1.2.3.4"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if meta:
            pydicom.dcmwrite(buffer, dataset, enforce_file_format=True)
        else:
            del dataset.file_meta
            pydicom.dcmwrite(buffer, dataset, implicit_vr=implicit, little_endian=little)
    data = buffer.getvalue()
    if not meta or preamble is None:
        return data[132:] if data[128:132] == b"DICM" else data
    return preamble + data[128:]


def _header(modality: str, sop_class: str) -> Dataset:
    dataset = Dataset()
    dataset.SOPClassUID = SOP_CLASSES.get(sop_class or modality, sop_class) or SOP_CLASSES["SC"]
    dataset.SOPInstanceUID = generate_uid()
    dataset.StudyInstanceUID = generate_uid()
    dataset.SeriesInstanceUID = generate_uid()
    _set(dataset, "Modality", modality)
    dataset.PatientID = "TEST-0001"
    dataset.PatientName = "SYNTHETIC^TEST"
    dataset.PatientSex = "O"
    dataset.PatientBirthDate = "19700101"
    dataset.StudyDate = "20240102"
    dataset.StudyTime = "030405"
    dataset.AccessionNumber = "A1"
    dataset.BodyPartExamined = "WRIST"
    return dataset


def _describe(
    dataset: Dataset, pixels: Array, photometric: str, samples: int, stored: int, allocated: int, high: int, planar: int
) -> None:
    shape = pixels.shape[:-1] if samples == 3 else pixels.shape
    dataset.Rows, dataset.Columns = shape[-2:]
    dataset.SamplesPerPixel = samples
    dataset.PhotometricInterpretation = photometric
    dataset.BitsAllocated = allocated or pixels.dtype.itemsize * 8
    used = max(1, int(np.ptp(pixels.astype(np.int64))).bit_length()) if pixels.dtype.itemsize > 1 else 8
    dataset.BitsStored = stored or used
    dataset.HighBit = high if high >= 0 else dataset.BitsStored - 1
    dataset.PixelRepresentation = int(pixels.dtype.kind == "i")
    if samples == 3:
        dataset.PlanarConfiguration = planar
    if len(shape) == 3:
        dataset.NumberOfFrames = shape[0]


def _put_pixels(
    dataset: Dataset,
    pixels: Array,
    transfer_syntax: str,
    frames: Sequence[bytes] | None,
    pixel_bytes: bytes | None,
    offset_table: bool,
) -> None:
    encoder = ENCODERS.get(transfer_syntax)
    if pixel_bytes is None and (frames is not None or encoder):
        frames = frames or [encoder(frame, dataset.BitsStored) for frame in _each_frame(dataset, pixels) if encoder]
        pixel_bytes = encapsulate(list(frames), has_bot=offset_table)
    if pixel_bytes is None:
        pixel_bytes = _native(dataset, pixels, transfer_syntax)
    wide = dataset.BitsAllocated > 8 and not encoder
    dataset.add_new("PixelData", "OW" if wide or transfer_syntax == IMPLICIT else "OB", pixel_bytes)
    dataset["PixelData"].is_undefined_length = transfer_syntax in ENCODERS


def _native(dataset: Dataset, pixels: Array, transfer_syntax: str) -> bytes:
    """PS3.5 8.1.1 and 8.2: row after row, samples by pixel or by plane, padded to an even length."""
    if dataset.get("PlanarConfiguration", 0) == 1:
        pixels = np.moveaxis(pixels, -1, -3)
    order = ">" if transfer_syntax == BIG_ENDIAN else "<"
    dtype = np.dtype(f"{order}{pixels.dtype.kind}{dataset.BitsAllocated // 8}")
    data = np.ascontiguousarray(pixels).astype(dtype).tobytes()
    return data + bytes(len(data) % 2)


def _each_frame(dataset: Dataset, pixels: Array) -> list[Array]:
    return list(pixels) if "NumberOfFrames" in dataset else [pixels]


def _set(dataset: Dataset, keyword: str, value: Any) -> None:
    if value is None:
        if keyword in dataset:
            delattr(dataset, keyword)
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        setattr(dataset, keyword, value)


# --- encoders of one frame ----------------------------------------------------------------------------------


def rle(frame: Array, bits: int = 0) -> bytes:
    """RLE Lossless of literal runs only, PS3.5 annex G: most significant byte plane first."""
    planes = [frame[..., s] for s in range(frame.shape[-1])] if frame.ndim == 3 else [frame]
    segments = [
        _literal_runs(plane.astype(plane.dtype.newbyteorder(">")), i) for plane in planes for i in _bytes(plane)
    ]
    offsets = np.cumsum([64, *(len(s) for s in segments)])[:-1].tolist()
    header = struct.pack("<16L", len(segments), *(offsets + [0] * 15)[:15])
    return header + b"".join(segments)


def _bytes(plane: Array) -> range:
    return range(plane.dtype.itemsize)


def _literal_runs(plane: Array, index: int) -> bytes:
    raw = np.frombuffer(plane.tobytes(), np.uint8)[index :: plane.dtype.itemsize].tobytes()
    chunks = [raw[i : i + 128] for i in range(0, len(raw), 128)]
    coded = b"".join(bytes([len(chunk) - 1]) + chunk for chunk in chunks)
    return coded + bytes(len(coded) % 2)


def jpeg(frame: Array, bits: int = 8, *, level: int = 95, lossless: bool = False, **options: Any) -> bytes:
    """JPEG: baseline at 8 bits, extended at 12, lossless (process 14) at 2 to 16."""
    bits = bits if lossless else 8 if bits <= 8 else 12
    return bytes(
        imagecodecs.jpeg8_encode(frame, None if lossless else level, lossless=lossless, bitspersample=bits, **options)
    )


def jpeg_lossless(frame: Array, bits: int = 16) -> bytes:
    """JPEG lossless with the first predictor (selection value 1)."""
    return jpeg(frame, max(bits, 2), lossless=True, predictor=1)


def jpeg_ls(frame: Array, bits: int = 16, *, near: int = 0) -> bytes:
    """JPEG-LS; `near` is the largest error."""
    return bytes(imagecodecs.jpegls_encode(frame, level=near))


def jpeg_2000(frame: Array, bits: int = 16, *, reversible: bool = True) -> bytes:
    """A JPEG 2000 codestream without a JP2 box, PS3.5 A.4.4."""
    options: dict[str, Any] = {"reversible": True, "level": 0} if reversible else {"reversible": False, "level": 60}
    return bytes(imagecodecs.jpeg2k_encode(frame, codecformat="j2k", bitspersample=bits, **options))


def htj2k(frame: Array, bits: int = 16, *, reversible: bool = True) -> bytes:
    """A High-Throughput JPEG 2000 codestream."""
    return bytes(imagecodecs.htj2k_encode(frame, reversible=reversible))


ENCODERS: Mapping[str, Callable[[Array, int], bytes]] = {
    RLE: rle,
    JPEG_BASELINE: jpeg,
    JPEG_EXTENDED: jpeg,
    JPEG_LOSSLESS: jpeg_lossless,
    JPEG_LOSSLESS_SV1: jpeg_lossless,
    JPEG_LS: jpeg_ls,
    JPEG_LS_NEAR: lambda frame, bits: jpeg_ls(frame, bits, near=2),
    JPEG_2000_LOSSLESS: jpeg_2000,
    JPEG_2000: lambda frame, bits: jpeg_2000(frame, bits, reversible=False),
    HTJ2K_LOSSLESS: htj2k,
    HTJ2K_LOSSLESS_RPCL: htj2k,
    HTJ2K: lambda frame, bits: htj2k(frame, bits, reversible=False),
}


# --- pictures and archives ----------------------------------------------------------------------------------


def picture(pixels: Array | None = None, file_format: str = "PNG", *, mode: str = "", **options: Any) -> bytes:
    """A PNG, JPEG, TIFF or BMP by Pillow; `mode` converts first (`P`, `LA`, `RGBA`, `CMYK`, `1` …)."""
    image = Image.fromarray(ramp(bits=8) if pixels is None else pixels)
    image = image.convert(mode) if mode else image
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def archive(members: Mapping[str, bytes], *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of these files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as target:
        for name, data in members.items():
            target.writestr(name, data)
    return buffer.getvalue()
