"""Samples: takes the drawn phantoms into the store, so that an empty worklist has something to show."""

from collections.abc import Iterator

from core.phantoms.samples import sample_files
from core.records import Receipt
from core.services.ingest import ingest_bytes
from core.services.site import Site


def add_samples(site: Site, *, actor: str) -> list[Receipt]:
    """Take in the sample studies; those already there are recognised. The network is not asked yet."""
    return list(sample_receipts(site, actor=actor))


def sample_receipts(site: Site, *, actor: str) -> Iterator[Receipt]:
    """The same, one picture at a time: each is drawn when its turn comes."""
    for name, data in sample_files():
        yield from ingest_bytes(site, name, data, actor=actor)
