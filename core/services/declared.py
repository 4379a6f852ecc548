"""Declared: what a file itself says against the network's intended use: its colours, its body part."""

import re
from collections.abc import Mapping, Sequence

from core.intake.radiograph import Radiograph
from core.intake.raster import COLOUR_PICTURE
from core.records import Outside

NO_LIMB = frozenset({
    "ABDOMEN", "BRAIN", "BREAST", "CHEST", "COLON", "CSPINE", "CTSPINE", "HEART", "JAW", "KIDNEY",
    "KUB", "LIVER", "LSPINE", "LSSPINE", "LUNG", "MANDIBLE", "MAXILLA", "SKULL", "SPINE", "SSPINE",
    "STERNUM", "STOMACH", "TEETH", "THORAX", "TLSPINE", "TOOTH", "TRACHEA", "TSPINE", "ZYGOMA",
})  # fmt: skip
"""Body Part Examined (0018,0015), PS3.16 annex L, that are no limb and no girdle of one."""
OF_BONES_TOO = frozenset({"HEAD", "NECK"})
"""No limb alone, but a femur, a radius and a humerus have each of them."""
FILLERS = frozenset({"AND", "OF", "THE", "ENTIRE", "STRUCTURE", "REGION", "LEFT", "RIGHT", "BOTH", "L", "R"})
"""Words that name no part of the body."""


def declared_outside(radiograph: Radiograph, intended_use: Mapping[str, Sequence[str]]) -> Outside | None:
    """Why the file says that the network was not made for it; None when it does not say so clearly.

    `intended_use` is the bundle's; without regions it covers everything.
    """
    if COLOUR_PICTURE in radiograph.warnings:
        return Outside.COLOUR
    covered = {region.upper() for region in intended_use.get("region", ())}
    words = set(re.findall(r"[^\W\d_]+", radiograph.body_part.upper())) - FILLERS
    outside = names_no_limb(words) and not words & covered
    return Outside.OTHER_REGION if covered and outside else None


def names_no_limb(words: set[str]) -> bool:
    """Whether the words name a part that is no limb; `HEAD` and `NECK` only when they stand alone."""
    return bool(words & NO_LIMB) or (bool(words) and words <= OF_BONES_TOO)
