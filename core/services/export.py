"""Export: the flagged or reviewed cases as a table, without identifiers unless they are asked for.

Where the site reads first, the table holds the AI's answer of a case only once it is read, as the worklist does; then
what depends on the answer chooses among those only.

Where two readers read each case, its opinion is the one that decides; before there is one, the table holds nothing of
what anybody says of the case, the AI included where the site reads first: whoever exports may have to read it yet.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from core.exchange.table import Cell, as_csv, written
from core.records import Answer, Case, Finding, Opinion, Status, Verdict, WorklistFilter, agree
from core.rights import Actor, Right, permit
from core.services.blinding import doubled, without_reads
from core.services.site import Site
from core.store import audit, cases, worklist
from core.store.database import Session
from core.store.worklist import DoubleRead


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """Which cases, and whether identifiers go with them. An empty set means all.

    Comments and reasons are always exported: they are what the table is for. Whatever a reader writes there about a
    patient goes with it.
    """

    flagged_only: bool = True
    identifiers: bool = False
    opinions: frozenset[Opinion] = frozenset()
    answers: frozenset[Answer] = frozenset()
    received_from: datetime | None = None
    """Aware, and inclusive."""
    received_to: datetime | None = None
    """Aware, and exclusive."""
    disagreements_only: bool = False
    """Reader and AI contradict each other on whether there is a fracture."""
    include_synthetic: bool = True


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, what it says of a case, and whether it helps to find out who the patient is."""

    name: str
    value: Callable[[Case], Cell]
    identifying: bool = False


SINGLE_HEADER = ("read_status",)
"""A further column where one read is asked for: `unread` also when an image came after the verdict, which is void."""
DOUBLE_HEADER = ("read_status", "reads", "adjudicated", "read_opinions", "read_marks")
"""Further columns where two readers read each case."""


@dataclass(frozen=True, slots=True)
class ExportTable:
    """What the CSV holds, or shows beforehand, cell by cell: column names, and rows of the same length."""

    header: tuple[str, ...]
    rows: tuple[tuple[str | int | float, ...], ...]


def export_table(site: Site, options: ExportOptions, *, actor: Actor, limit: int | None = None) -> ExportTable:
    """The preview, by study key: the columns and first cells that `export_csv` writes, but never what identifies.

    A look is not audited, a file is. Raises StoreUnavailable, NotAllowed.
    """
    permit(actor, Right.EXPORT)
    return table_of(site, replace(options, identifiers=False), limit=limit)


def export_size(site: Site, options: ExportOptions, *, actor: Actor) -> int:
    """How many cases `export_csv` would write. Raises StoreUnavailable, NotAllowed."""
    permit(actor, Right.EXPORT)
    filters = filters_of(options, read_first=site.settings.read_first)
    with site.database.reading() as session:
        return worklist.total(session, filters, reads=site.settings.reads)


def table_of(site: Site, options: ExportOptions, *, limit: int | None = None) -> ExportTable:
    """The table that these options ask for, or the first `limit` rows, by study key."""
    chosen = [column for column in COLUMNS if options.identifiers or not column.identifying]
    read_first, header = site.settings.read_first, tuple(column.name for column in chosen)
    filters = filters_of(options, read_first=read_first)
    with site.database.reading() as session:
        if doubled(site):
            told = double_rows(session, filters, chosen, keep_ai=not read_first, limit=limit)
            return ExportTable((*header, *DOUBLE_HEADER), tuple(told))
        found = (single_told(case, keep_ai=not read_first) for case in cases.find(session, filters, limit=limit))
        told = ((*cells(case, chosen), written(status_of(case))) for case in found)
        return ExportTable((*header, *SINGLE_HEADER), tuple(told))


def cells(case: Case, columns: Sequence[Column]) -> tuple[str | int | float, ...]:
    """One row, as it stands in the file."""
    return tuple(written(column.value(case)) for column in columns)


def single_told(case: Case, *, keep_ai: bool) -> Case:
    """The case where one read is asked for; before it is read, without what the AI says."""
    return case if keep_ai or is_read(case) else replace(case, findings=())


def is_read(case: Case) -> bool:
    """Whether the verdict in force is about every image, as the worklist asks for."""
    return case.verdict is not None and case.verdict.covers(case.images)


def status_of(case: Case) -> Status:
    """Read or unread, by the rule of the worklist."""
    return Status.READ if is_read(case) else Status.UNREAD


def double_rows(
    session: Session, filters: WorklistFilter, columns: Sequence[Column], *, keep_ai: bool, limit: int | None
) -> Iterator[tuple[str | int | float, ...]]:
    """The rows where two readers read each case, with the cells of `DOUBLE_HEADER` at their ends."""
    reads = worklist.double_reads(session, filters, limit=limit)
    for case in cases.find(session, filters, reads=2, limit=limit):
        found = reads[case.study.key]
        told = case_told(case, found, keep_ai=keep_ai)
        yield *cells(told, columns), *map(written, double_cells(told, found))


def case_told(case: Case, found: DoubleRead, *, keep_ai: bool) -> Case:
    """The case as far as what was said up to the decision; before it, with nothing that anybody says."""
    if found.decided_by is None:
        return without_reads(case, "", keep_ai=keep_ai)
    return replace(case, verdicts=tuple(each for each in case.verdicts if each.key <= found.decided_by))


def double_cells(case: Case, found: DoubleRead) -> tuple[Cell, ...]:
    """Where the case stands, how many have read it, whether it was adjudicated, what its readers said and marked."""
    reads = last_reads(case, found.readers)
    adjudicated = case.verdict is not None and case.verdict.adjudicates
    marks = json.dumps([told_marks(each) for each in reads])
    return found.status, len(found.readers), adjudicated, "/".join(each.opinion for each in reads), marks


def last_reads(case: Case, readers: Iterable[str]) -> list[Verdict]:
    """What each of these readers said last of all the images, in their order; adjudications are no reads."""
    given = (each for each in case.standing if each.covers(case.images) and not each.adjudicates)
    said = {each.reader: each for each in given}
    return [said[name] for name in readers if name in said]


def export_csv(site: Site, options: ExportOptions, *, actor: Actor) -> bytes:
    """The table as CSV: UTF-8 with BOM, formulas neutralised; audited with the number of rows.

    Raises StoreUnavailable; NotAllowed, with identifiers also for who may export without them.
    """
    permit(actor, Right.EXPORT)
    if options.identifiers:
        permit(actor, Right.IDENTIFIERS)
    table = table_of(site, options)
    outcome = f"{len(table.rows)} rows, {'with' if options.identifiers else 'without'} identifiers"
    with site.database.session() as session:
        audit.append(session, at=site.clock(), actor=actor.name, action="export", subject="studies", outcome=outcome)
    return as_csv(table.header, table.rows)


def filters_of(options: ExportOptions, *, read_first: bool) -> WorklistFilter:
    """The options as the store knows them; where the site reads first, the AI chooses among read cases only."""
    asks_ai = bool(options.answers) or options.disagreements_only
    return WorklistFilter(
        status=frozenset({Status.READ}) if read_first and asks_ai else frozenset(),
        answers=frozenset(options.answers),
        opinions=frozenset(options.opinions),
        flagged=True if options.flagged_only else None,
        disagrees=True if options.disagreements_only else None,
        received_from=options.received_from,
        received_to=options.received_to,
        include_synthetic=options.include_synthetic,
    )


def finding_of(case: Case) -> Finding | None:
    """The study's answer, as on the worklist."""
    return case.answer


def first_of(case: Case) -> Verdict | None:
    """The first verdict that stands of the reader whose verdict is in force, on no fewer images than that one."""
    last = case.verdict
    if last is None:
        return None
    shown = [image for image in case.images if last.covers([image])]
    return next(each for each in case.standing if each.reader == last.reader and each.covers(shown))


def agreement(case: Case) -> str:
    """`agree` or `disagree` on whether there is a fracture; empty when either does not say."""
    finding, verdict = finding_of(case), case.verdict
    same = agree(verdict.opinion, finding.answer) if verdict and finding else None
    return "" if same is None else "agree" if same else "disagree"


def sides(case: Case) -> str:
    """The sides its images name: `L`, `R`, `B`, or `L/R`."""
    return "/".join(sorted({image.laterality for image in case.images} - {""}))


def outside_of(case: Case) -> str:
    """Why images lie outside of the network's intended use, each reason once; empty when none does."""
    return "/".join(sorted({finding.outside for finding in case.findings if finding.outside}))


def marks_of(verdict: Verdict) -> str:
    """What the reader marked, as a JSON list; a point has x0 = x1 and y0 = y1."""
    return json.dumps(told_marks(verdict))


def told_marks(verdict: Verdict) -> list[dict[str, Any]]:
    """What the reader marked, ready for JSON."""
    return [asdict(mark) for mark in verdict.marks]


def key_images_of(case: Case) -> str:
    """The images that readers point out, each once, as a JSON list of keys like those in `reader_marks`."""
    return json.dumps(sorted({key_image.image_key for key_image in case.key_images}))


def of_finding(value: Callable[[Finding], Cell]) -> Callable[[Case], Cell]:
    """A cell about the AI's answer, empty without one."""
    return lambda case: value(found) if (found := finding_of(case)) else None


def of_verdict(value: Callable[[Verdict], Cell]) -> Callable[[Case], Cell]:
    """A cell about the verdict in force, empty without one."""
    return lambda case: value(case.verdict) if case.verdict else None


def of_first(value: Callable[[Verdict], Cell]) -> Callable[[Case], Cell]:
    """A cell about the same reader's first verdict, empty without one."""
    return lambda case: value(first) if (first := first_of(case)) else None


COLUMNS = (
    Column("study_key", lambda case: case.study.key),
    Column("body_part", lambda case: case.study.body_part),
    Column("laterality", sides),
    Column("images", lambda case: len(case.images)),
    Column("synthetic", lambda case: case.study.synthetic),
    Column("ai_answer", of_finding(lambda finding: finding.answer)),
    Column("ai_probability", of_finding(lambda finding: finding.probability)),
    Column("ai_outside", outside_of),
    Column("ai_bundle", of_finding(lambda finding: finding.bundle)),
    Column("reader_opinion", of_verdict(lambda verdict: verdict.opinion)),
    Column("body_region", of_verdict(lambda verdict: verdict.body_region)),
    Column("fracture_type", of_verdict(lambda verdict: verdict.fracture_type)),
    Column("reader_marks", of_verdict(marks_of)),
    Column("key_images", key_images_of),
    Column("confidence", of_verdict(lambda verdict: verdict.confidence)),
    Column("after_ai", of_verdict(lambda verdict: verdict.after_ai)),
    Column("first_opinion", of_first(lambda verdict: verdict.opinion)),
    Column("first_after_ai", of_first(lambda verdict: verdict.after_ai)),
    Column("verdicts", lambda case: len(case.standing)),
    Column("withdrawn", lambda case: len(case.verdicts) - len(case.standing)),
    Column("agreement", agreement),
    Column("comment", of_verdict(lambda verdict: verdict.comment)),
    Column("flag_reason", lambda case: case.flag.reason if case.flag else None),
    Column("reader", of_verdict(lambda verdict: verdict.reader)),
    Column("flagged_by", lambda case: case.flag.reader if case.flag else None),
    # From here on identifying: dates too, 45 CFR 164.514(b)(2)(i)(C), and free text out of the file.
    Column("patient_id", lambda case: case.study.patient_id, identifying=True),
    Column("patient_id_issuer", lambda case: case.study.patient_id_issuer, identifying=True),
    Column("patient_id_issuer_uid", lambda case: case.study.patient_id_issuer_uid, identifying=True),
    Column("patient_name", lambda case: case.study.patient_name, identifying=True),
    Column("patient_birth_date", lambda case: case.study.patient_birth_date, identifying=True),
    Column("patient_sex", lambda case: case.study.patient_sex, identifying=True),
    Column("accession_number", lambda case: case.study.accession_number, identifying=True),
    Column("study_date", lambda case: case.study.study_date, identifying=True),
    Column("study_description", lambda case: case.study.description, identifying=True),
    Column("study_instance_uid", lambda case: case.study.study_instance_uid, identifying=True),
    Column("received_at", lambda case: case.study.received_at, identifying=True),
    Column("read_at", of_verdict(lambda verdict: verdict.created_at), identifying=True),
    Column("flagged_at", lambda case: case.flag.created_at if case.flag else None, identifying=True),
)
