"""Samples: the table of sample studies, and each of their views as DICOM bytes."""

from collections.abc import Iterator
from dataclasses import dataclass

from core.phantoms.anatomy import LIMBS, Limb
from core.phantoms.bones import Fracture
from core.phantoms.dicom import Header, VoiWindow, encode
from core.phantoms.drawing import Exposure, draw, quantised


@dataclass(frozen=True, slots=True)
class View:
    """One picture of a sample study."""

    limb: str
    """Key of `anatomy.LIMBS`."""
    view_position: str
    orientation: tuple[str, str] = ("L", "F")
    """Where rows and columns lead, PS3.3 C.7.6.1.1.1."""
    fractures: tuple[tuple[str, Fracture], ...] = ()
    """(bone, how it is broken)"""


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample study."""

    number: int
    description: str
    body_part: str
    """Body Part Examined (0018,0015), PS3.16 Annex L."""
    laterality: str
    views: tuple[View, ...]
    modality: str = "DX"
    bits: int = 12
    spacing: float = 0.2
    inverted: bool = False
    window: str = "LINEAR"


RADIUS_AP = Fracture(at=0.62, slope=0.5, gap=0.6, shift=5, shorten=4, angle=7)
RADIUS_LATERAL = Fracture(at=0.62, slope=0.3, gap=0.6, shift=-3, shorten=4, angle=-9)
TIBIA = Fracture(at=0.64, slope=1.6, gap=1.1, shift=0.8, ragged=0.9, depth=0.85)
METACARPAL = Fracture(at=0.74, slope=0.2, gap=0.4, shift=-1, shorten=2, angle=-28, ragged=0.8)
HUMERUS = Fracture(at=0.47, slope=0.25, gap=0.9, shift=-4, shorten=0, angle=-6, ragged=1.4)

SAMPLES = (
    Sample(
        1,
        "Forearm, two views",
        "FOREARM",
        "L",
        (
            View("forearm AP", "AP", fractures=(("radius", RADIUS_AP),)),
            View("forearm lateral", "LL", ("A", "F"), (("radius", RADIUS_LATERAL),)),
        ),
    ),
    Sample(2, "Lower leg, one view", "LEG", "R", (View("lower leg", "AP"),), bits=14),
    Sample(
        3,
        "Lower leg, one view",
        "LEG",
        "L",
        (View("lower leg", "AP", fractures=(("tibia", TIBIA),)),),
        modality="CR",
        inverted=True,
    ),
    Sample(
        4,
        "Hand, one view",
        "HAND",
        "R",
        (View("hand", "PA", ("L", "H"), (("little metacarpal", METACARPAL),)),),
        window="SIGMOID",
    ),
    Sample(5, "Hand, one view", "HAND", "L", (View("hand", "PA", ("L", "H")),), modality="CR", bits=10),
    Sample(
        6, "Upper arm, one view", "HUMERUS", "R", (View("upper arm", "AP", fractures=(("humerus", HUMERUS),)),), bits=16
    ),
)


def limb_of(view: View, *, laterality: str) -> Limb:
    """What lies on the detector for one view: drawn for a right limb, mirrored for a left one."""
    limb = LIMBS[view.limb]()
    for bone, fracture in view.fractures:
        limb = limb.broken(bone, fracture)
    return limb.mirrored() if laterality == "L" else limb


def windows(sample: Sample) -> tuple[VoiWindow, ...]:
    """Presets in stored values: the whole range first, then one that opens the bone."""
    full = 2**sample.bits
    bone = 0.62 * full if not sample.inverted else 0.38 * full
    return (
        VoiWindow(full / 2, full, "Standard", sample.window),
        VoiWindow(round(bone), round(0.6 * full), "Bone", sample.window),
    )


def header(sample: Sample, number: int) -> Header:
    """What the DICOM header of one view says."""
    view = sample.views[number - 1]
    return Header(
        study=sample.number,
        instance=number,
        description=sample.description,
        body_part=sample.body_part,
        laterality=sample.laterality,
        view_position=view.view_position,
        orientation=view.orientation,
        modality=sample.modality,
        bits=sample.bits,
        spacing=sample.spacing,
        inverted=sample.inverted,
        windows=windows(sample),
    )


def picture_file(sample: Sample, number: int) -> bytes:
    """One view, drawn and encoded; the same bytes at every call."""
    limb = limb_of(sample.views[number - 1], laterality=sample.laterality)
    exposure = Exposure(sample.spacing, border=6, noise=0.012, blur=0.15, seed=10 * sample.number + number)
    picture = draw(limb, exposure, laterality=sample.laterality)
    return encode(quantised(picture, bits=sample.bits, inverted=sample.inverted), header(sample, number))


def sample_files() -> Iterator[tuple[str, bytes]]:
    """(file name, DICOM bytes) of every view, one drawn at a time."""
    for sample in SAMPLES:
        for number in range(1, len(sample.views) + 1):
            yield f"SYNTHETIC-{sample.number:02d}-{number}.dcm", picture_file(sample, number)
