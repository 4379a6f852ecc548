"""Pictures: what a viewer needs of a stored image: full-depth pixels, a quick preview, the heat-map layer."""

from contextlib import suppress
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import BlobDamaged, IntakeError, NotFound
from core.intake.grayscale import default_voi
from core.intake.radiograph import Graphics, Pixels, Radiograph, Voi, VoiLut
from core.overlay import Heat, layer
from core.records import Image
from core.rights import Actor, Right, permit
from core.services.blinding import check_ai
from core.services.previews import as_png, encoded, keep_preview, kept_preview
from core.services.site import Site
from core.store import findings, images

SentPixels = NDArray[np.uint8] | NDArray[np.uint16] | NDArray[np.int16]
SENT = (np.uint8, np.uint16, np.int16)
HEAT_SIDE = 512
"""Longest side of the heat-map layer, in pixels: the map itself is coarser."""


@dataclass(frozen=True, slots=True)
class WindowPreset:
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
    presets: tuple[WindowPreset, ...]
    """Never empty; the first is shown by default."""
    graphics: Graphics | None
    """What the file draws over the picture, a bit a pixel; a layer of its own, which the reader can hide."""

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


def picture(site: Site, image_key: int, *, actor: Actor) -> Picture:
    """The image at full depth. Raises NotAllowed, NotFound, BlobDamaged, IntakeError."""
    permit(actor, Right.READ)
    radiograph = radiograph_of(site, image_of(site, image_key))
    pixels, slope, intercept = sendable(radiograph.pixels)
    return Picture(
        pixels=pixels,
        slope=slope,
        intercept=intercept,
        inverted=radiograph.inverted,
        presets=presets(radiograph),
        graphics=radiograph.graphics,
    )


def preview_png(site: Site, image_key: int, *, actor: Actor) -> bytes:
    """8-bit grey PNG by the default window, never larger than the original.

    Raises NotAllowed, NotFound, BlobDamaged, IntakeError.
    """
    permit(actor, Right.READ)
    image = image_of(site, image_key)
    kept = kept_preview(site, image.sha256, image.frame_number)
    if kept is None:
        radiograph = radiograph_of(site, image)
        keep_preview(site, radiograph)
        kept = as_png(radiograph)
    return kept


def overlay_png(site: Site, image_key: int, *, actor: Actor) -> bytes:
    """The heat map of the image's answer as a colour layer: RGBA PNG covering the whole image, transparent where cold.

    Raises NotAllowed; NotFound when the image has no finding; NotYet where two readers read each case and she has not
    signed.
    """
    permit(actor, Right.READ)
    with site.database.reading() as session:
        image = images.get(session, image_key)
        check_ai(session, site, image.study_key, actor)
    size = fitted(image.rows, image.columns, HEAT_SIDE)
    return colour_png(layer(heat_map(site, image_key), size=size), cv2.COLOR_RGBA2BGRA)


def images_of(site: Site, study_key: int, *, actor: Actor) -> tuple[Image, ...]:
    """The study's images, in the order they are shown in. Raises NotAllowed, StoreUnavailable."""
    permit(actor, Right.READ)
    with site.database.reading() as session:
        return images.of_study(session, study_key)


def prefetch(site: Site, study_key: int, *, actor: Actor) -> None:
    """Decode the pictures of a study, so that it opens at once. A damaged image is left to the moment it is opened."""
    for image in images_of(site, study_key, actor=actor):
        with suppress(NotFound, BlobDamaged, IntakeError):
            radiograph_of(site, image)


def image_of(site: Site, image_key: int) -> Image:
    """The stored image's facts. Raises NotFound."""
    with site.database.reading() as session:
        return images.get(session, image_key)


def radiograph_of(site: Site, image: Image) -> Radiograph:
    """The stored image at full depth, from memory when it was shown lately.

    Raises NotFound, BlobDamaged, IntakeError.
    """
    return site.viewing.stored(site.blobs, image)


def heat_map(site: Site, image_key: int) -> Heat:
    """The heat map of the image's answer, 0..1. Raises NotFound, BlobDamaged."""
    with site.database.reading() as session:
        finding = findings.of_image(session, image_key)
    if finding is None:
        raise NotFound("The AI has not answered for this image yet. Wait for the analysis; it begins by itself.")
    grey = cv2.imdecode(np.frombuffer(site.blobs.get(finding.heat_map_sha256), np.uint8), cv2.IMREAD_GRAYSCALE)
    return np.asarray(grey, np.float32) / np.float32(255)


def colour_png(pixels: NDArray[np.uint8], order: int) -> bytes:
    """A PNG of colour pixels; `order` turns them into OpenCV's blue first."""
    return encoded(cv2.imencode(".png", cv2.cvtColor(pixels, order), [cv2.IMWRITE_PNG_COMPRESSION, 3]))


def fitted(rows: int, columns: int, longest_side: int) -> tuple[int, int]:
    """(rows, columns) of the same shape with a longest side of at most `longest_side`, at least 1 each."""
    scale = min(1.0, longest_side / max(rows, columns))
    return max(1, round(rows * scale)), max(1, round(columns * scale))


def sendable(pixels: Pixels) -> tuple[SentPixels, float, float]:
    """Pixels of at most 16 bits with slope and intercept: as they are where they fit, else spread over 16 bits."""
    if pixels.dtype.type in SENT:
        return little_endian(pixels), 1.0, 0.0
    low, high = float(pixels.min()), float(pixels.max())
    if pixels.dtype.kind in "iub":
        for kind in SENT:
            if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max:
                return little_endian(pixels.astype(kind)), 1.0, 0.0
    slope = (high - low) / 65535 or 1.0
    spread = np.rint((pixels.astype(np.float64) - low) / slope)
    return little_endian(spread.astype(np.uint16)), slope, low


def little_endian(pixels: Pixels) -> SentPixels:
    """The same values, little endian and contiguous; read-only."""
    order = pixels.dtype.newbyteorder("<")
    sent: SentPixels = np.ascontiguousarray(pixels.astype(order, copy=False)).view()
    sent.flags.writeable = False
    return sent


def presets(radiograph: Radiograph) -> tuple[WindowPreset, ...]:
    """The file's own presets; without any, the whole range. Never empty."""
    listed = radiograph.voi or (default_voi(radiograph),)
    fallback = "Preset" if radiograph.voi else "Full range"
    return tuple(preset(voi, f"{fallback} {n}" if n > 1 else fallback) for n, voi in enumerate(listed, start=1))


def preset(voi: Voi, name: str) -> WindowPreset:
    """One preset, under the file's own name where it gives one (PS3.3 C.11.2.1.2, C.11.2.1.1)."""
    shown = voi.explanation or name
    if not isinstance(voi, VoiLut):
        return WindowPreset(shown, voi.center, voi.width, voi.function.value)
    last = voi.first_mapped + len(voi.data) - 1
    table = tuple(int(value) for value in voi.data)
    center, width = (voi.first_mapped + last) / 2, float(max(len(table), 1))
    return WindowPreset(shown, center, width, "LUT", lut=table, first_mapped=voi.first_mapped, lut_bits=voi.bits)
