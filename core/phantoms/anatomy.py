"""Anatomy: where the bones and soft tissue of a right forearm, lower leg, upper arm and hand lie, in mm."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import cos, radians, sin

from core.phantoms.bones import Bone, Flesh, Fracture, Knots, Point, mirrored

THIN: Knots = ((0, 0.7), (1, 0.7))
SHAFT: Knots = ((0, 0.6), (0.1, 1.2), (0.3, 3.0), (0.6, 3.2), (0.85, 1.8), (0.95, 0.8), (1, 0.6))


@dataclass(frozen=True, slots=True)
class Limb:
    """What lies on the detector: a picture `width` by `height` mm, with bones by name, and soft tissue."""

    width: float
    height: float
    bones: Mapping[str, Bone]
    flesh: tuple[Flesh, ...]

    def broken(self, bone: str, fracture: Fracture) -> "Limb":
        """The same limb with one bone broken."""
        return replace(self, bones={**self.bones, bone: replace(self.bones[bone], fracture=fracture)})

    def mirrored(self) -> "Limb":
        """The limb of the other side."""
        turned = tuple(
            replace(f, start=(self.width - f.start[0], f.start[1]), end=(self.width - f.end[0], f.end[1]))
            for f in self.flesh
        )
        return replace(self, bones={n: mirrored(b, self.width) for n, b in self.bones.items()}, flesh=turned)


def block(center: Point, width: float, height: float) -> Bone:
    """A short round bone, as of the wrist or the ankle."""
    half: Knots = ((0, width * 0.42), (0.5, width / 2), (1, width * 0.44))
    start, end = (center[0], center[1] - height / 2), (center[0], center[1] + height / 2)
    return Bone(start, end, half, half, THIN, cap=height * 0.38)


RADIUS_AP = Bone(
    (52, 22),
    (58, 252),
    left=((0, 11), (0.05, 11), (0.09, 6.5), (0.2, 7), (0.5, 9), (0.75, 6.5), (0.88, 10), (0.96, 15), (1, 16)),
    right=((0, 11), (0.05, 11), (0.09, 7), (0.16, 10), (0.22, 6.5), (0.5, 4), (0.75, 6), (0.9, 11), (1, 15)),
    cortex=SHAFT,
)
ULNA_AP = Bone(
    (88, 2),
    (96, 250),
    left=((0, 13), (0.1, 15), (0.16, 10), (0.3, 7.5), (0.6, 5.5), (0.85, 4.5), (0.94, 6.5), (1, 7)),
    right=((0, 12), (0.1, 11), (0.2, 8), (0.4, 7), (0.7, 6), (0.88, 4.5), (0.97, 7.5), (1, 8)),
    cortex=SHAFT,
)
ARM_FLESH: Knots = ((0, 46), (0.3, 48), (0.6, 40), (0.85, 33), (1, 34))
ARM_DEPTH: Knots = ((0, 40), (0.3, 42), (0.7, 32), (1, 22))


def carpus(x: float, y: float) -> dict[str, Bone]:
    """The eight bones of the wrist and the bases of the metacarpals below them, for a limb drawn downwards."""
    rows = ((-17, 7, 21, 19), (-2, 7, 18, 16), (11, 9, 16, 15), (-23, 22, 16, 15), (-12, 23, 15, 15), (1, 22, 17, 20))
    more = ((14, 23, 17, 17), (18, 12, 10, 11))
    return {f"carpal {n}": block((x + dx, y + dy), w, h) for n, (dx, dy, w, h) in enumerate(rows + more)}


def forearm_ap() -> Limb:
    """Elbow at the top, wrist at the bottom; radius on the left."""
    humerus = Bone((72, -60), (70, 20), ((0, 12), (0.7, 26), (1, 28)), ((0, 12), (0.7, 28), (1, 26)), THIN, cap=9)
    bones = {"humerus": humerus, "radius": RADIUS_AP, "ulna": ULNA_AP, **carpus(76, 257)}
    return Limb(150, 285, bones, (Flesh((74, -60), (76, 330), ARM_FLESH, ARM_DEPTH),))


def forearm_lateral() -> Limb:
    """The same forearm from the side: radius in front, ulna behind, crossing at the wrist."""
    radius = Bone((62, 22), (82, 252), RADIUS_AP.right, RADIUS_AP.left, SHAFT)
    ulna = replace(ULNA_AP, start=(86, 2), end=(90, 250))
    humerus = Bone((70, -60), (74, 16), ((0, 13), (0.6, 9), (1, 17)), ((0, 13), (0.6, 10), (1, 18)), THIN, cap=12)
    wrist = {f"carpal {n}": block((80 + n * 4 - 4, 262 + n * 11), 23, 20) for n in range(3)}
    return Limb(150, 285, {"humerus": humerus, "radius": radius, "ulna": ulna, **wrist}, forearm_ap().flesh)


def lower_leg() -> Limb:
    """Knee at the top, ankle at the bottom; fibula on the left."""
    tibia = Bone(
        (98, 34),
        (96, 352),
        left=((0, 36), (0.05, 37), (0.13, 24), (0.25, 15), (0.6, 11), (0.82, 13), (0.95, 22), (1, 23)),
        right=((0, 36), (0.05, 36), (0.13, 23), (0.25, 15), (0.6, 12), (0.82, 14), (0.93, 24), (1, 24)),
        cortex=((0, 0.7), (0.12, 1.4), (0.3, 4.5), (0.6, 5.0), (0.85, 2.0), (0.95, 0.8), (1, 0.7)),
        cap=6,
    )
    fibula = Bone(
        (58, 62),
        (63, 372),
        left=((0, 8), (0.05, 10), (0.12, 6), (0.5, 6.5), (0.85, 6), (0.94, 10), (1, 6)),
        right=((0, 9), (0.05, 9), (0.12, 6), (0.5, 6), (0.85, 6), (0.94, 8), (1, 5)),
        cortex=((0, 0.7), (0.15, 2.2), (0.6, 3.0), (0.9, 1.2), (1, 0.7)),
    )
    condyles = {
        "medial condyle": block((117, 6), 37, 52),
        "lateral condyle": block((80, 6), 36, 50),
        "femur": Bone((98, -80), (98, 4), ((0, 16), (0.6, 24), (1, 34)), ((0, 16), (0.6, 24), (1, 34)), THIN, cap=8),
    }
    ankle = {
        "talus": block((93, 369), 40, 26),
        "malleolus": block((118, 356), 12, 28),
        "heel": block((92, 396), 42, 40),
    }
    flesh = Flesh((96, -60), (92, 430), ((0, 66), (0.4, 64), (0.7, 46), (0.85, 38), (1, 44)), ((0, 62), (1, 40)))
    return Limb(190, 385, {**condyles, "tibia": tibia, "fibula": fibula, **ankle}, (flesh,))


def upper_arm() -> Limb:
    """Shoulder at the top, elbow at the bottom; the humeral head points to the right."""
    humerus = Bone(
        (84, 26),
        (78, 318),
        left=((0, 16), (0.06, 21), (0.16, 16), (0.3, 12), (0.6, 10), (0.82, 13), (0.94, 27), (1, 24)),
        right=((0, 22), (0.05, 27), (0.12, 22), (0.2, 13), (0.6, 10), (0.82, 14), (0.94, 30), (1, 26)),
        cortex=((0, 0.8), (0.15, 1.6), (0.35, 4.0), (0.65, 4.2), (0.88, 1.8), (1, 0.7)),
        cap=17,
    )
    elbow = {
        "radius": replace(RADIUS_AP, start=(57, 322), end=(63, 552)),
        "ulna": replace(ULNA_AP, start=(86, 300), end=(94, 548)),
    }
    scapula = block((132, 66), 16, 58)
    flesh = Flesh((84, -60), (78, 420), ((0, 78), (0.35, 62), (0.7, 50), (1, 46)), ((0, 70), (0.4, 58), (1, 44)))
    return Limb(170, 350, {"scapula": scapula, "humerus": humerus, **elbow}, (flesh,))


PHALANX: Knots = ((0, 1.0), (0.12, 1.0), (0.3, 0.72), (0.7, 0.62), (0.9, 0.85), (1, 0.8))
"""Half width of a finger bone, as a share of its base."""


def finger_bone(start: Point, direction: float, length: float, half: float) -> Bone:
    """A metacarpal or phalanx; `direction` in degrees from straight up, clockwise."""
    end = (start[0] + length * sin(radians(direction)), start[1] - length * cos(radians(direction)))
    outline: Knots = tuple((at, share * half) for at, share in PHALANX)
    cortex: Knots = ((0, 0.4), (0.2, 0.9), (0.5, half * 0.33), (0.8, 0.9), (1, 0.4))
    return Bone(start, end, outline, outline, cortex, cap=half * 0.55)


RAYS: tuple[tuple[str, Point, float, tuple[float, ...], float], ...] = (
    ("thumb", (113, 182), 40, (44, 31, 23), 8.5),
    ("index", (102, 172), 10, (65, 41, 24, 18), 8.8),
    ("middle", (89, 170), 2, (62, 45, 28, 19), 8.6),
    ("ring", (77, 173), -6, (56, 42, 27, 18), 7.8),
    ("little", (67, 178), -15, (52, 33, 19, 16), 7.2),
)
"""Name, base, direction, lengths from the metacarpal outwards, half width of the base."""
NAMES = ("metacarpal", "proximal phalanx", "middle phalanx", "distal phalanx")


def ray(name: str, base: Point, direction: float, lengths: tuple[float, ...], half: float) -> dict[str, Bone]:
    """The bones of one finger, each a joint space beyond the one before."""
    bones = {}
    for number, length in enumerate(lengths):
        bone = finger_bone(base, direction, length, half * (1, 0.92, 0.75, 0.58)[number])
        bones[f"{name} {NAMES[number]}"] = bone
        base = (bone.end[0] + 1.6 * sin(radians(direction)), bone.end[1] - 1.6 * cos(radians(direction)))
    return bones


def finger_flesh(bones: dict[str, Bone], half: float) -> Flesh:
    """The skin around one finger."""
    joints = list(bones.values())
    return Flesh(
        joints[0].start,
        (joints[-1].end[0], joints[-1].end[1] - 5),
        ((0, half * 2.2), (0.4, half * 1.6), (0.8, half * 1.25), (1, half * 1.05)),
        ((0, 15), (0.5, 10), (1, 7)),
        cap=half * 1.3,
    )


def turned_over(bone: Bone) -> Bone:
    """A short bone on the other side of the origin: the wrist of a limb drawn upwards."""
    return block((-bone.start[0], -(bone.start[1] + bone.end[1]) / 2), 2 * bone.left[1][1], bone.length)


def hand() -> Limb:
    """Seen from behind, fingers up, thumb on the left."""
    fingers = [ray(*finger) for finger in RAYS]
    flesh = [finger_flesh(bones, finger[-1]) for bones, finger in zip(fingers, RAYS, strict=True)]
    palm = Flesh((88, 245), (88, 98), ((0, 30), (0.25, 31), (0.6, 42), (1, 40)), ((0, 20), (0.5, 17), (1, 12)), cap=9)
    wrist = Flesh((88, 300), (88, 180), ((0, 34), (1, 34)), ((0, 22), (1, 18)), cap=20)
    radius = replace(RADIUS_AP, start=(94, 432), end=(101, 207), left=RADIUS_AP.right, right=RADIUS_AP.left)
    ulna = replace(ULNA_AP, start=(66, 455), end=(74, 209), left=ULNA_AP.right, right=ULNA_AP.left)
    blocks = carpus(-88, -202)
    turned = {name: turned_over(bone) for name, bone in blocks.items()}
    bones = {"radius": radius, "ulna": ulna, **turned}
    for parts in fingers:
        bones |= parts
    return Limb(185, 250, bones, (palm, wrist, *flesh)).mirrored()


LIMBS: Mapping[str, Callable[[], Limb]] = {
    "forearm AP": forearm_ap,
    "forearm lateral": forearm_lateral,
    "lower leg": lower_leg,
    "upper arm": upper_arm,
    "hand": hand,
}
