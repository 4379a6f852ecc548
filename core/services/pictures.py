"""Pictures: what a viewer needs of a stored image: full-depth pixels, a quick preview, the heat-map layer."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.services.site import Site

SentPixels = NDArray[np.uint8] | NDArray[np.uint16] | NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Preset:
    """One way to show the picture: a window in modality units, or a look-up table (PS3.3 C.11.2)."""

    name: str
    center: float
    width: float
    function: str
    """`LINEAR`, `LINEAR_EXACT`, `SIGMOID`, or `LUT`."""
    lut: tuple[int, ...] | None = None
    """`lut[value - first_mapped]`, clipped at both ends, full scale 2**lut_bits - 1; None for a window."""
    first_mapped: int = 0
    lut_bits: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """One image at full depth, ready to send. Modality value = pixel * slope + intercept."""

    pixels: SentPixels
    """(rows, columns), little endian, contiguous, read-only."""
    slope: float
    intercept: float
    inverted: bool
    """True when low values are shown bright."""
    bits_stored: int
    presets: tuple[Preset, ...]
    """Never empty; the first is shown by default."""
    spacing: tuple[float, float] | None
    """Between rows, between columns, in mm."""
    spacing_source: str
    laterality: str
    view_position: str
    body_part: str
    synthetic: bool
    warnings: tuple[str, ...]

    @property
    def rows(self) -> int:
        """Height in pixels."""
        return int(self.pixels.shape[0])

    @property
    def columns(self) -> int:
        """Width in pixels."""
        return int(self.pixels.shape[1])

    @property
    def dtype(self) -> str:
        """`uint8`, `uint16` or `int16`."""
        return self.pixels.dtype.name


def picture(site: Site, image_key: int) -> Picture:
    """The image at full depth. Raises NotFound, BlobDamaged, IntakeError."""
    raise NotImplementedError


def preview_png(site: Site, image_key: int, *, longest_side: int = 1024) -> bytes:
    """8-bit grey PNG by the default window, never larger than the original. Raises NotFound, BlobDamaged."""
    raise NotImplementedError


def overlay_png(site: Site, image_key: int) -> bytes:
    """The newest heat map as a colour layer: RGBA PNG covering the whole image, transparent where cold.

    Raises NotFound when the image has no finding.
    """
    raise NotImplementedError


def blended_png(site: Site, image_key: int, *, opacity: float = 0.5, longest_side: int = 1024) -> bytes:
    """The picture with the heat map laid over it, RGB PNG. Raises NotFound when the image has no finding."""
    raise NotImplementedError


def prefetch(site: Site, study_key: int) -> None:
    """Decode the pictures of a study into the cache, so that it opens at once. Never raises for a damaged image."""
    raise NotImplementedError
