"""Unsigned read: what a reader has said of a case and not signed is kept for her alone, until she signs or discards it.

It counts for nothing: not in the worklist's states, nor in exports, agreement or training. It holds no more than a
verdict would, and is no entry of the audit trail, which tells what was done and not what was being thought about.
"""

from core.records import Statement, UnsignedRead
from core.rights import Actor, Right, permit
from core.services.site import Site
from core.services.statement import kept
from core.store import images, unsigned_reads


def unsigned_read(site: Site, study_key: int, *, actor: Actor) -> UnsignedRead | None:
    """What is kept for her of this case, None where nothing is. Raises NotFound, NotAllowed."""
    name = permit(actor, Right.READ)
    with site.database.reading() as session:
        return unsigned_reads.get(session, study_key, name)


def keep_unsigned(site: Site, study_key: int, said: Statement, *, actor: Actor) -> None:
    """Keep it in the place of what was kept before.

    Raises NotFound, NotAllowed; InvalidVerdict where a part of it could never be signed.
    """
    name = permit(actor, Right.READ)
    with site.database.session() as session:
        said = kept(said, images.of_study(session, study_key))
        unsigned_reads.put(session, study_key, name, said, at=site.clock())


def discard_unsigned(site: Site, study_key: int, *, actor: Actor) -> None:
    """Keep nothing of this case any longer. Raises NotAllowed."""
    name = permit(actor, Right.READ)
    with site.database.session() as session:
        unsigned_reads.remove(session, study_key, name)
