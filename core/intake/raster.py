"""Raster: reads PNG, JPEG, TIFF and BMP pictures as radiographs without patient or scale."""

import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

import imagecodecs
import numpy as np
from PIL import Image, UnidentifiedImageError

from core.errors import CorruptFile, IntakeError, TooLarge, UnknownFormat, UnsupportedEncoding
from core.intake.codecs import DECODERS
from core.intake.codestream import Codec, Stream, measure
from core.intake.facts import derived_identity
from core.intake.header import Notes
from core.intake.layout import check_size
from core.intake.radiograph import Pixels, Radiograph
from core.intake.sniff import Format
from core.intake.stored_values import luminance
from core.intake.tiff import TiffPage, tiff_pages
from core.settings import Limits

_ORIENTATION = 274  # EXIF 2.3, 4.6.4 A
_GREY_TOLERANCE = 12
_CLEAR_HUE, _COLOURFUL = 48, 0.25  # of 255 between the colours of one pixel; share of such pixels
COLOUR_PICTURE = "The picture is in full colour, as no radiograph is; only its brightness is used."
CUT_OFF = "The JPEG file is cut off: its last part is missing and shown grey."
_TURNED = "The picture was turned upright as its orientation tag says."
_AGAIN = "Send or export the picture again."


@dataclass(frozen=True, slots=True)
class Page:
    """One decoded picture: `(rows, columns)`, or with a last axis of 2 (grey, alpha), 3 (RGB) or 4 (RGB, alpha)."""

    values: Pixels
    bits: int
    orientation: int = 1
    inverted: bool = False


def read_raster(data: bytes, kind: Format, sha256: str, *, limits: Limits, notes: Notes) -> Iterator[Radiograph]:
    """Every page of a picture file. Raises an IntakeError for what cannot be shown."""
    for number, page in enumerate(_pages(data, kind, limits, notes), 1):
        yield _radiograph(page, kind, sha256, number=number, notes=notes)


def _pages(data: bytes, kind: Format, limits: Limits, notes: Notes) -> Iterable[Page]:
    if kind is Format.JPEG:
        return _jpeg_pages(data, limits, notes)
    return _tiff_pages(data, limits, notes) if kind is Format.TIFF else _flat_pages(data, kind, limits)


def _radiograph(page: Page, kind: Format, sha256: str, *, number: int, notes: Notes) -> Radiograph:
    pixels = np.ascontiguousarray(_upright(_grey(page.values, notes), page.orientation, notes))
    pixels.flags.writeable = False
    return Radiograph(
        pixels=pixels,
        inverted=page.inverted,
        bits_stored=page.bits,
        voi=(),
        identity=derived_identity(sha256),
        sha256=sha256,
        format=kind.value,
        frame_number=number,
        warnings=notes.all(),
    )


# --- JPEG ---------------------------------------------------------------------------------------------------


def _jpeg_pages(data: bytes, limits: Limits, notes: Notes) -> Iterable[Page]:
    stream = measure(data)
    if stream is None:
        raise CorruptFile(f"The JPEG picture is damaged. {_AGAIN}")
    check_size(stream.rows, stream.columns, 1, limits)
    return [Page(_decode_jpeg(data, stream, notes), stream.bits, _exif_orientation(data))]


def _decode_jpeg(data: bytes, stream: Stream, notes: Notes) -> Pixels:
    if b"\xff\xd9" not in data[data.rfind(b"\xff\xda") :]:
        notes.add(CUT_OFF)
    try:
        if stream.samples not in (1, 3):
            return _as_array(_open(data, Format.JPEG).convert("RGB"))
        if stream.codec is not Codec.JPEG:
            return DECODERS[stream.codec](data, stream)
        return _as_array(imagecodecs.jpeg8_decode(data, outcolorspace="RGB" if stream.samples == 3 else None))
    except (IntakeError, MemoryError):
        raise
    except Exception:
        raise CorruptFile(f"The JPEG picture cannot be decompressed. {_AGAIN}") from None


def _exif_orientation(data: bytes) -> int:
    try:
        return int(Image.open(io.BytesIO(data), formats=["JPEG"]).getexif().get(_ORIENTATION, 1))
    except Exception:  # EXIF of any kind of damage; the picture itself may be whole
        return 1


# --- PNG and BMP --------------------------------------------------------------------------------------------


def _flat_pages(data: bytes, kind: Format, limits: Limits) -> Iterable[Page]:
    image = _open(data, kind)
    check_size(image.height, image.width, 1, limits)
    if getattr(image, "n_frames", 1) > 1:
        raise UnknownFormat("This is an animation, not a radiograph. Send a still picture.")
    return [_guarded(lambda: _flat_page(data, image, kind), kind)]


def _open(data: bytes, kind: Format) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data), formats=[kind.value])
    except Image.DecompressionBombError:
        raise TooLarge("The picture is far larger than a radiograph. Export it smaller.") from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        raise CorruptFile(f"The {kind.value} picture is damaged. {_AGAIN}") from None


def _guarded(decode: Callable[[], Page], kind: Format) -> Page:
    try:
        return decode()
    except (IntakeError, MemoryError):
        raise
    except Exception:
        raise CorruptFile(f"The {kind.value} picture cannot be decompressed. {_AGAIN}") from None


def _flat_page(data: bytes, image: Image.Image, kind: Format) -> Page:
    if kind is Format.PNG and data[24] == 16 and data[25] != 0:  # Pillow keeps 8 bits of 16-bit colour
        return Page(_as_array(imagecodecs.png_decode(data)), 16)
    orientation = int(image.getexif().get(_ORIENTATION, 1))
    return Page(*_samples(image), orientation)


# --- TIFF ---------------------------------------------------------------------------------------------------


def _tiff_pages(data: bytes, limits: Limits, notes: Notes) -> Iterable[Page]:
    pages = tiff_pages(data, most=limits.frames)
    if not pages:
        raise CorruptFile(f"The TIFF picture is damaged. {_AGAIN}")
    for page in pages:
        check_size(page.rows, page.columns, len(pages), limits)
    return (_guarded(partial(_tiff_page, data, page, notes), Format.TIFF) for page in pages)


def _tiff_page(data: bytes, page: TiffPage, notes: Notes) -> Page:
    if page.bits <= 8 or page.bits == 12:  # every colour model, and fewer than 8 bits
        if page.orientation > 1:
            notes.add(_TURNED)
        image = _open(data, Format.TIFF)
        image.seek(page.index)
        return Page(*_samples(image))  # Pillow turns it upright and white-on-black by itself
    values = _as_array(imagecodecs.tiff_decode(data, index=page.index))
    if values.shape[-2:] == (page.rows, page.columns) and values.ndim == 3:  # PlanarConfiguration 2
        values = np.moveaxis(values, 0, -1)
    if values.shape[:2] != (page.rows, page.columns):
        raise CorruptFile(f"The TIFF picture has another size than it says. {_AGAIN}")
    return Page(_finite(values), page.bits, page.orientation, page.photometric == 0)


# --- samples ------------------------------------------------------------------------------------------------


def _samples(image: Image.Image) -> tuple[Pixels, int]:
    """Samples of a Pillow image at full depth, and their bits."""
    if image.mode.startswith("I"):
        values = _as_array(image)
        return values.astype(np.uint16) if values.dtype.itemsize == 2 else values, 16
    if image.mode == "F":
        return _finite(_as_array(image)), 32
    return _as_array(image.convert(_plain_mode(image))), 8


def _plain_mode(image: Image.Image) -> str:
    if "transparency" in image.info or image.mode in ("RGBA", "LA", "PA", "La", "RGBa"):
        return "LA" if image.mode in ("1", "L", "LA", "La") else "RGBA"
    return "L" if image.mode in ("1", "L") else "RGB"


def _finite(values: Pixels) -> Pixels:
    if values.dtype.kind != "f":
        return values
    if not np.isfinite(values).any():
        raise UnsupportedEncoding("The picture holds no numbers that can be shown. Export it with 16 bits.")
    lowest = values[np.isfinite(values)].min()
    return np.where(np.isfinite(values), values, lowest).astype(np.float32)


# --- grey and upright ---------------------------------------------------------------------------------------


def _grey(values: Pixels, notes: Notes) -> Pixels:
    if values.ndim == 2:
        return values if values.dtype != np.bool_ else values.astype(np.uint8) * 255
    if values.shape[2] in (2, 4):
        values = _on_black(values, notes)
    return values[..., 0] if values.shape[2] == 1 else _brightness(values, notes)


def _on_black(values: Pixels, notes: Notes) -> Pixels:
    """The picture without its alpha channel: transparent parts are black."""
    alpha, top = values[..., -1:].astype(np.uint64), int(np.iinfo(values.dtype).max)
    if (alpha == top).all():
        return values[..., :-1]
    notes.add("The picture has transparent parts; they are shown black.")
    mixed: Pixels = (values[..., :-1].astype(np.uint64) * alpha + top // 2) // top
    return mixed.astype(values.dtype)


def _brightness(values: Pixels, notes: Notes) -> Pixels:
    spread = np.ptp(values[..., :3].astype(np.int32), axis=2) // (int(np.iinfo(values.dtype).max) // 255)
    if (spread > _CLEAR_HUE).mean() > _COLOURFUL:
        notes.add(COLOUR_PICTURE)
    elif spread.max() > _GREY_TOLERANCE:
        notes.add("The picture is in colour; only its brightness is used.")
    return luminance(values, ycbcr=False)


def _upright(values: Pixels, orientation: int, notes: Notes) -> Pixels:
    """The picture as its camera saw it, EXIF 2.3 4.6.4 A: mirrored for even, turned for 3 to 8."""
    if orientation not in range(2, 9):
        return values
    notes.add(_TURNED)
    turned = values.T if orientation >= 5 else values
    vertical, horizontal = orientation in (3, 4, 7, 8), orientation in (2, 3, 6, 7)
    return turned[:: -1 if vertical else 1, :: -1 if horizontal else 1]


def _as_array(image: object) -> Pixels:
    return np.asarray(image)
