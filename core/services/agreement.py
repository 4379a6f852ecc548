"""Agreement: what a site learns from its own reads: readers among themselves, readers and the AI, time per case.

Only plain yes and no count: *uncertain* and *not diagnostic* are neither. Of the AI, *doubt* counts as yes at the
sensitive point and as no at the specific one. Before and after the AI's answer was shown, readers are compared with it
on the same reads: those plain at both moments. The others are left out of both, so that the two differ by changes of
mind alone, not by which reads they count. What is counted there are reads; where several readers read a case, its reads
are drawn together for the interval.

A verdict that its reader took back is no opinion of hers and counts nowhere. She has mostly seen the AI's answer by
then, so that what she signs instead is no blind read either: the read leaves the comparison altogether, rather than
entering it with her slip or with what the AI told her. Taking back only what the AI contradicts would still flatter the
figures; therefore the reads that left are counted (`withdrawn`) and told beside them.

An image that comes later makes the verdicts before it void, here as on the worklist: those on fewer images than the
case now has count nowhere, withdrawn or not.

Where two readers read each case, one that is not decided yet counts in `doubles` only: who asks may have to read it or
to decide it, and learns nothing here of what was said so far, nor by whom.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations

import numpy as np

from core.records import Answer, Case, Status, Verdict, WorklistFilter, agree
from core.rights import Actor, Right, permit
from core.services.blinding import doubled
from core.services.export import finding_of
from core.services.site import Site
from core.store import audit, cases, verdicts, worklist
from core.store.database import Session
from core.store.worklist import DoubleRead
from models.agreement import Agreement, agreement

__all__ = ["Agreement", "readers", "site_agreement"]

LONGEST_READ = timedelta(minutes=30)
"""A longer time between opening and signing is a case left lying, not one being read."""
YES = {
    "sensitive": frozenset({Answer.FRACTURE, Answer.DOUBT}),
    "specific": frozenset({Answer.FRACTURE}),
}
"""Which answers of the AI count as yes at each operating point."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two readers who both judged some cases without having seen the AI's answer."""

    first: str
    second: str
    agreement: Agreement


@dataclass(frozen=True, slots=True)
class AgainstAi:
    """Readers' verdicts and the AI's answers at one operating point: of the reads plain at both moments."""

    point: str
    """`sensitive`: doubt counts as yes; `specific`: as no."""
    before: Agreement
    """Verdicts given before the AI's answer was shown."""
    after: Agreement
    """The same reads' last verdicts, given after it was shown or left as they were."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What became of first verdicts once the AI's answer was shown."""

    kept: int
    towards_ai: int
    away_from_ai: int
    other: int
    """To or from a verdict that is neither yes nor no, or where the AI was in doubt or had no answer."""


@dataclass(frozen=True, slots=True)
class ReadingTime:
    """Seconds from opening a case to the first verdict on it: median and quartiles."""

    reader: str
    """Empty for all readers together."""
    reads: int
    lower: float
    median: float
    upper: float


@dataclass(frozen=True, slots=True)
class Doubles:
    """Where cases stand that two readers read each; those read while one read was asked for are in none of them."""

    agreed: int
    adjudicated: int
    to_adjudicate: int
    read_once: int


@dataclass(frozen=True, slots=True)
class SiteAgreement:
    """All of it, over cases that are no samples unless asked for, and decided where two readers read each."""

    cases: int
    against_ai: tuple[AgainstAi, ...]
    pairs: tuple[Pair, ...]
    changes: Changes
    times: tuple[ReadingTime, ...]
    withdrawn: int
    """Reads without a blind verdict any more, because it was taken back: they are in none of these figures."""
    doubles: Doubles | None
    """Of all readers, with the cases that are not decided; None where one read is asked for."""


@dataclass(frozen=True, slots=True)
class Read:
    """One reader on one case: what she said first and last, and whether the first was given without the AI."""

    study_key: int
    reader: str
    first: Verdict
    last: Verdict
    answer: Answer | None

    @property
    def blind(self) -> bool:
        """The first verdict was given before the AI's answer was shown."""
        return not self.first.after_ai

    @property
    def plain(self) -> bool:
        """Yes or no, first and last."""
        return self.first.opinion.fractured is not None and self.last.opinion.fractured is not None


def site_agreement(site: Site, *, actor: Actor, reader: str = "", include_synthetic: bool = False) -> SiteAgreement:
    """Agreement over the site's own reads, of all readers or of one. Raises NotAllowed, StoreUnavailable."""
    permit(actor, Right.AGREEMENT)
    filters = WorklistFilter(include_synthetic=include_synthetic)
    with site.database.reading() as session:
        found = list(cases.find(session, filters, signed=True))
        stand = worklist.double_reads(session, filters, signed=True) if doubled(site) else None
        told = found if stand is None else [case for case in found if stand[case.study.key].decided_by is not None]
        times = list(_times(_views(session, {case.study.key for case in told})))
    everything = [read for case in told for read in reads_of(case)]
    chosen = [read for read in everything if reader in ("", read.reader)]
    return SiteAgreement(
        withdrawn=sum(withdrawn_reads(case, reader) for case in told),
        cases=len({read.study_key for read in chosen}),
        against_ai=tuple(against_ai(chosen, point) for point in YES),
        pairs=tuple(pairs(everything, reader=reader)),
        changes=changes(chosen),
        times=tuple(summed(times, reader=reader)),
        doubles=None if stand is None else doubles(found, stand.values()),
    )


def readers(site: Site, *, actor: Actor) -> tuple[str, ...]:
    """Everybody who signed a verdict here, sorted. Raises NotAllowed, StoreUnavailable."""
    permit(actor, Right.AGREEMENT)
    with site.database.reading() as session:
        return verdicts.readers(session)


def reads_of(case: Case) -> Iterator[Read]:
    """Each reader's first and last verdict on all the images of a case, of those that stand.

    One who adjudicates has seen the reads, and is left out.
    """
    finding = finding_of(case)
    by_reader: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in case.standing:
        if verdict.covers(case.images) and not verdict.adjudicates:
            by_reader[verdict.reader].append(verdict)
    for reader, given in by_reader.items():
        yield Read(case.study.key, reader, given[0], given[-1], finding.answer if finding else None)


def withdrawn_reads(case: Case, reader: str) -> int:
    """How many readers of the case, or of this one, have a blind verdict taken back and none that stands."""
    about_all = (verdict for verdict in case.verdicts if verdict.covers(case.images))
    given = [verdict for verdict in about_all if not (verdict.after_ai or verdict.adjudicates)]
    taken = {verdict.reader for verdict in given if verdict.withdrawn_at}
    blind = {verdict.reader for verdict in given if not verdict.withdrawn_at}
    return len({name for name in taken - blind if reader in ("", name)})


def doubles(found: Iterable[Case], stand: Iterable[DoubleRead]) -> Doubles:
    """Where the cases stand, by how they were decided."""
    adjudications = {verdict.key for case in found for verdict in case.verdicts if verdict.adjudicates}
    statuses = Counter(
        "adjudicated" if each.decided_by in adjudications else each.status
        for each in stand
        if each.status is not Status.READ or each.decided_by in adjudications or len(each.readers) > 1
    )
    return Doubles(
        statuses[Status.READ], statuses["adjudicated"], statuses[Status.ADJUDICATION], statuses[Status.SECOND]
    )


def against_ai(reads: Iterable[Read], point: str) -> AgainstAi:
    """Blind first verdicts, and the same reads' last ones, against the AI at one operating point."""
    plain = [read for read in reads if read.blind and read.plain and read.answer is not None]
    studies = np.array([read.study_key for read in plain], np.int64)
    ai = np.array([read.answer in YES[point] for read in plain], bool)

    def compared(given: Iterable[Verdict]) -> Agreement:
        return agreement(np.array([verdict.opinion.fractured for verdict in given], bool), ai, of=studies)

    return AgainstAi(point, before=compared(read.first for read in plain), after=compared(read.last for read in plain))


def pairs(reads: Iterable[Read], *, reader: str = "") -> Iterator[Pair]:
    """Every two readers with a case in common, by their blind first verdicts; only those with `reader` if given."""
    said: dict[str, dict[int, bool]] = defaultdict(dict)
    for read in reads:
        fractured = read.first.opinion.fractured
        if read.blind and fractured is not None:
            said[read.reader][read.study_key] = fractured
    for first, second in combinations(sorted(said), 2):
        common = sorted(said[first].keys() & said[second].keys())
        if common and reader in ("", first, second):
            votes = np.array([(said[first][key], said[second][key]) for key in common], bool)
            yield Pair(first, second, agreement(votes[:, 0], votes[:, 1]))


def changes(reads: Iterable[Read]) -> Changes:
    """What blind first verdicts became."""
    counted = {"kept": 0, "towards_ai": 0, "away_from_ai": 0, "other": 0}
    for read in reads:
        if read.blind:
            counted[_change(read)] += 1
    return Changes(**counted)


def _change(read: Read) -> str:
    if read.first.opinion is read.last.opinion:
        return "kept"
    same = agree(read.last.opinion, read.answer)
    if same is None or not read.plain:
        return "other"
    return "towards_ai" if same else "away_from_ai"


def _views(session: Session, keys: set[int]) -> Mapping[tuple[str, str], list[tuple[datetime, str]]]:
    """By reader and case: when it was opened, when a verdict was given or taken back, in order."""
    subjects = {f"study:{key}" for key in keys}
    trail: dict[tuple[str, str], list[tuple[datetime, str]]] = defaultdict(list)
    for at, actor, action, subject in audit.on_signed_studies(session, ("view", "verdict", "withdraw")):
        if subject in subjects:
            trail[actor, subject].append((at, action))
    return trail


def _times(trail: Mapping[tuple[str, str], list[tuple[datetime, str]]]) -> Iterator[tuple[str, float]]:
    """Reader and seconds from the last opening to the first verdict, of each case she signed and took nothing back."""
    for (reader, _), entries in trail.items():
        opened: datetime | None = None
        if any(action == "withdraw" for _, action in entries):
            continue
        for at, action in entries:
            if action == "view":
                opened = at
                continue
            if opened is not None and at - opened <= LONGEST_READ:
                yield reader, (at - opened).total_seconds()
            break


def summed(times: Sequence[tuple[str, float]], *, reader: str = "") -> Iterator[ReadingTime]:
    """Median and quartiles, of all together first, then of each reader."""
    by_reader: dict[str, list[float]] = defaultdict(list)
    for name, seconds in times:
        by_reader[name].append(seconds)
        by_reader[""].append(seconds)
    for name in sorted(by_reader):
        if reader in ("", name):
            lower, median, upper = np.percentile(by_reader[name], [25, 50, 75])
            yield ReadingTime(name, len(by_reader[name]), float(lower), float(median), float(upper))
