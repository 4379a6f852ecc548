"""Worklist benchmark: how long the worklist takes at 1,000 and at 20,000 studies.

Run it from the project root: `python -m tests.benchmarks.worklist_bench`. Prints medians in milliseconds, their
ratio, and whether the order comes from the index. Twenty times the studies should cost far less than twenty times
the time wherever a page is fetched by index, and at most about twenty times where every study must be looked at.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from core.arrivals import NewStudy
from core.records import Answer, Opinion, Statement, Status, WorklistFilter, WorklistPage
from core.store import cases, studies, summaries, verdicts, worklist
from core.store.database import Database
from core.store.tables import FindingRow, FlagEventRow, ImageRow, SeriesRow, StudyRow, VerdictRow

SIZES = (1_000, 20_000)
REPEATS = 15
START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
PARTS = ("HAND", "WRIST", "FOOT", "ANKLE", "KNEE", "ELBOW", "SHOULDER", "")
ALL = WorklistFilter()
UNREAD_FRACTURES = WorklistFilter(status=frozenset({Status.UNREAD}), answers=frozenset({Answer.FRACTURE}))
Task = Callable[[Session], object]

READS: dict[str, Task] = {
    "first page of 200": lambda s: worklist.page(s, ALL),
    "first page of 50": lambda s: worklist.page(s, ALL, limit=50),
    "last page": lambda s: worklist.page(s, ALL, offset=last_offset(s)),
    "text, few hits": lambda s: worklist.page(s, WorklistFilter(text="mueller 77")),
    "text, no hit": lambda s: worklist.page(s, WorklistFilter(text="nobody")),
    "unread fractures": lambda s: worklist.page(s, UNREAD_FRACTURES),
    "flagged": lambda s: worklist.page(s, WorklistFilter(flagged=True)),
    "one day": lambda s: worklist.page(s, WorklistFilter(received_from=START + 2 * DAY, received_to=START + 3 * DAY)),
    "next unread": lambda s: worklist.next_unread(s, ALL, after=500),
    "body parts": studies.body_parts,
    "one case": lambda s: cases.get(s, 500),
}


def last_offset(session: Session) -> int:
    """Where the last page of 200 begins."""
    return worklist.page(session, ALL, limit=0).total - 200


def rows(size: int) -> dict[type, list[dict[str, object]]]:
    """A site's archive: one image a study, nearly all answered, two in three read, one in twenty flagged."""
    keys = range(1, size + 1)
    return {
        StudyRow: [study_row(key) for key in keys],
        SeriesRow: [{"key": key, "study_key": key, "series_instance_uid": f"2.25.1.{key}"} for key in keys],
        ImageRow: [image_row(key) for key in keys],
        FindingRow: [finding_row(key) for key in keys if key % 50],
        VerdictRow: [verdict_row(key) for key in keys if key % 3],
        FlagEventRow: [flag_row(key) for key in keys if key % 20 == 0],
    }


def study_row(key: int) -> dict[str, object]:
    """One patient's visit, three minutes after the one before."""
    name, number = f"Mueller{key % 977}^Anna", f"P{key:06}"
    return {
        "key": key,
        "study_instance_uid": f"2.25.3.{key}",
        "patient_id": number,
        "patient_name": name,
        "patient_birth_date": date(1950, 1, 1),
        "patient_sex": "F",
        "accession_number": f"A{key}",
        "study_date": START + timedelta(minutes=3 * key),
        "description": "Trauma series, two views",
        "body_part": PARTS[key % len(PARTS)],
        "synthetic": False,
        "received_at": START + timedelta(minutes=3 * key),
        "search_text": studies.fold(f"{name} {number} A{key} Trauma series, two views {PARTS[key % len(PARTS)]}"),
    }


def image_row(key: int) -> dict[str, object]:
    """The only image of study `key`."""
    return {
        "key": key,
        "series_key": key,
        "sop_instance_uid": f"2.25.2.{key}",
        "frame_number": 1,
        "sha256": f"{key:064}",
        "source_name": f"{key}.dcm",
        "modality": "DX",
        "body_part": "",
        "laterality": "LR"[key % 2],
        "view_position": "PA",
        "rows": 2048,
        "columns": 1760,
        "row_spacing": 0.14,
        "column_spacing": 0.14,
        "spacing_source": "ImagerPixelSpacing",
        "warnings": [],
        "received_at": START + timedelta(minutes=3 * key),
    }


def finding_row(key: int) -> dict[str, object]:
    """One in seven is a fracture, one in seven a doubt."""
    answer = (Answer.FRACTURE, Answer.DOUBT, *[Answer.NONE] * 5)[key % 7]
    return {
        "key": key,
        "image_key": key,
        "bundle": "net-1",
        "probability": (key % 100) / 100,
        "answer": answer.value,
        "peak_x": 1,
        "peak_y": 1,
        "regions": [],
        "heat_map_sha256": f"{key:064}",
        "seconds": 0.1,
        "created_at": START,
    }


def verdict_row(key: int) -> dict[str, object]:
    """One reader's verdict on study `key`."""
    return {
        "study_key": key,
        "image_key": key,
        "reader": "Dr Reader",
        "opinion": (Opinion.FRACTURE if key % 5 == 0 else Opinion.NO_FRACTURE).value,
        "body_region": "",
        "confidence": None,
        "comment": "",
        "after_ai": False,
        "created_at": START,
    }


def flag_row(key: int) -> dict[str, object]:
    """An open flag on study `key`."""
    return {"study_key": key, "event": "raised", "reader": "Dr Reader", "reason": "second look", "created_at": START}


def fill(database: Database, size: int) -> float:
    """Store the archive; return the seconds it takes to derive all summaries, as after an upgrade."""
    with database.session() as session:
        for table, values in rows(size).items():
            session.execute(insert(table), values)
        started = time.perf_counter()
        summaries.rebuild(session)
        return time.perf_counter() - started


def median_ms(task: Callable[[], object]) -> float:
    """Median of the repeats, in milliseconds, after one that does not count."""
    task()
    return statistics.median(timed(task) for _ in range(REPEATS)) * 1000


def timed(task: Callable[[], object]) -> float:
    """Seconds of one call."""
    started = time.perf_counter()
    task()
    return time.perf_counter() - started


def reading(database: Database, task: Task) -> WorklistPage | object:
    """One transaction that reads, as a page of the dashboard makes it."""
    with database.reading() as session:
        return task(session)


def signing(database: Database) -> None:
    """One transaction that signs a verdict."""
    with database.session() as session:
        verdicts.add(session, 500, Statement(Opinion.FRACTURE), reader="Dr Reader", after_ai=False, at=START)


def growing(database: Database) -> None:
    """One transaction that completes a study."""
    with database.session() as session:
        studies.upsert(session, NewStudy(study_instance_uid="2.25.3.500"), at=START)


def measure(folder: Path, size: int) -> dict[str, float]:
    """Every task's median, in milliseconds, in an archive of this size."""
    database = Database(f"sqlite:///{folder / f'{size}.sqlite3'}")
    database.migrate()
    found = {"rebuild all summaries": fill(database, size) * 1000}
    found |= {name: median_ms(lambda task=task: reading(database, task)) for name, task in READS.items()}  # type: ignore[misc]
    found["sign a verdict"] = median_ms(lambda: signing(database))
    found["find a study by UID"] = median_ms(lambda: growing(database))
    print_plans(database)
    database.close()
    return found


def print_plans(database: Database) -> None:
    """How SQLite finds the rows of a page."""
    with database.reading() as session:
        compiled = worklist.page_query(ALL).compile(session.connection())
        plan = session.execute(text(f"EXPLAIN QUERY PLAN {compiled}"))
        print("plan of a page:", "; ".join(str(row[3]) for row in plan))


def main() -> None:
    """Measure both sizes and print them side by side."""
    with tempfile.TemporaryDirectory() as folder:
        small, large = (measure(Path(folder), size) for size in SIZES)
    print(f"{'':26}{SIZES[0]:>10,}{SIZES[1]:>10,}{'ratio':>8}   (ms, median of {REPEATS})")
    for name, milliseconds in small.items():
        print(f"{name:26}{milliseconds:10.2f}{large[name]:10.2f}{large[name] / milliseconds:8.1f}")


if __name__ == "__main__":
    main()
