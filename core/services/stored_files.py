"""Stored files: tells whether every file that the database names is there and undamaged."""

from dataclasses import dataclass

from core.errors import BlobDamaged, NotFound
from core.rights import Actor, Right, permit
from core.services.site import Site
from core.store import audit
from core.store.backup import named


@dataclass(frozen=True, slots=True)
class FileCheck:
    """What came of reading every file."""

    files: int
    """How many the database names: images as received, and heat maps."""
    missing: int
    damaged: int
    unnamed: int
    """Stored files that no row names: what an import left that was killed before its transaction. They do no harm."""

    @property
    def whole(self) -> bool:
        """Whether nothing is missing or damaged."""
        return not self.missing and not self.damaged


def check_files(site: Site, *, actor: Actor) -> FileCheck:
    """Read every file and compare its sha256; the check is audited. Raises NotAllowed, StoreUnavailable."""
    who = permit(actor, Right.AUDIT)
    stored = set(site.blobs.names())
    with site.database.reading() as session:
        names = named(session)
    found = [state(site, name) for name in names]
    check = FileCheck(len(names), found.count(NotFound), found.count(BlobDamaged), len(stored - names))
    outcome = "whole" if check.whole else f"{check.missing} missing, {check.damaged} damaged"
    with site.database.session() as session:
        audit.append(session, at=site.clock(), actor=who, action="verify", subject="store:files", outcome=outcome)
    return check


def state(site: Site, sha256: str) -> type[NotFound | BlobDamaged] | None:
    """What is wrong with one file, or None. Raises StoreUnavailable."""
    try:
        site.blobs.get(sha256)
    except (NotFound, BlobDamaged) as error:
        return type(error)
    return None
