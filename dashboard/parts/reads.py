"""Reads: the verdicts already given on a case, and whose."""

from collections.abc import Sequence
from datetime import tzinfo

import streamlit as st

from core.records import Image, Mark, Verdict
from dashboard import double_wording, reading_wording, wording


def own(verdicts: Sequence[Verdict], reader: str) -> Verdict | None:
    """This reader's verdict in force: her newest that stands."""
    hers = (verdict for verdict in reversed(verdicts) if verdict.reader == reader and verdict.withdrawn_at is None)
    return next(hers, None)


def marks_of_others(verdicts: Sequence[Verdict], reader: str) -> tuple[tuple[str, Mark], ...]:
    """What the other readers' verdicts in force mark, each with whose it is."""
    names = dict.fromkeys(verdict.reader for verdict in verdicts if verdict.reader != reader)
    newest = [(name, own(verdicts, name)) for name in names]
    return tuple((name, mark) for name, verdict in newest if verdict for mark in verdict.marks)


def covers(verdict: Verdict | None, images: Sequence[Image]) -> bool:
    """Whether the verdict was given with every one of these images at hand."""
    return verdict is not None and verdict.covers(images)


def line(verdict: Verdict, zone: tzinfo) -> str:
    """One verdict as Markdown: what, by whom, when, and what was known: the AI's answer, or two reads that differ.

    Withdrawn: struck out.
    """
    sign = wording.OPINIONS[verdict.opinion]
    known = "after the AI" if verdict.after_ai else "before the AI"
    known = "adjudication" if verdict.adjudicates else known
    sure = f", confidence {verdict.confidence}" if verdict.confidence else ""
    region = f", {escape(verdict.body_region)}" if verdict.body_region else ""
    kind = f", {escape(verdict.fracture_type.lower())}" if verdict.fracture_type else ""
    marked = f", {wording.counted(len(verdict.marks), 'mark')}" if verdict.marks else ""
    said = f"  \n“{_lines(verdict.comment)}”" if verdict.comment else ""
    by = f"{escape(verdict.reader)}, {known}, {wording.moment(verdict.created_at, zone)}"
    tone = wording.TONE_COLOURS[sign.tone]
    what = f":{tone}[**{sign.text}**]{kind}{region}{marked}{sure}"
    if verdict.withdrawn_at:
        taken_back = f"{reading_wording.WITHDRAWN.text} {wording.moment(verdict.withdrawn_at, zone)}"
        what = f"~~{sign.text}{kind}{region}{marked}{sure}~~  \n**{taken_back}**"
    return f"{what}  \n:small[{by}]{said}"


def _lines(comment: str) -> str:
    """A comment with its line breaks, which Markdown would take for blanks."""
    return "  \n".join(escape(line.strip()) for line in comment.splitlines())


def reads(verdicts: Sequence[Verdict], *, zone: tzinfo) -> None:
    """Draw them, the one in force first."""
    st.markdown(f"**{wording.VERDICTS}**")
    for verdict in reversed(verdicts):
        with st.container(border=True, gap=None):
            st.markdown(line(verdict, zone))


def differing_reads(verdicts: Sequence[Verdict], *, zone: tzinfo) -> None:
    """Draw those that somebody is to decide between, in one frame, the first read first."""
    st.markdown(f"**{double_wording.ADJUDICATION}**")
    with st.container(border=True, gap="xsmall"):
        for verdict in verdicts:
            st.markdown(line(verdict, zone))


def escape(text: str) -> str:
    """What a person typed, as text and not as Markdown."""
    return "".join(f"\\{sign}" if sign in r"\`*_{}[]()#+-=.!|<>$~:&" else sign for sign in text)
