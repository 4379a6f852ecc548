"""Receipts: what came of each file of an import, as a table with the reason and the next step."""

from collections import Counter
from collections.abc import Sequence

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from core.records import Outcome, Receipt
from dashboard import wording

SHORT = 14
"""Rows that are shown without a scroll bar."""
WIDTHS = (100, 220, 200, 700)
"""Of the columns, in pixels; what is left is shared out among them."""
LINE = 130
"""Characters of a reason that one line has room for."""
SEVERAL_LINES = 60
"""Height of every row, in pixels, where a reason needs two lines or three; lower ones Streamlit does not wrap."""
HEADER = ("Result", "File", "What it is", "Details, and what to do")


def counts(receipts: Sequence[Receipt]) -> dict[Outcome, int]:
    """How many files were taken in, known or refused."""
    seen = Counter(receipt.outcome for receipt in receipts)
    return {outcome: seen[outcome] for outcome in Outcome}


def table(receipts: Sequence[Receipt]) -> pd.DataFrame:
    """One row a file (or frame), refused ones first: they are what the reader must act on."""
    ordered = sorted(receipts, key=lambda receipt: receipt.outcome is not Outcome.REFUSED)
    return pd.DataFrame([_row(receipt) for receipt in ordered], columns=list(HEADER))


def receipts_table(receipts: Sequence[Receipt]) -> None:
    """Draw the table, with a choice of the result to look at."""
    found = counts(receipts)
    chosen = st.segmented_control(
        "Result",
        [outcome for outcome in Outcome if found[outcome]],
        format_func=lambda outcome: f"{wording.OUTCOMES[outcome].text} · {found[outcome]}",
        label_visibility="collapsed",
        key="receipts-outcome",
    )
    shown = [receipt for receipt in receipts if chosen in (None, receipt.outcome)]
    rows = table(shown)
    st.dataframe(
        rows,
        hide_index=True,
        height="content" if len(rows) <= SHORT else 460,
        row_height=row_height(rows),
        column_config={name: narrow(width) for name, width in zip(HEADER, WIDTHS, strict=True)},
        alt="What came of each file",
    )


def row_height(rows: pd.DataFrame) -> int | None:
    """Of each row, so that no reason is cut off: None where all of them fit on a line."""
    return SEVERAL_LINES if any(len(reason) > LINE for reason in rows[HEADER[-1]]) else None


def narrow(width: int) -> ColumnConfig:
    """A column of a fixed width in pixels."""
    return st.column_config.TextColumn(width=width)


def _row(receipt: Receipt) -> tuple[str, str, str, str]:
    name = receipt.file if receipt.frame_number <= 1 else f"{receipt.file} (frame {receipt.frame_number})"
    return (wording.OUTCOMES[receipt.outcome].text, name, *_reason(receipt))


def _reason(receipt: Receipt) -> tuple[str, str]:
    if receipt.outcome is Outcome.REFUSED:
        return wording.advice_by_name(receipt.error_class).title, receipt.error_message
    if receipt.outcome is Outcome.KNOWN:
        return wording.KNOWN_TITLE, wording.KNOWN_EXPLANATION
    return wording.STORED_TITLE, " ".join(receipt.warnings)
