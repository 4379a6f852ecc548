"""Dicom: reads the frames of one DICOM file as radiographs."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count

import numpy as np
from numpy.typing import NDArray

from core.errors import NoPixels
from core.intake import facts
from core.intake.admission import admit
from core.intake.codestream import Colour
from core.intake.dataset import Parsed, parse
from core.intake.frames import Decoded, decode_frames
from core.intake.header import Header, Notes
from core.intake.layout import MONOCHROME, Layout, read_layout
from core.intake.luts import may_be_negative, modality_values, read_voi
from core.intake.overlays import Overlays, read_overlays
from core.intake.radiograph import Pixels, Radiograph, Voi
from core.intake.stored_values import apply_palette, luminance, padding_mask, significant_bits
from core.settings import Limits


def read_dicom(data: bytes, sha256: str, *, limits: Limits, notes: Notes) -> Iterator[Radiograph]:
    """Every frame of a DICOM file, decoded one at a time. Raises an IntakeError for what is no radiograph."""
    parsed = parse(data, limits=limits, notes=notes)
    modality = admit(parsed)
    if parsed.pixels is None:
        raise NoPixels("This DICOM file holds no image. Send the radiograph itself (CR, DX or RG).")
    layout = read_layout(parsed.header, limits)
    overlays = read_overlays(parsed.header, layout, limits)
    decoded = decode_frames(parsed, parsed.pixels, layout)
    for number, frame in zip(count(1), decoded, strict=False):
        yield _radiograph(parsed, layout, frame, overlays, number=number, modality=modality, sha256=sha256)


def _radiograph(
    parsed: Parsed, layout: Layout, frame: Decoded, overlays: Overlays, *, number: int, modality: str, sha256: str
) -> Radiograph:
    header = parsed.header
    graphics = overlays.graphics(frame, layout, header, number=number)
    pixels = _pixels(replace(frame, values=overlays.without(frame)), layout, header, number)
    spacing = facts.read_spacing(header, number)
    return Radiograph(
        pixels=pixels,
        inverted=_inverted(header, layout),
        bits_stored=layout.stored,
        voi=_voi(header, layout, number),
        identity=facts.read_identity(header, sha256),
        sha256=sha256,
        format="DICOM",
        modality=modality,
        frame_number=number,
        spacing=spacing,
        laterality=facts.read_laterality(header, number),
        view_position=facts.read_view(header),
        body_part=facts.read_body_part(header),
        synthetic=header.code("SyntheticData") == "YES",  # (0008,001C), PS3.3 C.12.1
        graphics=graphics,
        aspect=facts.read_aspect(header, spacing),
        warnings=header.notes.all(),
    )


def _inverted(header: Header, layout: Layout) -> bool:
    """Whether low values are shown bright: MONOCHROME1, or Presentation LUT Shape INVERSE."""
    shape = header.code("PresentationLUTShape")
    first = layout.photometric == "MONOCHROME1"
    # PS3.3 C.8.11.3.1.2: INVERSE goes with MONOCHROME1 and IDENTITY with MONOCHROME2; both say the same thing once.
    if layout.photometric in MONOCHROME and shape and (shape == "INVERSE") != first:
        header.notes.add(
            "Photometric Interpretation and Presentation LUT Shape disagree: black and white may be swapped."
        )
    return layout.photometric in MONOCHROME and (first or shape == "INVERSE")


def _voi(header: Header, layout: Layout, number: int) -> tuple[Voi, ...]:
    """The window presets of a grey image; a colour image has none."""
    if layout.photometric not in MONOCHROME:
        return ()
    signed = may_be_negative(header, signed=layout.signed, bits=layout.stored, frame=number)
    return read_voi(header, signed=signed, frame=number)


def _pixels(frame: Decoded, layout: Layout, header: Header, number: int) -> Pixels:
    """PS3.3 C.7.6.3 and C.11.1: stored values, padding, modality values."""
    values = significant_bits(frame.values, layout, bits=frame.bits, lossy=frame.lossy, notes=header.notes)
    if layout.photometric not in MONOCHROME:
        return _frozen(_grey(values, frame, layout, header))
    padding = padding_mask(values, header, layout)
    values = modality_values(values, header, signed=layout.signed, frame=number)
    if padding is not None:
        values = _darkened(values, padding, bright_low=_inverted(header, layout))
    return _frozen(values)


def _grey(values: Pixels, frame: Decoded, layout: Layout, header: Header) -> Pixels:
    header.notes.add("The image is in colour; only its brightness is used.")
    if layout.photometric == "PALETTE COLOR":
        return luminance(apply_palette(values, header.dataset), ycbcr=False)
    partial = layout.photometric == "YBR_PARTIAL_422"
    return luminance(values, ycbcr=frame.colour is Colour.YCBCR, partial=partial)


def _darkened(values: Pixels, padding: NDArray[np.bool_], *, bright_low: bool) -> Pixels:
    """Padding as the darkest value that is really shown, PS3.3 C.7.5.1.1.2: it is no part of the image."""
    real = values[~padding]
    return np.where(padding, real.max() if bright_low else real.min(), values).astype(values.dtype)


def _frozen(values: Pixels) -> Pixels:
    pixels = np.ascontiguousarray(values)
    pixels = pixels.copy() if pixels.base is not None else pixels
    pixels.flags.writeable = False
    return pixels
