"""Key images: which of them a reader is shown on the pictures, and in which words."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from core.records import KeyImage
from dashboard import reading_wording
from dashboard.parts.viewer import ViewerImage


def starred(
    images: Iterable[ViewerImage], key_images: Sequence[KeyImage], *, reader: str, others: bool
) -> list[ViewerImage]:
    """The pictures with their key images told: her own, and those of `others` by name if she may know of them."""
    return [_starred(image, _names(key_images, image.image_key), reader, others=others) for image in images]


def _names(key_images: Sequence[KeyImage], image_key: int) -> list[str]:
    return [each.reader for each in key_images if each.image_key == image_key]


def _starred(image: ViewerImage, names: list[str], reader: str, *, others: bool) -> ViewerImage:
    hers = reader in names
    colleagues = [name for name in names if name != reader] if others else []
    return replace(image, chosen=hers, key_image=reading_wording.key_image(hers=hers, colleagues=colleagues))
