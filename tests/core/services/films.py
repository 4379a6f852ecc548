"""Films: radiographs made in code for the services' tests."""

from datetime import UTC, datetime
from typing import Any

import cv2
import numpy as np

from core.arrivals import NewFinding
from core.records import Answer, Outcome, Receipt, Region
from core.services.ingest import ingest_bytes
from core.services.site import Site
from core.store import findings
from tests.factories import EXPLICIT, Array, bone, dicom

STUDY, SERIES = "1.2.826.0.1.1", "1.2.826.0.1.1.1"


def film(
    number: int = 1, *, study: int = 1, pixels: Array | None = None, syntax: str = EXPLICIT, **elements: Any
) -> bytes:
    """One DX image; each number is another picture and another instance."""
    drawn = bone(120 + number, 90) if pixels is None else pixels
    identity = {
        "StudyInstanceUID": f"{STUDY}.{study}",
        "SeriesInstanceUID": f"{SERIES}.{study}",
        "SOPInstanceUID": f"{SERIES}.{study}.{number}",
        "PatientID": f"TEST-{study:04d}",
    }
    return dicom(drawn, transfer_syntax=syntax, elements={**identity, **elements})


def other_picture() -> Array:
    """A picture of the same size as film 1, but of something else."""
    return np.roll(bone(121, 90), 20, axis=1)


def take_in(site: Site, data: bytes, name: str = "film.dcm") -> Receipt:
    """The one receipt of a file."""
    [receipt] = ingest_bytes(site, name, data, actor="tester")
    return receipt


def stored(site: Site, *films: bytes) -> list[int]:
    """Image keys of films that must go in."""
    receipts = [take_in(site, data) for data in films]
    assert all(receipt.outcome is Outcome.STORED for receipt in receipts), receipts
    return [receipt.image_key or 0 for receipt in receipts]


def answered(
    site: Site, image_key: int, answer: Answer = Answer.FRACTURE, probability: float = 0.9, *regions: Region
) -> None:
    """Store an answer on this image as a network gives it, its heat map hot all over."""
    heat = site.blobs.put(cv2.imencode(".png", np.full((14, 10), 255, np.uint8))[1].tobytes())
    found = NewFinding(image_key, "test-0", probability, answer, (5, 5), regions, heat, 0.1)
    with site.database.session() as session:
        findings.add(session, found, at=datetime.now(UTC))
