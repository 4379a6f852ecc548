"""Table: writes rows as a CSV file that spreadsheets open correctly and never run as formulas."""

import csv
import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from io import StringIO

Cell = str | int | float | bool | date | datetime | None

TRIGGERS = "=+-@\uff1d\uff0b\uff0d\uff20\ufe62\ufe63\ufe66\ufe6b\u2212"
"""What makes a spreadsheet take a cell for a formula, the full-width and small forms included.
Source: OWASP, CSV Injection."""
STARTS = re.compile(rf"(^|[;\n])((?:[^\S\n]|\")*)(?=[{re.escape(TRIGGERS)}])")
"""Where a cell may start: at the beginning, or behind what another locale takes for a separator."""


def visible(text: str) -> str:
    """The text without control and invisible format characters; line ends become `\\n`, tabs a space."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return "".join(c for c in lines if c == "\n" or unicodedata.category(c) not in ("Cc", "Cf", "Cs"))


def neutral(text: str) -> str:
    """The text as a spreadsheet shows it and never runs it: an apostrophe before whatever would start a formula.

    The apostrophe goes before blanks and quotes too, which some programs strip. Source: OWASP, CSV Injection.
    """
    return STARTS.sub(r"\1'\2", visible(text))


def written(cell: Cell) -> str | int | float:
    """One cell as it stands in the file. Numbers stay numbers, times are ISO 8601, None is empty."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, datetime):
        return cell.isoformat(timespec="seconds")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float):
        return round(cell, 6)
    return cell if isinstance(cell, int) else neutral(str(cell))


def as_csv(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """A CSV file: RFC 4180, text quoted, UTF-8 with a byte order mark so that Excel reads the letters right."""
    out = StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([written(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")
