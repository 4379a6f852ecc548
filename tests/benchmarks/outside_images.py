"""Outside images: pictures that are no limb radiograph, as files, for measuring the input gate.

No outside image sets a limit of the gate, which is fitted on radiographs alone. Kinds marked `held_out` did not guide
the choice of its checks and features, but were on the table when designs were compared. Drawn ones follow from a seed.
Objects of other modalities are relabelled CR, which is how a wrong export would arrive, so that they pass the door;
their body part is removed, so that only the picture can tell.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pydicom
import sklearn.datasets
from numpy.typing import NDArray

from core.errors import IntakeError
from core.intake.grayscale import render
from core.intake.reader import read
from core.services.labelled import choose_split, labelled_files

Picture = NDArray[np.uint8]
Random = np.random.Generator
ROOT = Path(__file__).resolve().parents[2]
COMPUTED_RADIOGRAPHY = "1.2.840.10008.5.1.4.1.1.1"
LIMBS = 40
"""Limb radiographs that are spoilt on purpose, per kind."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of outside image: files of it, out of the folder of real data."""

    name: str
    held_out: bool
    files: Callable[[Path], Iterable[bytes]]


def png(picture: NDArray[Any]) -> bytes:
    """A grey `(rows, columns)` or colour `(rows, columns, 3)` picture as a PNG file."""
    return bytes(cv2.imencode(".png", np.clip(picture, 0, 255).astype(np.uint8))[1])


def drawn(one: Callable[[Random], NDArray[Any]], count: int, _data: Path) -> Iterator[bytes]:
    """`count` pictures by the same pen, each with its own seed."""
    for seed in range(count):
        yield png(one(np.random.default_rng(seed)))


def size(random: Random) -> tuple[int, int]:
    """Rows and columns as pictures have them."""
    rows, columns = (int(side) for side in random.integers(300, 1100, 2))
    return rows, columns


# --- nothing on it ----------------------------------------------------------------------------------------------------
def blank(random: Random) -> NDArray[Any]:
    """One grey level, with at most a faint grain, ramp or dot."""
    rows, columns = size(random)
    picture = np.full((rows, columns), random.choice([0, 20, 128, 235, 255]), np.float64)
    extra = int(random.integers(4))
    if extra == 1:
        picture += random.normal(0, 1.5, picture.shape)
    elif extra == 2:
        picture += np.linspace(0, 6, columns)
    elif extra == 3:
        cv2.circle(picture, (columns // 2, rows // 2), 2, 255, -1)
    return picture


def noise(random: Random) -> NDArray[Any]:
    """Gaussian, uniform, salt and pepper or coarse grain."""
    rows, columns = size(random)
    kind = int(random.integers(4))
    if kind == 0:
        return random.normal(128, random.uniform(15, 70), (rows, columns))
    if kind == 1:
        return random.integers(0, 256, (rows, columns))
    if kind == 2:
        return 255.0 * (random.random((rows, columns)) < random.uniform(0.05, 0.5))
    coarse = random.integers(0, 256, (rows // 8 + 1, columns // 8 + 1)).astype(np.uint8)
    return np.asarray(cv2.resize(coarse, (columns, rows), interpolation=cv2.INTER_CUBIC))


def gradient(random: Random) -> NDArray[Any]:
    """A ramp at some angle, or a round vignette."""
    rows, columns = size(random)
    y, x = np.mgrid[-1 : 1 : rows * 1j, -1 : 1 : columns * 1j]
    angle = random.uniform(0, 2 * np.pi)
    ramp = np.cos(angle) * x + np.sin(angle) * y if random.random() < 0.5 else np.hypot(x, y)
    return np.asarray(255 * (ramp - ramp.min()) / np.ptp(ramp))


# --- paper and screens ------------------------------------------------------------------------------------------------
def text_page(random: Random) -> NDArray[Any]:
    """Lines of letters on white, or on black as a terminal has them."""
    rows, columns = size(random)
    dark = random.random() < 0.3
    page = np.full((rows, columns), 0 if dark else 250, np.uint8)
    height = int(random.integers(14, 40))
    for y in range(height, rows, height + 6):
        letters = "".join(random.choice(list("abcdefghij klmnop qrstuv wxyz ,.ABC 0123"), size=columns // 8))
        cv2.putText(page, letters, (10, y), int(random.integers(4)), height / 32, 230 if dark else 20, 1, cv2.LINE_AA)
    return page


def chart(random: Random) -> NDArray[Any]:
    """Bars, or lines, with axes and a grid, in colour."""
    rows, columns = size(random)
    page = np.full((rows, columns, 3), 255, np.uint8)
    for share in np.linspace(0.1, 0.9, 6):
        cv2.line(page, (40, int(rows * share)), (columns - 20, int(rows * share)), (220, 220, 220), 1)
    cv2.rectangle(page, (40, 20), (columns - 20, rows - 30), (0, 0, 0), 1)
    heights = random.uniform(0.1, 0.9, (12, 2)) * rows
    places = np.linspace(60, columns - 60, 12).astype(int)
    ink = tuple(int(v) for v in random.integers(0, 220, 3))
    if random.random() < 0.5:
        for x, (h, _) in zip(places, heights, strict=True):
            cv2.rectangle(page, (int(x), int(h)), (int(x) + columns // 20, rows - 30), ink, -1)
    else:
        for line in heights.T:
            cv2.polylines(page, [np.column_stack([places, line]).astype(np.int32)], False, ink, 2, cv2.LINE_AA)
    return page


def crops(picture: NDArray[Any], count: int, seed: int) -> Iterator[bytes]:
    """The whole picture, then parts of it, every other one in grey."""
    random = np.random.default_rng(seed)
    yield png(picture)
    for number in range(count - 1):
        rows, columns = (int(side * random.uniform(0.4, 0.9)) for side in picture.shape[:2])
        y, x = int(random.integers(picture.shape[0] - rows)), int(random.integers(picture.shape[1] - columns))
        part = picture[y : y + rows, x : x + columns]
        yield png(cv2.cvtColor(part, cv2.COLOR_BGR2GRAY) if number % 2 == 0 else part)


def photograph(name: str, _data: Path) -> Iterator[bytes]:
    """A photograph that comes with scikit-learn, whole and in parts."""
    return crops(np.asarray(sklearn.datasets.load_sample_image(name))[..., ::-1].copy(), 16, 3)


def screenshot(_data: Path) -> Iterator[bytes]:
    """This product's own picture in the README, whole and in parts."""
    return crops(np.asarray(cv2.imread(str(ROOT / "dashboard" / "screenshot.png"))), 12, 5)


# --- what looks like a photograph -------------------------------------------------------------------------------------
def dead_leaves(random: Random) -> NDArray[Any]:
    """Discs that hide one another, sizes by a power law: the statistics of natural images (Lee, Mumford 2001)."""
    rows, columns = size(random)
    picture = np.zeros((rows, columns), np.uint8)
    for _ in range(1500):
        radius = int(min(rows, columns) * 0.02 / random.random() ** 0.5) + 2
        place = int(random.integers(columns)), int(random.integers(rows))
        cv2.circle(picture, place, min(radius, 200), int(random.integers(256)), -1, cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), random.uniform(0.5, 2)) + random.normal(0, 4, (rows, columns)))


def clouds(random: Random) -> NDArray[Any]:
    """Noise whose amplitude falls as 1 / f^a, as in natural images (Field 1987)."""
    rows, columns = size(random)
    fy, fx = np.fft.fftfreq(rows)[:, None], np.fft.fftfreq(columns)[None, :]
    fall = np.maximum(np.hypot(fy, fx), 1 / max(rows, columns)) ** -random.uniform(0.8, 1.8)
    picture = np.fft.ifft2(np.fft.fft2(random.normal(size=(rows, columns))) * fall).real
    low, high = np.percentile(picture, [0.5, 99.5])
    return np.asarray(255 * (picture - low) / (high - low))


def pattern(random: Random) -> NDArray[Any]:
    """A chessboard, stripes, bricks or rings."""
    rows, columns = size(random)
    y, x = np.mgrid[0:rows, 0:columns]
    step = int(random.integers(8, 90))
    kinds = (
        (x // step + y // step) % 2,
        (x + y) // step % 2,
        ((x + step // 2 * (y // step % 2)) % step > 4) & (y % step > 4),
        np.sin(np.hypot(x - columns / 2, y - rows / 2) / step * 3) > 0,
    )
    return np.asarray(40 + 180 * kinds[int(random.integers(4))] + random.normal(0, 5, (rows, columns)))


def sketch(random: Random) -> NDArray[Any]:
    """Strokes of a pen on paper."""
    rows, columns = size(random)
    page = np.full((rows, columns), 245, np.uint8)
    for _ in range(int(random.integers(8, 40))):
        steps = np.cumsum(random.normal(0, 25, (30, 2)), axis=0) + random.uniform(0.1, 0.9, 2) * (columns, rows)
        cv2.polylines(page, [steps.astype(np.int32)], False, 30, int(random.integers(1, 5)), cv2.LINE_AA)
    return page


# --- spoilt limbs -----------------------------------------------------------------------------------------------------
def limbs(split: str, spoil: Callable[[Picture, Random], NDArray[Any]], data: Path) -> Iterator[bytes]:
    """Radiographs of a split, each spoilt in one way."""
    files = choose_split(labelled_files(data / "fracatlas"), split)
    for number, file in enumerate(files[:: max(1, len(files) // LIMBS)][:LIMBS]):
        yield png(spoil(render(read(file.path)), np.random.default_rng(number)))


def washed_out(picture: Picture, random: Random) -> NDArray[Any]:
    """Brighter until more than half of it is plain white."""
    level = max(float(np.percentile(picture, random.uniform(15, 45))), 1.0)
    return picture.astype(np.float64) * (255 / level)


def washed_out_negative(picture: Picture, random: Random) -> NDArray[Any]:
    """The same of the negative, where air is white."""
    return washed_out(255 - picture, random)


def under_exposed(picture: Picture, random: Random) -> NDArray[Any]:
    """So dark that only a few grey levels are left."""
    return np.asarray(np.rint(picture * random.uniform(0.01, 0.06)))


def scrap(picture: Picture, random: Random) -> NDArray[Any]:
    """A scrap of a twelfth to a sixth of each side."""
    rows, columns = (max(8, int(side * random.uniform(0.08, 0.17))) for side in picture.shape)
    y, x = (picture.shape[0] - rows) // 2, (picture.shape[1] - columns) // 2
    return picture[y : y + rows, x : x + columns]


def mostly_missing(picture: Picture, random: Random) -> NDArray[Any]:
    """Only the first tenth or so has arrived; the rest is the grey of a decoder that gave up."""
    out = picture.copy()
    out[int(len(out) * random.uniform(0.04, 0.14)) :] = 128
    return out


# --- other modalities -------------------------------------------------------------------------------------------------
def modality(names: tuple[str, ...], data: Path) -> Iterator[bytes]:
    """One file for each picture of these modalities, relabelled CR."""
    seen: set[bytes] = set()
    with (data / "dicom" / "files.csv").open(newline="", encoding="utf-8") as table:
        rows = [row for row in csv.DictReader(table) if row["modality"] in names]
    for row in rows:
        relabelled = as_radiograph(data / "dicom" / row["file"])
        look = None if relabelled is None else looks(relabelled)
        if relabelled is not None and look is not None and look not in seen:
            seen.add(look)
            yield relabelled


def as_radiograph(path: Path) -> bytes | None:
    """The object under the modality CR, its first frame alone readable; None where it holds no image."""
    try:
        dataset = pydicom.dcmread(path)
        dataset.Modality, dataset.SOPClassUID = "CR", COMPUTED_RADIOGRAPHY
        dataset.pop("BodyPartExamined", None)
        out = io.BytesIO()
        dataset.save_as(out, enforce_file_format=False)
    except Exception:  # broken on purpose
        return None
    return out.getvalue()


def looks(file: bytes) -> bytes | None:
    """The picture at 8x8 and 8 grey levels: equal for two compressions of one image. None when it cannot be read."""
    try:
        picture = render(read(file))
    except IntakeError:
        return None
    return bytes(np.asarray(cv2.resize(picture, (8, 8), interpolation=cv2.INTER_AREA)) // 32)


def photographed(data: Path) -> Iterator[bytes]:
    """CT, MR and ultrasound as a camera sees them on a monitor: askew, on a desk, tinted, with grain."""
    random = np.random.default_rng(11)
    for file in islice(modality(("CT", "MR", "US", "XA"), data), 24):
        picture = cv2.resize(render(read(file)), (520, 520), interpolation=cv2.INTER_AREA)
        corners = np.array([[0, 0], [519, 0], [519, 519], [0, 519]], np.float32)
        moved = corners + np.array([120, 90]) + random.uniform(-50, 50, (4, 2)).astype(np.float32)
        warp = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
        desk = cv2.resize(random.integers(60, 140, (7, 8)).astype(np.uint8), (760, 700), interpolation=cv2.INTER_CUBIC)
        seen = cv2.warpPerspective(picture, warp, (760, 700), dst=desk, borderMode=cv2.BORDER_TRANSPARENT)
        tinted = seen[..., None] * random.uniform(0.7, 1.0, 3) + random.normal(0, 6, (700, 760, 1))
        yield png(tinted)


def chest(data: Path) -> Iterator[bytes]:
    """The chest radiograph, in each of its compressions."""
    for path in sorted((data / "dicom").glob("*_RG1_*")):
        yield as_radiograph(path) or b""


KINDS = (
    Kind("blank", False, partial(drawn, blank, 20)),
    Kind("noise", False, partial(drawn, noise, 20)),
    Kind("gradient", False, partial(drawn, gradient, 20)),
    Kind("text page", False, partial(drawn, text_page, 20)),
    Kind("chart", False, partial(drawn, chart, 20)),
    Kind("photograph, buildings", False, partial(photograph, "china.jpg")),
    Kind("CT", False, partial(modality, ("CT",))),
    Kind("MR", False, partial(modality, ("MR",))),
    Kind("chest radiograph", False, chest),
    Kind("limb, washed out", False, partial(limbs, "val", washed_out)),
    Kind("ultrasound", True, partial(modality, ("US",))),
    Kind("nuclear medicine", True, partial(modality, ("NM",))),
    Kind("angiography", True, partial(modality, ("XA",))),
    Kind("other objects, colour", True, partial(modality, ("OT", "", "RTDOSE"))),
    Kind("monitor, photographed", True, photographed),
    Kind("photograph, flower", True, partial(photograph, "flower.jpg")),
    Kind("screenshot", True, screenshot),
    Kind("dead leaves", True, partial(drawn, dead_leaves, 20)),
    Kind("clouds", True, partial(drawn, clouds, 20)),
    Kind("pattern", True, partial(drawn, pattern, 20)),
    Kind("sketch", True, partial(drawn, sketch, 20)),
    Kind("limb, washed-out negative", True, partial(limbs, "test", washed_out_negative)),
    Kind("limb, under-exposed", True, partial(limbs, "test", under_exposed)),
    Kind("limb, a scrap of it", True, partial(limbs, "test", scrap)),
    Kind("limb, mostly missing", True, partial(limbs, "test", mostly_missing)),
)
