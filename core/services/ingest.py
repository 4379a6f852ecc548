"""Ingest: takes files into the store, each in its own transaction; what is already there is recognised."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from core.records import Receipt
from core.services.site import Site


def ingest_paths(site: Site, paths: Iterable[Path], *, actor: str) -> Iterator[Receipt]:
    """Take in files, folders (recursively), zip archives and DICOMDIRs; one receipt per frame or refused file."""
    raise NotImplementedError


def ingest_bytes(site: Site, name: str, data: bytes, *, actor: str) -> Iterator[Receipt]:
    """Take in one uploaded file, which may be a zip archive. `name` is what the user calls it."""
    raise NotImplementedError
