"""Declared: what a file itself says against the network's intended use: its colours, its body part."""

import re
from collections.abc import Mapping, Sequence

from core.intake.radiograph import Radiograph
from core.intake.raster import COLOUR_PICTURE
from core.records import Outside

NO_LIMB = frozenset({
    "ABDOMEN", "BRAIN", "BREAST", "CHEST", "COLON", "CSPINE", "CTSPINE", "HEAD", "HEART", "JAW", "KIDNEY",
    "KUB", "LIVER", "LSPINE", "LSSPINE", "LUNG", "MANDIBLE", "MAXILLA", "NECK", "SKULL", "SPINE", "SSPINE",
    "STERNUM", "STOMACH", "TEETH", "THORAX", "TLSPINE", "TOOTH", "TRACHEA", "TSPINE", "ZYGOMA",
})  # fmt: skip
"""Body Part Examined (0018,0015), PS3.16 annex L, that are no limb and no girdle of one."""


def declared_outside(radiograph: Radiograph, intended_use: Mapping[str, Sequence[str]]) -> Outside | None:
    """Why the file says that the network was not made for it; None when it does not say so clearly.

    `intended_use` is the bundle's; without regions it covers everything.
    """
    if COLOUR_PICTURE in radiograph.warnings:
        return Outside.COLOUR
    covered = {region.upper() for region in intended_use.get("region", ())}
    words = set(re.findall("[A-Z]+", radiograph.body_part.upper()))
    outside = bool(words) and words & NO_LIMB and not words & covered
    return Outside.OTHER_REGION if covered and outside else None
