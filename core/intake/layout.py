"""Layout: how the header describes the pixels, checked for contradictions and limits before anything is decoded."""

from dataclasses import dataclass

from core.errors import CorruptFile, TooLarge, UnsupportedEncoding
from core.intake.header import Header
from core.settings import Limits

MONOCHROME = ("MONOCHROME1", "MONOCHROME2")
_SAMPLES = {
    "MONOCHROME1": 1,
    "MONOCHROME2": 1,
    "PALETTE COLOR": 1,
    "RGB": 3,
    "YBR_FULL": 3,
    "YBR_FULL_422": 3,
    "YBR_PARTIAL_422": 3,
    "YBR_ICT": 3,
    "YBR_RCT": 3,
}
_AGAIN = "Send or export it again."


@dataclass(frozen=True, slots=True)
class Layout:
    """The Image Pixel description, PS3.3 C.7.6.3."""

    rows: int
    columns: int
    frames: int
    samples: int
    photometric: str
    allocated: int
    stored: int
    high: int
    signed: bool
    planar: bool

    @property
    def pixels(self) -> int:
        """Pixels of one frame."""
        return self.rows * self.columns

    @property
    def subsampled(self) -> bool:
        """True when two pixels share one pair of chrominance values, PS3.3 C.7.6.3.1.2."""
        return self.photometric in ("YBR_FULL_422", "YBR_PARTIAL_422")

    @property
    def frame_bytes(self) -> int:
        """Bytes of one uncompressed frame, PS3.5 8.1.1."""
        samples = self.pixels * 2 if self.subsampled else self.pixels * self.samples
        return samples * self.allocated // 8


def read_layout(header: Header, limits: Limits) -> Layout:
    """The layout of a data set. Raises CorruptFile, TooLarge or UnsupportedEncoding."""
    layout = _bare_layout(header)
    _check_photometric(layout)
    _check_bits(layout)
    check_size(layout.rows, layout.columns, layout.frames, limits)
    return layout


def _bare_layout(header: Header) -> Layout:
    stored = _required(header, "BitsStored")
    photometric = " ".join(header.code("PhotometricInterpretation").split())
    return Layout(
        rows=_required(header, "Rows"),
        columns=_required(header, "Columns"),
        frames=_frames(header),
        samples=_default(header, "SamplesPerPixel", _SAMPLES.get(photometric, 1)),
        photometric=photometric,
        allocated=_required(header, "BitsAllocated"),
        stored=stored,
        high=_default(header, "HighBit", stored - 1),
        signed=bool(_default(header, "PixelRepresentation", 0)),
        planar=header.integer("PlanarConfiguration") == 1,
    )


def _required(header: Header, keyword: str) -> int:
    value = header.integer(keyword)
    if value is None:
        raise CorruptFile(f"The header lacks {keyword}, so the image cannot be laid out. {_AGAIN}")
    return value


def _default(header: Header, keyword: str, value: int) -> int:
    found = header.integer(keyword)
    if found is None:
        header.notes.add(f"{keyword} is missing; {value} is assumed.")
        return value
    return found


def _frames(header: Header) -> int:
    """Number of Frames (0028,0008): absent or empty means one."""
    count = header.integer("NumberOfFrames")
    if count is None or count == 0:
        return 1
    if count < 0:
        raise CorruptFile(f"NumberOfFrames is negative. {_AGAIN}")
    return count


def _check_photometric(layout: Layout) -> None:
    if not layout.photometric:
        raise CorruptFile(f"The header does not say whether low values are black or white. {_AGAIN}")
    samples = _SAMPLES.get(layout.photometric)
    if samples is None:
        raise UnsupportedEncoding("The colour model of the image is not supported. Export it as MONOCHROME2.")
    if samples != layout.samples:
        raise CorruptFile(f"SamplesPerPixel contradicts PhotometricInterpretation. {_AGAIN}")


def _check_bits(layout: Layout) -> None:
    # PS3.5 8.1.1
    if layout.allocated == 1:
        raise UnsupportedEncoding("The image has one bit per pixel: black or white. Send it with its grey levels.")
    if layout.allocated not in (8, 16, 32):
        raise UnsupportedEncoding("BitsAllocated is not 8, 16 or 32. Export the image with 16 bits.")
    if not 1 <= layout.stored <= layout.allocated or not layout.stored - 1 <= layout.high < layout.allocated:
        raise CorruptFile(f"BitsAllocated, BitsStored and HighBit contradict each other. {_AGAIN}")


def check_size(rows: int, columns: int, frames: int, limits: Limits) -> None:
    """Refuse sizes that cannot be, or that are beyond the limits."""
    if rows <= 0 or columns <= 0:
        raise CorruptFile(f"The image is said to have no rows or no columns. {_AGAIN}")
    if rows * columns > limits.pixels:
        raise TooLarge(f"The image is larger than {limits.pixels:,} pixels. Export it smaller, or raise the limit.")
    if frames > limits.frames:
        raise TooLarge(f"The file holds more than {limits.frames} images. Send them as single images.")
    if rows * columns * frames > limits.object_pixels:
        raise TooLarge(f"The images of this file exceed {limits.object_pixels:,} pixels. Send them as single images.")
