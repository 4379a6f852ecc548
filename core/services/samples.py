"""Samples: takes the drawn phantoms into the store, so that an empty worklist has something to show."""

from collections.abc import Iterator

from core.phantoms.samples import sample_files
from core.records import Receipt
from core.services.ingest import ingest_bytes
from core.services.site import Site


def sample_receipts(site: Site, *, actor: str) -> Iterator[Receipt]:
    """Take in the sample studies, each picture drawn when its turn comes; those already there are recognised.

    The network is not asked yet.
    """
    for name, data in sample_files():
        yield from ingest_bytes(site, name, data, actor=actor)
