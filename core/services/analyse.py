"""Analyse: asks the network about stored images and keeps its findings."""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np

from core.arrivals import NewFinding
from core.errors import (
    BlobDamaged,
    BundleUnavailable,
    DecoderUnavailable,
    IntakeError,
    LucencyError,
    NetworkFailed,
    NotFound,
)
from core.records import Finding, Image
from core.services.asking import BATCH, Network, Question, Reply, ask, chunks, in_order, question
from core.services.previews import encoded
from core.services.site import Site
from core.store import audit, failures, findings, images
from core.store.database import Session

PREPARING = 2
"""Threads that decode and prepare while the network is asked."""
FAILED_ALONE = "The network failed on this image, though it answers for others. Read it without an AI answer."


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why an image could not be shown to the network."""

    error: LucencyError


def analyse_images(site: Site, image_keys: Sequence[int], *, actor: str) -> list[Finding]:
    """Findings for these images, leaving out those that this bundle is not to be asked about (`images.pending`).

    An image that cannot be decoded is kept as a failure and left out; one whose file is not there is left out.
    Raises BundleUnavailable, DecoderUnavailable, NotFound for a key that is none, StoreUnavailable.
    """
    bundle = site.predictor.bundle_id
    with site.database.reading() as session:
        wanted = set(images.pending(session, bundle, among=image_keys, failed=True))
        asked = [image for key in image_keys if (image := images.get(session, key)).key in wanted]
    return [finding for chunk in chunks(asked, BATCH) for finding in analyse_chunk(site, chunk, actor=actor)]


def analyse_pending(site: Site, *, actor: str) -> Iterator[Finding]:
    """Every stored image that this bundle is to be asked about and has not failed on, as `images.pending` lists them.

    What was taken in while there was no network, or by an import that was killed; and after a change of the network
    every case that is not read, most urgent first. What is read meanwhile is passed over. An image on which the network
    fails, also alone, is kept as a failure, and those behind it are asked. One whose file is not there, as when the
    folder is not mounted, waits for the next time. Ends early once the site is closing. Raises BundleUnavailable,
    DecoderUnavailable, StoreUnavailable.
    """
    for chunk in chunks(pending_images(site), BATCH):
        if site.closing.is_set():
            return
        waiting = still_pending(site, chunk)
        try:
            found = analyse_chunk(site, waiting, actor=actor)
        except BundleUnavailable:
            try_out(site.predictor)
            yield from analyse_one_by_one(site, waiting, actor=actor)
        else:
            yield from found


def analyse_one_by_one(site: Site, waiting: Sequence[Image], *, actor: str) -> Iterator[Finding]:
    """Ask about each image alone, and keep a failure for one on which the network fails. Raises BundleUnavailable."""
    for image in waiting:
        try:
            found = analyse_chunk(site, [image], actor=actor)
        except BundleUnavailable:
            try_out(site.predictor)
            keep_failure(site, image, NetworkFailed(FAILED_ALONE), actor=actor)
        else:
            yield from found


def try_out(predictor: Network) -> None:
    """Ask about a plain picture: a network that fails on it too fails on no image alone. Raises BundleUnavailable."""
    plain = np.arange(64 * 64, dtype=np.uint16).reshape(64, 64)
    predictor.predict([predictor.prepare(plain)])


def pending_images(site: Site) -> tuple[int, ...]:
    """Keys of all that wait, in the order in which they are asked about. None once the site is closing.

    Raises BundleUnavailable.
    """
    if site.closing.is_set():
        return ()
    bundle = site.predictor.bundle_id
    with site.database.reading() as session:
        return images.pending(session, bundle)


def still_pending(site: Site, keys: Sequence[int]) -> list[Image]:
    """Those of these images that wait yet. Raises BundleUnavailable."""
    bundle = site.predictor.bundle_id
    with site.database.reading() as session:
        return [images.get(session, key) for key in images.pending(session, bundle, among=keys)]


def analyse_chunk(site: Site, chunk: Sequence[Image], *, actor: str) -> list[Finding]:
    """One graph call for these images; what cannot be decoded is kept as a failure, what is not there passed over."""
    if not chunk:
        return []
    predictor = site.predictor
    with ThreadPoolExecutor(PREPARING) as pool:
        tried = list(in_order(pool, lambda image: prepared(site, predictor, image), chunk, ahead=PREPARING))
    pairs = list(zip(chunk, tried, strict=True))
    readable = [(image, each) for image, each in pairs if isinstance(each, Question)]
    replies = ask(predictor, [each for _, each in readable])
    for image, each in pairs:
        if isinstance(each, Unreadable):
            keep_failure(site, image, each.error, actor=actor)
    rows = [new_finding(site, image, reply) for (image, _), reply in zip(readable, replies, strict=True)]
    return keep_findings(site, rows, actor=actor)


def prepared(site: Site, predictor: Network, image: Image) -> Question | Unreadable | None:
    """The image as the network wants it, or why not; None while its file is not there, which says nothing of it.

    Raises DecoderUnavailable, which is not the image's fault either.
    """
    start = time.perf_counter()
    try:
        radiograph = site.incoming.stored(site.blobs, image)
    except NotFound:
        return None
    except DecoderUnavailable:
        raise
    except (IntakeError, BlobDamaged) as error:
        return Unreadable(error)
    return question(predictor, radiograph, seconds=time.perf_counter() - start)


def new_finding(site: Site, image: Image, reply: Reply) -> NewFinding:
    """The reply as a row; its heat map goes to the blobs as an 8-bit PNG."""
    said = reply.prediction
    heat = np.rint(np.clip(said.heat_map, 0, 1) * 255).astype(np.uint8)
    return NewFinding(
        image_key=image.key,
        bundle=site.predictor.bundle_id,
        probability=said.probability,
        answer=reply.answer,
        peak=said.peak,
        regions=reply.regions,
        heat_map_sha256=site.blobs.put(encoded(cv2.imencode(".png", heat))),
        seconds=reply.seconds,
        outside=reply.outside,
    )


def keep_findings(site: Site, rows: Sequence[NewFinding], *, actor: str) -> list[Finding]:
    """Store what the network said of one batch, in one transaction; what another has stored meanwhile is returned."""
    if not rows:
        return []
    with site.database.session() as session:
        known = [findings.find(session, row.image_key, row.bundle) for row in rows]
        return [one or keep_finding(session, site, row, actor) for one, row in zip(known, rows, strict=True)]


def keep_finding(session: Session, site: Site, row: NewFinding, actor: str) -> Finding:
    """Store one, with its audit entry."""
    finding = findings.add(session, row, at=site.clock())
    note_image(session, site, actor, finding.image_key, f"finding:{finding.key} {finding.bundle}")
    return finding


def keep_failure(site: Site, image: Image, error: LucencyError, *, actor: str) -> None:
    """Store why the network could not be asked, with its audit entry."""
    name, bundle = type(error).__name__, site.predictor.bundle_id
    with site.database.session() as session:
        failures.add(session, image.key, bundle=bundle, error_class=name, message=str(error), at=site.clock())
        note_image(session, site, actor, image.key, f"failed: {name}")


def note_image(session: Session, site: Site, actor: str, image_key: int, outcome: str) -> None:
    """The audit entry of one image that was asked about."""
    audit.append(session, at=site.clock(), actor=actor, action="analyse", subject=f"image:{image_key}", outcome=outcome)
