"""Reads: what the signatures on a study amount to where two readers read each study, independently of each other.

Two reads with the same opinion decide; all four opinions count alike, two times *uncertain* too. Two that differ go to
adjudication, and stay there whatever the two sign later: what they change then they may have changed because they
have seen each other's. A change of mind before the other's read is a read as good as any; one after two that agreed
opens the question again. Adjudication decides. A read given while the site asked for one decides by itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from core.records import Opinion


@dataclass(frozen=True, slots=True)
class Signature:
    """Of a verdict, what decides where its study stands."""

    key: int
    reader: str
    opinion: Opinion
    image_key: int | None
    """The newest image she had before her."""
    reads_asked: int = 2
    adjudicates: bool = False


@dataclass(slots=True)
class Reads:
    """Where a study stands by the signatures that were given on all of its images."""

    said: dict[str, Opinion] = field(default_factory=dict)
    """What each reader said last, in the order in which they began; adjudicators are no readers."""
    disputed: bool = False
    decided: Signature | None = None

    def add(self, given: Signature) -> None:
        """Count a further signature."""
        if given.adjudicates:
            self.decided = given
        elif given.reads_asked == 1:
            self.said, self.disputed, self.decided = {given.reader: given.opinion}, False, given
        else:
            self._add_read(given)

    def _add_read(self, given: Signature) -> None:
        self.said[given.reader] = given.opinion
        if self.decided and self.decided.adjudicates:
            return
        enough = self.decided is not None or len(self.said) > 1
        self.disputed = self.disputed or len(set(self.said.values())) > 1
        self.decided = given if enough and not self.disputed else None


def reads_of(signatures: Iterable[Signature], newest_image_key: int) -> Reads:
    """The reads of a study whose newest image this is; the signatures, oldest first. Those on fewer images are void."""
    reads = Reads()
    for signature in signatures:
        if (signature.image_key or 0) >= newest_image_key:
            reads.add(signature)
    return reads
