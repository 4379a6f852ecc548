"""Gallery: draws copies of measured images with annotated boxes and heat as layers over them, for a report."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from core.exchange.evaluation_page import Gallery, Picture
from core.overlay import blended
from core.services.evaluate import Measured, found_fractures
from core.services.evidence import false_alarms, missed
from core.services.look import Looked, look
from core.services.previews import encoded
from models.evidence_words import FAILED

if TYPE_CHECKING:
    from models.predictor import Predictor

MOST = 12
"""Pictures of one gallery."""
BOX = (86, 180, 233)
"""RGB of an annotated box: the sky blue of Okabe & Ito 2008, which no heat colour comes near."""
PEAK = (255, 255, 255)


def galleries(measured: Sequence[Measured], predictor: "Predictor") -> list[Gallery]:
    """Missed fractures, false alarms, maps that point elsewhere, and a sample of all."""
    chosen = {
        FAILED["missed"]: missed(measured)[:MOST],
        FAILED["false_alarms"]: false_alarms(measured)[:MOST],
        "Heat elsewhere": elsewhere(measured)[:MOST],
        "Sample sheet": sample(measured),
    }
    said = {
        FAILED["missed"]: (
            "Fractured, answer none, the surest first. Blue boxes: what annotators marked. Cross: the hottest place."
        ),
        FAILED["false_alarms"]: "Not fractured, answer fracture, the surest first.",
        "Heat elsewhere": "Fractures that were found while the map's peak lies far from the box, the farthest first.",
        "Sample sheet": "Images spread evenly over the split, as seed-d shows them: the truth, then the answer.",
    }
    return [Gallery(name, said[name], drawn(held, predictor)) for name, held in chosen.items()]


def sample(measured: Sequence[Measured]) -> list[Measured]:
    """As many fractured as healthy images where there are, evenly spread over the split's order."""
    halves = [[one for one in measured if one.file.fractured is truth] for truth in (True, False)]
    return [half[i] for half in halves for i in spread(len(half), MOST // 2)]


def spread(count: int, most: int) -> list[int]:
    """Up to `most` positions out of `count`, evenly."""
    return sorted(set(np.linspace(0, count - 1, min(count, most)).round().astype(int).tolist())) if count else []


def elsewhere(measured: Sequence[Measured]) -> list[Measured]:
    """Found fractures whose peak lies outside of every box, the farthest first."""
    far = [(distance(one), one) for one in found_fractures(measured)]
    return [one for away, one in sorted(far, key=lambda pair: -pair[0]) if away > 0]


def distance(one: Measured) -> float:
    """Pixels from the peak to the nearest box; 0 inside one, or without a peak."""
    if one.reading.peak is None:
        return 0.0
    x, y = one.reading.peak
    gaps = [(max(x0 - x, 0, x - x1), max(y0 - y, 0, y - y1)) for x0, y0, x1, y1 in one.file.boxes]
    return min(float(np.hypot(*gap)) for gap in gaps)


def drawn(measured: Sequence[Measured], predictor: "Predictor") -> list[Picture]:
    """One picture for each image, in order."""
    looked = look(predictor, [one.file for one in measured])
    return [Picture(as_jpeg(one), caption(done)) for one, done in zip(looked, measured, strict=True)]


def as_jpeg(one: Looked) -> bytes:
    """The picture with its heat and its boxes, RGB, small."""
    rows, columns = one.picture.shape
    canvas = blended(one.picture, one.prediction.heat_map)
    scale = np.array([columns / one.columns, rows / one.rows] * 2)
    framed = boxed(canvas, np.array(one.file.boxes, np.float64).reshape(-1, 4) * scale)
    x, y = np.rint(np.array(one.prediction.peak) * scale[:2]).astype(int).tolist()
    cv2.drawMarker(framed, (x, y), PEAK, cv2.MARKER_CROSS, 11, 1)
    return encoded(cv2.imencode(".jpg", cv2.cvtColor(framed, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 80]))


def boxed(canvas: NDArray[np.uint8], boxes: NDArray[np.float64]) -> NDArray[np.uint8]:
    """A copy with these frames, a pixel outside of the boxes so that nothing of them is hidden."""
    out = canvas.copy()
    for x0, y0, x1, y1 in np.rint(boxes).astype(int).tolist():
        cv2.rectangle(out, (x0 - 2, y0 - 2), (x1 + 2, y1 + 2), BOX, 1)
    return out


def caption(one: Measured) -> str:
    """Name of the file, the truth, the network's own answer, and what the gate and the labels say of the image."""
    truth = "fractured" if one.file.fractured else "not fractured"
    told = [one.file.traits.get(name, "") for name in ("region", "view")]
    hardware = "hardware" if one.file.traits.get("hardware") == "1" else ""
    gated = "outside of the intended use" if one.reading.outside else ""
    said = f"answer {one.answer} {one.reading.probability:.2f}"
    return ", ".join(part for part in (one.file.path.name, truth, said, gated, *told, hardware) if part)
