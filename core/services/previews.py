"""Previews: keeps small pictures of the stored images, so that a case is on the screen at once. They can be rebuilt."""

from contextlib import suppress
from pathlib import Path

import cv2

from core.errors import StoreUnavailable
from core.intake.grayscale import preview
from core.intake.radiograph import Radiograph
from core.services.site import Site
from core.store.blobs import make_folder
from core.store.drafts import drafted

SIDE = 1024
"""Longest side of a preview."""
FOLDER = "previews-2"
"""The number changes with the way previews are drawn."""


def keep_preview(site: Site, radiograph: Radiograph) -> None:
    """Draw and keep the preview of a picture. A disk that is full costs only time later on."""
    with suppress(OSError):
        write(file_of(site, radiograph.sha256, radiograph.frame_number), as_png(radiograph))


def kept_preview(site: Site, sha256: str, frame_number: int) -> bytes | None:
    """The kept preview, or None."""
    try:
        return file_of(site, sha256, frame_number).read_bytes()
    except OSError:
        return None


def as_png(radiograph: Radiograph) -> bytes:
    """8-bit grey PNG by the default window, never larger than the original."""
    side = min(SIDE, max(radiograph.rows, radiograph.columns))
    return encoded(cv2.imencode(".png", preview(radiograph, longest_side=side), [cv2.IMWRITE_PNG_COMPRESSION, 1]))


def encoded(result: "tuple[bool, cv2.typing.MatLike]") -> bytes:
    """The bytes of what `cv2.imencode` returns."""
    done, data = result
    if not done:
        raise StoreUnavailable("The picture cannot be encoded. Free some memory, then try again.")
    return bytes(data)


def file_of(site: Site, sha256: str, frame_number: int) -> Path:
    """Where the preview of a frame is kept."""
    return site.settings.data_dir / FOLDER / sha256[:2] / f"{sha256}-{frame_number}.png"


def write(target: Path, data: bytes) -> None:
    """Whole or not at all; a crash of the machine may lose it, which is no harm."""
    make_folder(target.parent)
    with drafted(target) as draft:
        draft.write_bytes(data)
