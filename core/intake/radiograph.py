"""Radiograph: what one file says, before anybody interprets it. Pixels at full depth, and where each fact came from."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[Any]
"""An array of integers or real numbers."""
Graphics = NDArray[np.uint8]
"""A bit a pixel, `(rows, ceil(columns / 8))`, the leftmost pixel in the most significant bit. Read-only."""


class VoiFunction(StrEnum):
    """VOI LUT Function (0028,1056), PS3.3 C.11.2.1.3."""

    LINEAR = "LINEAR"
    LINEAR_EXACT = "LINEAR_EXACT"
    SIGMOID = "SIGMOID"


@dataclass(frozen=True, slots=True)
class Window:
    """Window Center (0028,1050) and Width (0028,1051) in modality units, PS3.3 C.11.2.1.2."""

    center: float
    width: float
    function: VoiFunction = VoiFunction.LINEAR
    explanation: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class VoiLut:
    """VOI LUT Sequence item (0028,3010), PS3.3 C.11.2.1.1: `data[value - first_mapped]`, clipped at both ends."""

    first_mapped: int
    data: NDArray[np.uint16]
    bits: int
    explanation: str = ""


Voi = Window | VoiLut


@dataclass(frozen=True, slots=True)
class Spacing:
    """Distance between neighbouring pixels in mm, and which attribute said so."""

    row: float
    column: float
    source: str
    """`PixelSpacing` (corrected or calibrated), `PixelSpacing (plane not stated)`, `ImagerPixelSpacing` (at the
    detector: too large by the magnification), `ImagerPixelSpacing/EstimatedRadiographicMagnificationFactor`,
    `NominalScannedPixelSpacing`. The viewer's notes on them stand in `layers.js`."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Which patient, study, series and instance this is. Holds patient data: never logged, never in an error."""

    study_instance_uid: str
    series_instance_uid: str
    sop_instance_uid: str
    patient_id: str = ""
    patient_id_issuer: str = ""
    patient_id_issuer_uid: str = ""
    patient_name: str = ""
    patient_birth_date: date | None = None
    patient_sex: str = ""
    accession_number: str = ""
    study_date: datetime | None = None
    study_description: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Radiograph:
    """One frame at full depth.

    `pixels` is `(rows, columns)`, integer or float32, in modality units: the modality LUT or rescale is applied
    (PS3.3 C.11.1), the polarity and the VOI transformation are not. Pixel padding is replaced by the darkest
    displayed value. Read-only.
    """

    pixels: Pixels
    inverted: bool
    """True when low values are shown bright: MONOCHROME1, or Presentation LUT Shape INVERSE (PS3.3 C.11.6)."""
    bits_stored: int
    voi: tuple[Voi, ...]
    """The file's own window presets; the first is shown by default. Empty: the full range of the pixels."""
    identity: Identity = field(repr=False)
    sha256: str
    """Of the file's bytes as received, in hexadecimal."""
    format: str
    """`DICOM`, `PNG`, `JPEG`, `TIFF` or `BMP`."""
    modality: str = ""
    frame_number: int = 1
    spacing: Spacing | None = None
    laterality: str = ""
    """`L`, `R`, `B` or empty."""
    view_position: str = ""
    body_part: str = ""
    synthetic: bool = False
    """True for the phantoms this product draws itself."""
    aspect: float = 1.0
    """Height of a pixel by its width; 1 for pixels that are square, or as good as."""
    warnings: tuple[str, ...] = ()
    graphics: Graphics | None = None
    """What the file's overlay planes draw over the frame (PS3.3 C.9.2), which is no part of its pixels; None: nothing.

    It may spell a name: it goes where the pixels are shown, and into no export.
    """

    @property
    def nbytes(self) -> int:
        """Bytes of its pixels and graphics."""
        return int(self.pixels.nbytes) + (0 if self.graphics is None else int(self.graphics.nbytes))

    @property
    def rows(self) -> int:
        """Height in pixels."""
        return int(self.pixels.shape[0])

    @property
    def columns(self) -> int:
        """Width in pixels."""
        return int(self.pixels.shape[1])
